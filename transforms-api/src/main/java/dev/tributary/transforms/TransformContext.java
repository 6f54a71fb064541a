package dev.tributary.transforms;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a step is told. Travels to the executors with payload steps. Immutable, thread-safe.
 *
 * <p>A step must give the same rows for the same rows: a plan that is done again after a crash must
 * come out the same. Therefore "now" is {@link #ingestTimeColumn()}, and neither the clock, random
 * numbers nor outside services may be asked.
 */
public interface TransformContext extends Serializable {
  /** The dataset's name, for messages. */
  String dataset();

  /**
   * The options as the dataset gives them, defaults filled in. A secret stands here as its
   * reference.
   */
  Map<String, String> options();

  /**
   * The secret that the option {@code name} refers to, resolved now, in this process. It must not
   * become part of a plan, a log line or an error.
   *
   * @throws IllegalArgumentException if there is no such option
   * @throws RuntimeException if the reference cannot be resolved here
   */
  String secret(String name);

  /**
   * The columns that say where a row comes from. A row step keeps them as they are; a step that
   * makes several rows of one gives each the same coordinates.
   */
  List<String> coordinates();

  /** The timestamp column that holds when the record was taken into the raw archive: "now". */
  String ingestTimeColumn();

  /** The option's value, or its default. */
  default Optional<String> option(String name) {
    return Optional.ofNullable(options().get(name));
  }

  /**
   * The value of an option that is there.
   *
   * @throws IllegalArgumentException if it is not
   */
  default String required(String name) {
    return option(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The option '%s' is missing. Add it to the transform's options."
                        .formatted(name)));
  }
}
