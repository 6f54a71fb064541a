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

  /** The options it understands. */
  List<TransformOption> options();

  /** How many rows it makes of its rows; checked against what it does. */
  StepKind kind();
}
