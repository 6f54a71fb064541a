package dev.tributary.streaming;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/** The pipelines of a driver, by name. Thread-safe. */
public final class Pipelines {
  private final Map<String, PipelineMetrics> byName = new ConcurrentSkipListMap<>();

  /** The metrics of a pipeline, made by {@code maker} at the first call. */
  public PipelineMetrics register(String pipeline, Supplier<PipelineMetrics> maker) {
    return byName.computeIfAbsent(pipeline, name -> maker.get());
  }

  /** The metrics of a pipeline. */
  public Optional<PipelineMetrics> find(String pipeline) {
    return Optional.ofNullable(byName.get(pipeline));
  }

  /** All of them, by name. */
  public List<PipelineMetrics> all() {
    return List.copyOf(byName.values());
  }

  /** The state of the whole: what its worst pipelines say. */
  public Health health() {
    List<PipelineState> states = all().stream().map(PipelineMetrics::state).toList();
    if (!states.isEmpty() && states.stream().allMatch(PipelineState.FAILED::equals)) {
      return Health.FAILED;
    }
    boolean troubled =
        states.contains(PipelineState.FAILED) || states.contains(PipelineState.RETRYING);
    return troubled ? Health.DEGRADED : Health.OK;
  }
}
