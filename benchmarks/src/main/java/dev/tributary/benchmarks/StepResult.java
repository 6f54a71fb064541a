package dev.tributary.benchmarks;

import java.util.List;

/** What a step's process hands back: its runs in order. */
record StepResult(List<Run> runs) {
  /** Copies the list. */
  StepResult {
    runs = List.copyOf(runs);
  }

  /** One run: what took how long, and the run as a whole. */
  record Run(List<Timed> timed, double wallSeconds) {
    /** Copies the list. */
    Run {
      timed = List.copyOf(timed);
    }
  }
}
