package dev.tributary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConditionalWriteProbeTest {
  @TempDir java.nio.file.Path folder;

  @Test
  void aStoreThatHonoursConditionalWritesPassesAndIsLeftClean() throws IOException {
    ConditionalWriteProbe.require(store(), directory(), false);
    assertThat(filesLeft()).isEmpty();
  }

  @Test
  void probesAtTheSameTimeDoNotDisturbEachOther() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> probes = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        probes.add(
            executor.submit(() -> ConditionalWriteProbe.require(store(), directory(), false)));
      }
      for (Future<?> probe : probes) {
        probe.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(filesLeft()).isEmpty();
  }

  @Test
  void aStoreThatIgnoresTheConditionIsRefused() throws IOException {
    ObjectStore careless = new CarelessObjectStore(store());
    assertThatThrownBy(() -> ConditionalWriteProbe.require(careless, directory(), false))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL))
        .hasMessageStartingWith(
            "The store of '%s' does not honour conditional writes".formatted(directory()))
        .hasMessageContaining("single-driver");
    assertThat(filesLeft()).isEmpty();
  }

  @Test
  void theOperatorsWordForASingleDriverIsTaken() {
    ConditionalWriteProbe.require(new CarelessObjectStore(store()), directory(), true);
  }

  private static ObjectStore store() {
    return ObjectStores.forPath(new Path("file:///"), new Configuration());
  }

  private Path directory() {
    return new Path(folder.toUri());
  }

  private List<java.nio.file.Path> filesLeft() throws IOException {
    try (Stream<java.nio.file.Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
