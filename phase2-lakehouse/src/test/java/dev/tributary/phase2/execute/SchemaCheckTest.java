package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.SchemaMode;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.ExpectationCount;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

final class SchemaCheckTest {
  private static final String SCHEMA =
      "{\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\"},\"amount\":{\"minimum\":0}}}";
  private static final int ERROR = 9;
  private static final int ID = 11;

  @Test
  void decodingLeavesWhatItFoundAndDecodesOnlyWhatMayBecomeARow() {
    Row warned = decoded(CheckPolicy.WARN, PayloadFormat.JSON, "{\"id\":\"a\",\"amount\":-1}");
    assertThat(violation(warned)).contains("at /amount, minimum: ");
    assertThat(warned.getString(ID)).isEqualTo("a");
    Row refused =
        decoded(CheckPolicy.QUARANTINE, PayloadFormat.JSON, "{\"id\":\"a\",\"amount\":-1}");
    assertThat(violation(refused)).contains("at /amount, minimum: ");
    assertThat(refused.get(ID)).isNull();
    Row good = decoded(CheckPolicy.DROP, PayloadFormat.JSON, "{\"id\":\"a\",\"amount\":1}");
    assertThat(violation(good)).isNull();
    assertThat(good.getString(ID)).isEqualTo("a");

    Row wrong = decoded(CheckPolicy.FAIL, PayloadFormat.JSON, "{\"amount\":true}");
    assertThat(violation(wrong)).contains("required: ");
    assertThat(wrong.getString(ERROR)).isEqualTo("wrong-type");
    Row broken = decoded(CheckPolicy.QUARANTINE, PayloadFormat.JSON, "{\"id\":");
    assertThat(violation(broken)).isNull();
    assertThat(broken.getString(ERROR)).isEqualTo("not-json");
    Row tombstone = decoded(CheckPolicy.QUARANTINE, PayloadFormat.JSON, null);
    assertThat(violation(tombstone)).isNull();
  }

  @Test
  void ofAChangeEventTheRowIsLookedAtAndADeleteIsNot() {
    String event =
        "{\"before\":%s,\"after\":%s,\"source\":{\"connector\":\"postgresql\",\"ts_ms\":1,\"lsn\":5},\"op\":\"%s\",\"ts_ms\":9}";
    Row created = changed(event.formatted("null", "{\"id\":\"a\",\"amount\":1}", "c"));
    assertThat(violation(created)).isNull();
    assertThat(created.getString(ID)).isEqualTo("a");
    Row more = changed(event.formatted("null", "{\"id\":\"a\",\"more\":1}", "c"));
    assertThat(violation(more)).endsWith("the field 'more' is not described.");
    Row deleted = changed(event.formatted("{\"id\":\"a\",\"more\":1}", "null", "d"));
    assertThat(violation(deleted)).isNull();
    assertThat(deleted.getString(ID)).isEqualTo("a");
  }

  @Test
  void eachPolicyCountsARecordOnceAndExplainsWhatItLeavesOut() {
    for (CheckPolicy policy : CheckPolicy.values()) {
      if (policy == CheckPolicy.TABLE) {
        continue; // of rows that come too late alone
      }
      Diversion diversion = new Diversion();
      CheckSchema check = new CheckSchema(diversion, policy);
      boolean goesOn = check.call(record(3));
      goesOn &= check.call(record(2));
      assertThat(goesOn)
          .as(policy.text())
          .isEqualTo(policy == CheckPolicy.WARN || policy == CheckPolicy.FAIL);
      Diverted diverted = diversion.value();
      assertThat(diverted.bad()).hasSize(policy == CheckPolicy.QUARANTINE ? 2 : 0);
      assertThat(diverted.explained()).isEqualTo(policy == CheckPolicy.DROP ? 2 : 0);
      assertThat(
              new Expectations(spec(policy, PayloadFormat.JSON)).counts(diverted, diverted.bad()))
          .containsExactly(new ExpectationCount("json-schema", policy.text(), 2));
      if (policy != CheckPolicy.QUARANTINE) {
        assertThat(diverted.firstUnmet())
            .isEqualTo(Map.of("json-schema", new RecordId("events", 0, 0, 2)));
        continue;
      }
      BadRecord bad = diverted.bad().get(0);
      assertThat(bad.code()).isEqualTo("schema-violation");
      assertThat(bad.step()).isEqualTo("json-schema");
      assertThat(bad.message()).isEqualTo("why");
      assertThat(BadRecord.of(bad.logged())).isEqualTo(bad);
    }
  }

  private static Row record(long offset) {
    Timestamp time = new Timestamp(0);
    return RowFactory.create("events", 0, 0, offset, time, time, 1L, "k", "why");
  }

  private static String violation(Row row) {
    return row.getString(row.size() - 1);
  }

  private static Row changed(String event) {
    return decoded(CheckPolicy.QUARANTINE, PayloadFormat.DEBEZIUM, event);
  }

  private static Row decoded(CheckPolicy policy, PayloadFormat format, String value) {
    DatasetSpec spec = spec(policy, format);
    InputColumns input = new InputColumns(spec.columns(), UnknownFields.IGNORE);
    Timestamp time = new Timestamp(0);
    Row envelope =
        RowFactory.create(
            "events", 0, 0, 1L, time, time, 1L, bytes("{\"id\":\"a\"}"), bytes(value));
    return new PayloadDecoding(List.of(), spec, input, new Diversion())
        .call(List.of(envelope).iterator())
        .next();
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static DatasetSpec spec(CheckPolicy policy, PayloadFormat format) {
    SchemaMode mode = format == PayloadFormat.JSON ? SchemaMode.LENIENT : SchemaMode.STRICT;
    JsonSchemaSpec schema =
        new JsonSchemaSpec(Json.read(bytes(SCHEMA), JsonNode.class), mode, policy);
    return new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec("file:/lake/events", null, null),
            List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("amount", "bigint")),
            new WriteSpec(WriteMode.UPSERT, List.of("id"), null, null, null),
            null,
            null,
            null,
            null)
        .withFormat(format)
        .withChecks(new ChecksSpec(null, Optional.of(schema)));
  }
}
