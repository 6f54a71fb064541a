package dev.tributary.transforms;

import java.util.List;

/**
 * A step between the raw archive and a table: either a {@link PayloadTransform}, which sees a
 * record's bytes before they are decoded, or a {@link RowTransform}, which sees decoded rows. It is
 * found by {@link java.util.ServiceLoader} under its {@link #name()} or by its class, and has a
 * public constructor without parameters. One instance serves one step of one dataset; it is called
 * by one thread at a time.
 */
public sealed interface Transform permits PayloadTransform, RowTransform {
  /** The name that datasets use: kebab-case, unique in its JAR. */
  String name();

  /** What it does, in a sentence or two of Markdown, for people. */
  default String documentation() {
    return "";
  }

  /** The options it understands. */
  List<TransformOption> options();

  /** How many rows it makes of its rows; checked against what it does. */
  StepKind kind();

  /**
   * Refuses options that their types take and the transform cannot use. Called when a dataset is
   * changed, before anything is written; it sees no record and resolves no secret. What depends on
   * columns a {@link RowTransform} refuses in {@link RowTransform#apply}, which is called then too,
   * with no rows.
   *
   * @throws IllegalArgumentException saying the option, its value and the remedy
   */
  default void check(TransformContext context) {}
}
