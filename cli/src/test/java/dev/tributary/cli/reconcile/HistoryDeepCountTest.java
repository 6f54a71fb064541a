package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.cli.KernelTable;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.step.Coordinates;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryDeepCountTest {
  private static final long TIME = 1_763_712_000_000L;

  @TempDir Path folder;

  @Test
  void everyRecordIsAVersionARememberedDeleteOrInQuarantine() throws IOException {
    DeepFindings found = found(List.of(0L, 1L, 2L), List.of(3L), List.of(4L));

    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();
    assertThat(found.findings()).isEmpty();
  }

  @Test
  void aVersionThatIsGoneOneThatIsThereTwiceAndAForgottenDeleteAreFound() throws IOException {
    DeepFindings found = found(List.of(0L, 2L, 2L), List.of(), List.of(4L));

    assertThat(found.missingInTable()).as("offsets 1 and 3").isEqualTo(2);
    assertThat(found.twiceInTable()).as("offset 2").isEqualTo(1);
  }

  @Test
  void aDeleteThatNoDonePlanReadIsFound() throws IOException {
    DeepFindings found = found(List.of(0L, 1L, 2L), List.of(3L, 77L), List.of(4L));

    assertThat(found.findings()).singleElement().asString().contains("1 rows, quarantined records");
  }

  /** Of six archived records, of which the accounts call one filtered. */
  private DeepFindings found(List<Long> versions, List<Long> deletes, List<Long> bad)
      throws IOException {
    Configuration configuration = new Configuration();
    String table = folder.toUri() + "lake/orders";
    PlanLog plans = PlanLog.open(table, configuration);
    write(plans.folders().table().toUri().getPath(), versions);
    write(plans.folders().tombstones().toUri().getPath(), deletes);
    write(plans.folders().quarantine().toUri().getPath(), bad);
    DatasetSpec dataset =
        new DatasetSpec(
            "orders",
            "orders",
            null,
            new TargetSpec(table, null, null),
            List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("at", "timestamp")),
            new WriteSpec(WriteMode.HISTORY, List.of("id"), List.of("at"), null, null),
            null,
            null,
            null,
            null);
    return new DeepCount(
            configuration,
            dataset,
            plans,
            Map.of("orders", archive(configuration)),
            Optional.of(account()),
            Map.of())
        .count();
  }

  private ManifestLog archive(Configuration configuration) throws IOException {
    ManifestLog log = ManifestLog.open(folder.toUri().toString(), "orders", configuration);
    Author author = new Author("test", "test");
    log.createGenesis(
        new Genesis("orders", "cluster", "topic-id", Isolation.READ_COMMITTED, List.of()),
        author,
        TIME);
    Path file = folder.resolve("orders/date=2025-11-21/0.jsonl.gz");
    Files.createDirectories(file.getParent());
    try (FileWriter writer =
        new FileWriter(Files.newOutputStream(file), "orders", Compression.GZIP)) {
      for (long offset = 0; offset < 6; offset++) {
        writer.begin(0, 0, offset, TIME, TimestampType.CREATE_TIME).value("{}".getBytes());
        writer.end();
      }
      log.commit(
          new CommitRequest(
              author,
              log.requireHead().sequence(),
              TIME,
              List.of(new OffsetRange(0, 0, 0, 6)),
              List.of(),
              List.of(writer.finish("date=2025-11-21/0.jsonl.gz"))));
    }
    return log;
  }

  private static void write(String table, List<Long> offsets) throws IOException {
    if (offsets.isEmpty()) {
      return;
    }
    KernelTable rows =
        KernelTable.create(
            Path.of(table),
            DataTypeJsonSerDe.deserializeStructType(Coordinates.schema().json()),
            List.of(),
            Map.of());
    rows.append(
        Map.of(),
        offsets.stream()
            .map(offset -> new Object[] {"orders", 0, 0, offset, TIME * 1_000, TIME * 1_000, 1L})
            .toList());
  }

  private static PlanAccount account() {
    PlanCounts counts = new PlanCounts(6, 3, 0, 1, 1, 1, 0, 0, 0);
    return new PlanAccount(
        Plan.FORMAT,
        1,
        0,
        "plan",
        "run",
        TIME,
        PlanOutcome.COMMITTED,
        "orders",
        1,
        counts,
        null,
        List.of(),
        Map.of("orders", Map.of("orders", 2L)),
        Map.of("orders", 1L),
        Map.of("orders", counts),
        Optional.empty(),
        List.of());
  }
}
