package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@link BatchClock} wrote down. */
final class Batches {
  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;

  private final Path file;

  Batches(Path file) {
    this.file = file;
  }

  /** Begins anew. */
  void clear() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All batches since then as one piece of work. */
  Timed together(Workload workload, long records) {
    List<BatchClock.Batch> batches = read();
    if (batches.isEmpty()) {
      throw new IllegalStateException("There was no batch of: " + workload.label());
    }
    return new Timed(
        workload,
        records,
        batches.stream().mapToLong(BatchClock.Batch::millis).sum() / MILLIS,
        batches.stream().mapToLong(BatchClock.Batch::cpuNanos).sum() / NANOS);
  }

  private List<BatchClock.Batch> read() {
    List<BatchClock.Batch> batches = new ArrayList<>();
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          batches.add(Json.mapper().readValue(line, BatchClock.Batch.class));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return batches;
  }
}
