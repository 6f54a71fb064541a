package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was measured, kept in the benchmark's folder step by step. */
final class Figures {
  private record OfStep(
      Store store, Step step, List<Measurement> measurements, List<MergeTimes> merges) {
    /** Of an earlier release, which knew of no merges, there are none. */
    OfStep {
      merges = merges == null ? List.of() : List.copyOf(merges);
    }
  }

  private final Path file;
  private final List<OfStep> steps = new ArrayList<>();

  private Figures(Path file) {
    this.file = file;
  }

  /** Begins anew. */
  static Figures none(Path folder) {
    return new Figures(file(folder));
  }

  /** Goes on with what an earlier benchmark measured in this folder. */
  static Figures read(Path folder) {
    Figures figures = none(folder);
    try {
      if (Files.exists(figures.file)) {
        OfStep[] known = Json.mapper().readValue(Files.readAllBytes(figures.file), OfStep[].class);
        figures.steps.addAll(List.of(known));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return figures;
  }

  private static Path file(Path folder) {
    return folder.resolve("figures.json");
  }

  boolean hold(Store store, Step step) {
    return steps.stream().anyMatch(known -> known.store() == store && known.step() == step);
  }

  void add(Store store, Step step, List<Measurement> measurements) {
    add(new OfStep(store, step, measurements, List.of()));
  }

  void addMerges(Store store, List<MergeTimes> merges) {
    add(new OfStep(store, Step.GROWTH, List.of(), merges));
  }

  private void add(OfStep figures) {
    steps.add(figures);
    try {
      Files.write(file, Json.write(steps));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them, in the order in which they were measured. */
  List<Measurement> all() {
    return steps.stream().flatMap(step -> step.measurements().stream()).toList();
  }

  /** What batches took on tables of different sizes. */
  List<MergeTimes> merges() {
    return steps.stream().flatMap(step -> step.merges().stream()).toList();
  }
}
