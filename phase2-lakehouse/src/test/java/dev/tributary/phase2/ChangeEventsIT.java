package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.transforms.basic.FilterTransform;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChangeEventsIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          new ColumnSpec("name", "string", false, null, null),
          ColumnSpec.of("amount", "decimal(30,2)"));

  /**
   * What happens to a row: an op, the commit before it or 0, the position in the source's log, a
   * name.
   */
  private record Change(String op, int committed, int lsn, String name) {
    Change(String op, int lsn, String name) {
      this(op, 0, lsn, name);
    }

    List<TestArchive.Message> messages(String id, String envelope) {
      String row = "{\"id\":\"%s\",\"name\":\"%s\",\"amount\":1.10}".formatted(id, name);
      String key = "{\"id\":\"%s\",\"name\":null,\"amount\":null}".formatted(id);
      String event =
          "{\"before\":%s,\"after\":%s,\"source\":{\"connector\":\"postgresql\",\"ts_ms\":%d,\"lsn\":%d,\"sequence\":\"[%s,\\\"%d\\\"]\"},\"op\":\"%s\",\"ts_ms\":9}"
              .formatted(
                  op.equals("d") ? key : "null",
                  op.equals("d") ? "null" : row,
                  lsn,
                  lsn,
                  committed == 0 ? "null" : "\\\"%d\\\"".formatted(committed),
                  lsn,
                  op);
      TestArchive.Message record = message(id, envelope.formatted(event));
      return op.equals("d") ? List.of(record, tombstone(id)) : List.of(record);
    }
  }

  /** The last event of each comes again, after the connector was started anew. */
  private static final List<List<Change>> HISTORIES =
      List.of(
          List.of(
              new Change("r", 98, "read"),
              new Change("u", 99, "updated"),
              new Change("d", 100, ""),
              new Change("c", 101, "created again"),
              new Change("u", 99, "updated")),
          List.of(
              new Change("c", 9, "created"),
              new Change("u", 10, "updated"),
              new Change("d", 100, ""),
              new Change("d", 100, ""),
              new Change("u", 10, "updated")),
          // A transaction that had written before the read's position, and committed after it.
          List.of(
              new Change("r", 100, "read"),
              new Change("u", 120, 90, "updated"),
              new Change("u", 120, 91, "again"),
              new Change("u", 120, 95, "last"),
              new Change("u", 120, 90, "updated")));

  @TempDir Path folder;

  /** Each history is there once for each way to cut it into batches, under its own key. */
  @Test
  @Tag("long")
  void aHistoryEndsTheSameHoweverItIsCutIntoBatches() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.defineChangeEvents(COLUMNS, upsert(), target(lake));
    List<String> expected = new ArrayList<>();
    int length = HISTORIES.get(0).size();
    List<List<TestArchive.Message>> batches = new ArrayList<>();
    for (int batch = 0; batch < length; batch++) {
      batches.add(new ArrayList<>());
    }
    for (int cut = 0; cut < 1 << length - 1; cut++) {
      for (int history = 0; history < HISTORIES.size(); history++) {
        String id = "k%02d-%d".formatted(cut, history);
        String envelope = cut % 2 == 0 ? "%s" : "{\"schema\":{\"type\":\"struct\"},\"payload\":%s}";
        for (int place = 0; place < length; place++) {
          batches
              .get(Integer.bitCount(cut & (1 << place) - 1))
              .addAll(HISTORIES.get(history).get(place).messages(id, envelope));
        }
        if (history == 0) {
          expected.add("[%s,created again,1.10,c,101,00000000000000000101]".formatted(id));
        }
        if (history == 2) {
          expected.add(
              "[%s,last,1.10,u,95,00000000000000000120-00000000000000000095]".formatted(id));
        }
      }
    }
    long records = 0;
    for (List<TestArchive.Message> batch : batches) {
      lake.archive().put(batch);
      records += batch.size();
    }
    lake.run();

    assertThat(
            lake.query(
                "select id, name, amount, _cdc_op, _cdc_ts_ms, _cdc_position from t order by id"))
        .containsExactlyElementsOf(expected);
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo(records);
    assertThat(totals.accounted()).isEqualTo(records);
    assertThat(totals.filtered()).as("tombstones").isEqualTo(3L << length - 1);
    assertThat(totals.quarantined()).isZero();
    assertThat(totals.inserted() - totals.deleted()).isEqualTo(expected.size());
  }

  @Test
  void anAppendedTableIsTheLogOfChangesAndWhatIsNoChangeGoesToQuarantine() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.defineChangeEvents(COLUMNS, WriteSpec.append(), target(lake));
    List<TestArchive.Message> messages = new ArrayList<>();
    for (Change change : HISTORIES.get(0)) {
      messages.addAll(change.messages("a", "%s"));
    }
    messages.add(
        message(
            "b",
            "{\"op\":\"c\",\"after\":{\"id\":\"b\",\"name\":\"n\",\"amount\":12345678901234567890.5}}"));
    messages.add(message("c", "{\"op\":\"t\",\"source\":{\"lsn\":5}}"));
    messages.add(message("d", "{\"ts_ms\":1700000000000}"));
    messages.add(message("e", "{"));
    messages.add(message("f", "{\"op\":\"u\",\"after\":null}"));
    messages.add(message("g", "{\"op\":\"u\",\"after\":{\"id\":\"g\"}}"));
    messages.add(message("h", "{\"op\":\"u\",\"after\":{\"name\":\"n\",\"amount\":\"much\"}}"));
    lake.archive().put(messages);
    lake.run();

    assertThat(lake.query("select id, name, amount, _cdc_op, _cdc_ts_ms from t order by _offset"))
        .containsExactly(
            "[a,read,1.10,r,98]",
            "[a,updated,1.10,u,99]",
            "[a,null,null,d,100]",
            "[a,created again,1.10,c,101]",
            "[a,updated,1.10,u,99]",
            "[b,n,12345678901234567890.50,c,null]");
    assertThat(lake.query("select _key, _step, _code from q order by _offset"))
        .containsExactly(
            "[c,decode,truncate-event]",
            "[d,decode,change-event]",
            "[e,decode,not-json]",
            "[f,decode,incomplete-event]",
            "[g,decode,missing-column]",
            "[h,decode,wrong-type]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(13, 6, 0, 0, 1, 6, 0, 0, 0));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 12, 0, 6, 0, 0, 6),
            new StepLedger("conform", 6, 0, 6, 0, 0, 0));
  }

  @Test
  void ofADeleteNothingButTheKeyIsDemanded() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.defineChangeEvents(
        List.of(
            ColumnSpec.of("_id", "string"),
            new ColumnSpec("name", "string", false, null, null),
            ColumnSpec.of("at", "timestamp")),
        new WriteSpec(WriteMode.UPSERT, List.of("_id"), null, null, null),
        new TargetSpec(lake.table(), List.of("day(at)"), null),
        jar.step("filter", Map.of("where", "coalesce(name, '') <> 'left out'")));
    String document =
        "{\"after\":\"{\\\"_id\\\":{\\\"$oid\\\":\\\"%s\\\"},\\\"name\\\":%s,\\\"at\\\":{\\\"$date\\\":1763712000123}}\",\"source\":{\"collection\":\"c\",\"ts_ms\":1763712000000,\"ord\":%d},\"op\":\"c\"}";
    String deleted =
        "{\"after\":null,\"source\":{\"collection\":\"c\",\"ts_ms\":1763712000000,\"ord\":%d},\"op\":\"d\"}";
    String key = "{\"id\":\"{\\\"$oid\\\": \\\"%s\\\"}\"}";
    lake.archive()
        .put(
            List.of(
                message(key.formatted("5a"), document.formatted("5a", "\\\"one\\\"", 1)),
                message(key.formatted("5b"), document.formatted("5b", "\\\"two\\\"", 2)),
                message(key.formatted("5c"), document.formatted("5c", "null", 3)),
                message(key.formatted("5d"), document.formatted("5d", "\\\"left out\\\"", 4))));
    lake.archive()
        .put(
            List.of(
                message(key.formatted("5a"), deleted.formatted(5)),
                tombstone(key.formatted("5a")),
                message("no JSON", deleted.formatted(6))));
    lake.run();

    assertThat(lake.query("select _id, name, at, at_day, _cdc_op from t"))
        .containsExactly("[5b,two,2025-11-21 08:00:00.123,2025-11-21,c]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly("[2,conform,missing-column]", "[6,decode,incomplete-event]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(7, 2, 0, 1, 2, 2, 0, 0, 0));
  }

  private static WriteSpec upsert() {
    return new WriteSpec(WriteMode.UPSERT, List.of("id"), null, null, null);
  }

  private static TargetSpec target(TestLake lake) {
    return new TargetSpec(lake.table(), null, null);
  }
}
