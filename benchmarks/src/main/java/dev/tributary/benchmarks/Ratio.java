package dev.tributary.benchmarks;

import java.util.Optional;

/**
 * How the product compares.
 *
 * @param name what is compared with what
 * @param value the product's rate over the other's
 * @param bound what it has to be at least; empty where nothing is promised
 */
record Ratio(Store store, String name, double value, Optional<Double> bound) {
  /** Whether the promise holds, if there is one. */
  boolean holds() {
    return bound.isEmpty() || value >= bound.get();
  }
}
