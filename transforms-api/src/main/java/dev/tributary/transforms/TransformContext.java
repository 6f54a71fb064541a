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
  /**
   * A text column, null in every row that a step is given. A row step that cannot use a row sets it
   * to a code in kebab-case; the row then goes to quarantine instead of to the next step.
   */
  String ERROR_COLUMN = "_error";

  /** A text column that says what was wrong, for people; it must hold no secret. */
  String ERROR_MESSAGE_COLUMN = "_error_message";

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

  /** The dataset's declared columns in their order: Spark SQL types by name. */
  Map<String, String> columns();

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

  /**
   * The value of an {@link TransformOption.Type#INTEGER} option.
   *
   * @throws IllegalArgumentException if it is missing or no whole number
   */
  default long integer(String name) {
    return OptionText.integer(name, required(name));
  }

  /**
   * The names of a {@link TransformOption.Type#COLUMNS} option, in their order; none if it is
   * missing.
   *
   * @throws IllegalArgumentException if one is empty or there twice
   */
  default List<String> names(String name) {
    return option(name).map(text -> OptionText.columns(name, text)).orElse(List.of());
  }

  /**
   * The pairs of a {@link TransformOption.Type#PAIRS} option, in their order; none if it is
   * missing.
   *
   * @throws IllegalArgumentException if one is no pair or there twice
   */
  default Map<String, String> pairs(String name) {
    return option(name).map(text -> OptionText.pairs(name, text)).orElse(Map.of());
  }
}
