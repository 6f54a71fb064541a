package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BatchesTest {
  @TempDir Path folder;

  @Test
  void batchesAddUp() throws Exception {
    Path file = folder.resolve("batches");
    Files.writeString(
        file,
        """
        {"id":0,"millis":1500,"cpuNanos":2000000000}
        {"id":1,"millis":500,"cpuNanos":1000000000}
        """);
    Batches batches = new Batches(file);
    assertThat(batches.together(Workload.RAW, 10)).isEqualTo(new Timed(Workload.RAW, 10, 2.0, 3.0));
    batches.clear();
    assertThatThrownBy(() -> batches.together(Workload.RAW, 10))
        .hasMessage("There was no batch of: Kafka to raw");
  }
}
