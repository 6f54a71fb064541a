package dev.tributary.benchmarks;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A part of the benchmark that can be asked for. Later ones need what earlier ones wrote. */
enum Step {
  /** What Spark merely reads from Kafka. */
  LIMIT,
  /** Phase 1. */
  RAW,
  /** Phase 2, append. */
  APPEND,
  /** Phase 2, upsert. */
  UPSERT,
  /** What a batch takes on a small table and on a large one. */
  GROWTH;

  /** Reads a list joined by commas. */
  static Set<Step> parse(String text) {
    Set<Step> steps = EnumSet.noneOf(Step.class);
    for (String name : text.split(",")) {
      steps.add(
          Arrays.stream(values())
              .filter(step -> step.label().equals(name.strip().toLowerCase(Locale.ROOT)))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "Use any of %s, joined by commas."
                              .formatted(
                                  Arrays.stream(values())
                                      .map(Step::label)
                                      .collect(Collectors.joining(", "))))));
    }
    return steps;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
