package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.SchemaMode;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JsonSchemaIT {
  private static final String ORDER =
      "{\"type\":\"object\",\"required\":[\"id\",\"amount\"],\"properties\":{\"id\":{\"type\":\"string\"},\"amount\":{\"type\":\"integer\",\"minimum\":0}}}";
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("amount", "bigint"));

  /**
   * Good; below the minimum; of a wrong type; not JSON; filtered; good, and filtered by a check.
   */
  private static final List<TestArchive.Message> RECORDS =
      List.of(
          message("a", "{\"id\":\"a\",\"amount\":1}"),
          message("b", "{\"id\":\"b\",\"amount\":-1}"),
          message("c", "{\"id\":\"c\",\"amount\":\"many\"}"),
          message("d", "{"),
          message("e", "{\"id\":\"skip\",\"amount\":-2}"),
          message("f", "{\"id\":\"f\",\"amount\":100}"));

  @TempDir Path folder;

  @Test
  void recordsThatDoNotMeetTheSchemaGoToQuarantineBeforeTheyAreCastAlsoWhenThePlanIsDoneAgain()
      throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, CheckPolicy.QUARANTINE, SchemaMode.STRICT);
    lake.archive().put(RECORDS);
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThat(lake.query("select id, amount from t")).containsExactly("[a,1]");
    assertThat(lake.query("select _offset, _key, _step, _code from q order by _offset"))
        .containsExactly(
            "[1,b,json-schema,schema-violation]",
            "[2,c,json-schema,schema-violation]",
            "[3,d,decode,not-json]",
            "[4,e,json-schema,schema-violation]",
            "[5,f,checks,expectation]");
    assertThat(lake.query("select _message from q where _offset = 1").get(0))
        .startsWith("[The value does not meet the JSON Schema at /amount, minimum: ");
    PlanAccount account = lake.account();
    assertThat(account.counts()).isEqualTo(new PlanCounts(6, 1, 0, 0, 0, 5, 0, 0, 0));
    assertThat(account.steps())
        .containsExactly(
            new StepLedger("json-schema", 6, 0, 3, 0, 0, 3),
            new StepLedger("decode", 3, 0, 2, 0, 0, 1),
            new StepLedger("1-filter", 2, 0, 2, 0, 0, 0),
            new StepLedger("conform", 2, 0, 2, 0, 0, 0),
            new StepLedger("checks", 2, 0, 1, 0, 0, 1));
    assertThat(account.expectations())
        .containsExactly(
            new ExpectationCount("json-schema", "quarantine", 3),
            new ExpectationCount("small", "quarantine", 1));
    assertThat(account.unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void warnAndDropCountEveryRecordWhateverBecomesOfItLaterAndFailWaitsForARuling()
      throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, CheckPolicy.WARN, SchemaMode.LENIENT);
    lake.archive().put(RECORDS);
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertThat(lake.query("select id, amount from t order by id"))
        .containsExactly("[a,1]", "[b,-1]");
    assertThat(lake.query("select _offset, _code from q order by _offset"))
        .containsExactly("[2,wrong-type]", "[3,not-json]", "[5,expectation]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 1, 3, 0, 0, 0));
    assertThat(lake.account().steps()).startsWith(new StepLedger("json-schema", 6, 0, 6, 0, 0, 0));
    assertThat(lake.account().expectations())
        .startsWith(new ExpectationCount("json-schema", "warn", 3));

    register(lake, CheckPolicy.DROP, SchemaMode.LENIENT);
    lake.archive().put(RECORDS);
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 1, 0, 0, 3, 2, 0, 0, 0));
    assertThat(lake.account().steps()).startsWith(new StepLedger("json-schema", 6, 0, 3, 3, 0, 0));
    assertThat(lake.account().expectations())
        .startsWith(new ExpectationCount("json-schema", "drop", 3));

    register(lake, CheckPolicy.FAIL, SchemaMode.LENIENT);
    lake.archive().put(RECORDS);
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
        .hasMessageContaining("has 3 of 6 records for which the expectation 'json-schema'")
        .hasMessageContaining("offset=13]");
    long stopped = lake.log().head().orElseThrow();
    new PlanRulings(lake.log(), Clock.systemUTC()).accept(stopped, "ann", "known");
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 1, 3, 0, 0, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
    JsonNode report = lake.dryRun(replaceAll());
    assertThat(report.at("/expectations/0").toString())
        .isEqualTo("{\"name\":\"json-schema\",\"policy\":\"fail\",\"failed\":9}");
    assertThat(report.at("/refusals").toString()).contains("'json-schema'");
  }

  @Test
  @Tag("long")
  void ofChangeEventsTheRowIsCheckedAndDeletesAreNot() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            spec(lake, CheckPolicy.QUARANTINE, SchemaMode.STRICT, List.of(), List.of())
                .withFormat(PayloadFormat.DEBEZIUM)
                .withWrite(new WriteSpec(WriteMode.UPSERT, List.of("id"), null, null, null)));
    lake.archive()
        .put(
            List.of(
                event("a", "{\"id\":\"a\",\"amount\":1}", "c", 1),
                event("b", "{\"id\":\"b\",\"amount\":-1}", "c", 2),
                event("c", "{\"id\":\"c\",\"amount\":1,\"new\":2}", "c", 3),
                event("d", "{\"id\":\"d\",\"amount\":2}", "c", 4),
                event("d", "{\"id\":\"d\"}", "d", 5),
                tombstone("d")));
    lake.run();
    assertThat(lake.query("select id, amount from t")).containsExactly("[a,1]");
    assertThat(lake.query("select _offset, _code, _message from q order by _offset").get(1))
        .startsWith("[2,schema-violation,")
        .contains("the field 'new' is not described");
    assertThat(lake.account().counts().quarantined()).isEqualTo(2);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void afterAStepThatTakesSecretsAViolationSaysNothingOfTheValue() throws Exception {
    Path keys = folder.resolve("keys");
    byte[] key = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    Files.writeString(keys, "k1=" + Base64.getEncoder().encodeToString(key) + "\n");
    TransformSpec decrypt =
        PluginJar.ofModule(FilterTransform.class, folder)
            .step("decrypt-payload", Map.of("keys", "file:" + keys));
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            spec(lake, CheckPolicy.QUARANTINE, SchemaMode.STRICT, List.of(decrypt), List.of()));
    List<TestArchive.Message> sealed = new ArrayList<>();
    for (String value : List.of("{\"id\":\"a\",\"amount\":1}", "{\"id\":4711,\"pin\":1}")) {
      sealed.add(new TestArchive.Message(0, Optional.of("k"), Optional.of(seal(key, value))));
    }
    lake.archive().put(sealed);
    lake.run();
    assertThat(lake.query("select id from t")).containsExactly("[a]");
    assertThat(lake.query("select _code, _message from q").get(0))
        .startsWith("[schema-violation,The value does not meet the JSON Schema's keyword /")
        .doesNotContain("4711")
        .doesNotContain("pin");
  }

  /** As the documentation of the format says. */
  private static byte[] seal(byte[] key, String plain) throws Exception {
    byte[] header = {1, 2, 'k', '1'};
    byte[] nonce = Arrays.copyOf(plain.getBytes(StandardCharsets.UTF_8), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(header);
    byte[] sealed = cipher.doFinal(plain.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.allocate(header.length + nonce.length + sealed.length)
        .put(header)
        .put(nonce)
        .put(sealed)
        .array();
  }

  private static TestArchive.Message event(String key, String row, String op, int lsn) {
    boolean deletes = op.equals("d");
    return message(
        key,
        "{\"before\":%s,\"after\":%s,\"source\":{\"connector\":\"postgresql\",\"ts_ms\":%d,\"lsn\":%d},\"op\":\"%s\",\"ts_ms\":9}"
            .formatted(deletes ? row : "null", deletes ? "null" : row, lsn, lsn, op));
  }

  private static BackfillRequest replaceAll() {
    return new BackfillRequest(
        "events",
        BackfillMode.REPLACE,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private void register(TestLake lake, CheckPolicy policy, SchemaMode mode) throws Exception {
    TransformSpec filter =
        PluginJar.ofModule(FilterTransform.class, folder)
            .step("filter", Map.of("where", "id <> 'skip'"));
    ExpectationSpec small = new ExpectationSpec("small", "amount < 50", CheckPolicy.QUARANTINE);
    lake.specs().dataset(spec(lake, policy, mode, List.of(filter), List.of(small)));
  }

  private static DatasetSpec spec(
      TestLake lake,
      CheckPolicy policy,
      SchemaMode mode,
      List<TransformSpec> steps,
      List<ExpectationSpec> expectations) {
    JsonSchemaSpec schema =
        new JsonSchemaSpec(
            Json.read(ORDER.getBytes(StandardCharsets.UTF_8), JsonNode.class), mode, policy);
    return new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(lake.table(), List.of(), null),
            COLUMNS,
            null,
            steps,
            null,
            null,
            null)
        .withChecks(new ChecksSpec(expectations, Optional.of(schema)));
  }
}
