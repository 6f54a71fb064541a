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
    return sum(workload, records, read());
  }

  /** Each batch since then as a piece of work of its own. */
  List<Timed> each(List<Workload> workloads, long recordsEach) {
    List<BatchClock.Batch> batches = read();
    if (batches.size() != workloads.size()) {
      throw new IllegalStateException(
          "There were %d batches instead of %d.".formatted(batches.size(), workloads.size()));
    }
    List<Timed> timed = new ArrayList<>();
    for (int i = 0; i < batches.size(); i++) {
      timed.add(sum(workloads.get(i), recordsEach, batches.subList(i, i + 1)));
    }
    return timed;
  }

  private static Timed sum(Workload workload, long records, List<BatchClock.Batch> batches) {
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
