package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.transforms.basic.FilterTransform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One batch with each kind of record that a table does not take. */
final class EveryBadRecordIT {
  private static final Instant INGESTED = Instant.parse("2026-03-01T12:00:00Z");
  private static final String GREAT = "x".repeat(5 << 20);

  @TempDir Path folder;

  @Test
  void theGoodRowsOfABatchAreCommittedAndEachBadOneIsSetAsideWithItsReason() throws Exception {
    PluginJar steps = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), List.of("month(seen)"), null),
                    List.of(
                        ColumnSpec.of("id", "string"),
                        ColumnSpec.of("count", "int"),
                        ColumnSpec.of("amount", "decimal(10,2)"),
                        ColumnSpec.of("part", "bigint"),
                        ColumnSpec.of("at", "timestamp"),
                        ColumnSpec.of("seen", "timestamp"),
                        ColumnSpec.of("note", "string")),
                    new WriteSpec(
                        WriteMode.UPSERT,
                        List.of("id"),
                        List.of("at"),
                        Deletes.HARD,
                        Optional.empty()),
                    List.of(
                        steps.step("cast", Map.of("columns", "amount:decimal(10,2)")),
                        steps.step("filter", Map.of("where", "100 / part > 10"))),
                    null,
                    null,
                    null)
                .withChecks(
                    new ChecksSpec(
                        List.of(
                            new ExpectationSpec("counted", "count > 0", CheckPolicy.QUARANTINE)),
                        Optional.empty(),
                        Optional.of(
                            new EventTimeSpec(
                                "at",
                                Optional.of(Duration.ofDays(7).toMillis()),
                                CheckPolicy.QUARANTINE,
                                Optional.of(Duration.ofHours(1).toMillis()),
                                CheckPolicy.QUARANTINE)))));
    List<TestArchive.Message> records =
        List.of(
            record("good", ""),
            message("not-json", "{"),
            record("wrong-type", "\"count\":\"many\""),
            message("no-key", row("")),
            record("cast", "\"amount\":\"much\""),
            record("throws", "\"part\":0"),
            record("filtered", "\"part\":50"),
            record("expectation", "\"count\":0"),
            record("late", "\"at\":\"2026-02-01T12:00:00Z\""),
            record("ahead", "\"at\":\"2026-03-01T14:00:00Z\""),
            record("year-30000", "\"seen\":900000000000000"),
            record("no-time", "\"seen\":null"),
            message("great-bad", GREAT),
            record("great-good", "\"note\":\"" + GREAT + "\""),
            record("also-good", "\"count\":2"));
    lake.archive().put(INGESTED.toEpochMilli(), records);
    lake.run();

    assertThat(
            lake.query(
                "select id, count, amount, part, seen_month, length(note) from t order by _offset"))
        .containsExactly(
            "[good,1,1.50,2,2026-03,null]",
            "[great-good,1,1.50,2,2026-03,%d]".formatted(GREAT.length()),
            "[also-good,2,1.50,2,2026-03,null]");
    assertThat(lake.query("select _offset, _key, _step, _code from q order by _offset"))
        .containsExactly(
            "[1,not-json,decode,not-json]",
            "[2,wrong-type,decode,wrong-type]",
            "[3,no-key,conform,missing-column]",
            "[4,cast,1-cast,wrong-type]",
            "[5,throws,2-filter,transform-failed]",
            "[7,expectation,checks,expectation]",
            "[8,late,checks,event-time-late]",
            "[9,ahead,checks,event-time-ahead]",
            "[10,year-30000,conform,absurd-time]",
            "[11,no-time,conform,missing-time]",
            "[12,great-bad,decode,not-json]");
    assertThat(lake.query("select _offset, _value, _value_base64 from q order by _offset"))
        .as("the record itself, before any step")
        .containsExactlyElementsOf(
            Stream.of(1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12)
                .map(offset -> held(offset, records.get(offset).value().orElseThrow()))
                .toList());
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(15, 3, 0, 0, 1, 11, 0, 0, 0));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 15, 0, 12, 0, 0, 3),
            new StepLedger("1-cast", 12, 0, 11, 0, 0, 1),
            new StepLedger("2-filter", 11, 0, 9, 1, 0, 1),
            new StepLedger("conform", 9, 0, 6, 0, 0, 3),
            new StepLedger("checks", 6, 0, 3, 0, 0, 3));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static String held(int offset, byte[] value) {
    return "[%d,%s,null]".formatted(offset, new String(value, StandardCharsets.UTF_8));
  }

  /** A good one but for a field. */
  private static TestArchive.Message record(String id, String field) {
    String named = "\"id\":\"%s\"".formatted(id);
    return message(id, row(field.isEmpty() ? named : named + "," + field));
  }

  /** These fields, and good values of the others. */
  private static String row(String fields) {
    Map<String, String> good =
        Map.of(
            "count", "1",
            "amount", "\"1.50\"",
            "part", "2",
            "at", "\"2026-03-01T11:00:00Z\"",
            "seen", "\"2026-03-01T11:00:00Z\"");
    return Stream.concat(
            Stream.of(fields).filter(text -> !text.isEmpty()),
            good.entrySet().stream()
                .map(field -> "\"%s\":%s".formatted(field.getKey(), field.getValue()))
                .filter(field -> !fields.contains(field.substring(0, field.indexOf(':') + 1))))
        .collect(Collectors.joining(",", "{", "}"));
  }
}
