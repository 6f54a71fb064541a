package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/**
 * How the product compares.
 *
 * @param name what is compared with what
 * @param value the product's rate over the other's
 * @param bound what it has to be at least; empty where nothing is promised
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record Ratio(Store store, String name, double value, Optional<Double> bound) {
  /** Whether the promise holds; empty if there is none. */
  @JsonProperty
  Optional<Boolean> held() {
    return bound.map(least -> value >= least);
  }
}
