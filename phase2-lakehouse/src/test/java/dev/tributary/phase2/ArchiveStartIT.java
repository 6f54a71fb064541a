package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.spec.ArchiveStart;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.FirstPositions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset on an archive that exists begins where it says. */
final class ArchiveStartIT {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  @TempDir Path folder;

  @Test
  void aDatasetBeginsNowWithWhatTheArchiveTakesInAfterItsFirstVersion() throws Exception {
    TestLake lake = lake();
    DatasetSpec dataset = define(lake, new ArchiveStart.Now());
    assertThat(FirstPositions.of(lake.log(), dataset)).as("nothing is planned yet").isEmpty();
    lake.run();
    entry(lake, NOON.plusSeconds(3));
    lake.run();
    entry(lake, NOON.plusSeconds(4));
    lake.run();

    assertThat(lake.query("select _offset from t order by _offset")).containsExactly("[3]", "[4]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(2);
    assertThat(FirstPositions.of(lake.log(), dataset)).isEqualTo(Map.of("events", 4L));
  }

  @Test
  void aDatasetBeginsAtATimeWithTheFirstEntryThatWasTakenInThenOrLater() throws Exception {
    TestLake lake = lake();
    DatasetSpec dataset = define(lake, new ArchiveStart.At(NOON.plusSeconds(1)));
    // Whoever finishes the first plan after a death begins where that plan says.
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(lake::run).isInstanceOf(java.io.UncheckedIOException.class);
    lake.run();
    entry(lake, NOON.plusSeconds(3));
    lake.run();

    assertThat(lake.query("select _offset from t order by _offset"))
        .containsExactly("[1]", "[2]", "[3]");
    assertThat(FirstPositions.of(lake.log(), dataset)).isEqualTo(Map.of("events", 2L));
  }

  @Test
  void aTimeThatIsNotPastIsRefusedSinceTheArchiveDoesNotReachIt() throws Exception {
    TestLake lake = lake();
    define(lake, new ArchiveStart.At(Instant.now().plus(Duration.ofDays(1))));
    assertThatThrownBy(lake::run)
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("which is not past yet. Give an earlier time, or now.");
    assertThat(lake.log().head()).as("nothing was planned").isEmpty();
    assertThat(lake.specs().activations())
        .singleElement()
        .satisfies(
            activation -> {
              assertThat(activation.outcome()).isEqualTo(Activation.Outcome.REJECTED);
              assertThat(activation.reason().orElseThrow()).contains("is not past yet");
            });
  }

  /** An archive of three entries, a second apart from noon on. */
  private TestLake lake() throws IOException {
    TestLake lake = new TestLake(folder);
    for (int second = 0; second < 3; second++) {
      entry(lake, NOON.plusSeconds(second));
    }
    return lake;
  }

  private static void entry(TestLake lake, Instant at) throws IOException {
    lake.archive().put(at.toEpochMilli(), List.of(message("k", "{\"id\":1}")));
  }

  private static DatasetSpec define(TestLake lake, ArchiveStart start) {
    DatasetSpec dataset =
        new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(lake.table(), null, null),
            List.of(ColumnSpec.of("id", "bigint")),
            WriteSpec.append(),
            null,
            null,
            null,
            null,
            start,
            Optional.empty(),
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    lake.specs().dataset(dataset);
    return dataset;
  }
}
