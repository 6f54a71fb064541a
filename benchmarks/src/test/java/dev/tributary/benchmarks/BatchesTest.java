package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BatchesTest {
  @TempDir Path folder;

  @Test
  void batchesAddUpOrStandAlone() throws Exception {
    Path file = folder.resolve("batches");
    Files.writeString(
        file,
        """
        {"id":0,"millis":1500,"cpuNanos":2000000000}
        {"id":1,"millis":500,"cpuNanos":1000000000}
        """);
    Batches batches = new Batches(file);
    assertThat(batches.together(Workload.RAW, 10)).isEqualTo(new Timed(Workload.RAW, 10, 2.0, 3.0));
    assertThat(batches.each(List.of(Workload.UPSERT_EMPTY, Workload.UPSERT_MATCH), 5))
        .containsExactly(
            new Timed(Workload.UPSERT_EMPTY, 5, 1.5, 2.0),
            new Timed(Workload.UPSERT_MATCH, 5, 0.5, 1.0));
    assertThatThrownBy(() -> batches.each(List.of(Workload.UPSERT_EMPTY), 5))
        .hasMessage("There were 2 batches instead of 1.");
    batches.clear();
    assertThatThrownBy(() -> batches.together(Workload.RAW, 10))
        .hasMessage("There was no batch of: Kafka to raw");
  }
}
