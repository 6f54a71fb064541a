package dev.tributary.transforms.testing;

import dev.tributary.transforms.TransformContext;
import java.util.List;

/** Runs one transform over values of records. */
interface TrialRun {
  /**
   * What becomes of the records, ordered by their place and, where one became several, by value.
   *
   * @param values the records' values; the place of each is its offset
   * @param partitions over how many tasks they are spread
   */
  List<Outcome> outcomes(List<byte[]> values, int partitions);

  /** Where the records come from, as outcomes show it. */
  List<String> coordinates(List<byte[]> values);

  /** What travels to the executors. */
  Object travelling(List<byte[]> values);

  /** What it is told. */
  TransformContext context();
}
