package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** An upsert that remembers its deletes for a day, and a history in which it forgets some. */
final class ForgetfulDataset {
  private static final Duration DAY = Duration.ofDays(1);

  private ForgetfulDataset() {}

  /** Registers it, so that each entry of the archive is a plan of its own. */
  static void register(TestLake lake) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, null),
                    List.of(
                        ColumnSpec.of("id", "string"),
                        ColumnSpec.of("at", "int"),
                        ColumnSpec.of("gone", "boolean")),
                    new WriteSpec(
                        WriteMode.UPSERT,
                        List.of("id"),
                        List.of("at"),
                        Deletes.HARD,
                        Optional.of("gone")),
                    null,
                    null,
                    1L,
                    null)
                .withMaintenance(
                    new MaintenanceSpec(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        Optional.empty(),
                        null,
                        Optional.of(DAY.toMillis()))));
  }

  /** Three plans; the last one forgets the deletes of a and b, and not that of c, nor of far. */
  static void forgetting(TestLake lake, Instant now) throws Exception {
    put(lake, now.minus(Duration.ofDays(10)), row("a", 1), row("b", 1), row("c", 1), row("p", 1));
    put(lake, now.minus(Duration.ofDays(9)), gone("a", 2), tombstone("b"), gone("far", 9_999));
    put(lake, now.minus(Duration.ofHours(1)), gone("c", 5));
    lake.run();
  }

  /** Archives messages as of then. */
  static void put(TestLake lake, Instant at, TestArchive.Message... messages) throws Exception {
    lake.archive().put(at.toEpochMilli(), List.of(messages));
  }

  /** What inserts or updates a key. */
  static TestArchive.Message row(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d}".formatted(id, at));
  }

  private static TestArchive.Message gone(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"gone\":true}".formatted(id, at));
  }
}
