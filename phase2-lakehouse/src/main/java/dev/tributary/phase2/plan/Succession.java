package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * How a generation of a plan log comes after the one before, as docs/plan-log.md describes it: the
 * first object of the generation. Never changed once it is put.
 *
 * @param format the format's version
 * @param generation the generation that begins; it succeeds the one before
 * @param id random
 * @param run the run that put it
 * @param at epoch milliseconds
 * @param state the newest plan that the restored table holds; -1: none. Up to it the plans are
 *     those of the generation before
 * @param through the newest plan that must be done: those after {@code state} up to it are done
 *     again
 * @param tableVersion the table's version of which all that is so; later commits are this
 *     generation's, or others'
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Succession(
    int format,
    int generation,
    String id,
    String run,
    long at,
    long state,
    long through,
    long tableVersion) {
  /** Refuses one of nobody. */
  public Succession {
    requireNonNull(id, "id");
    requireNonNull(run, "run");
  }

  /** Whether a plan of this number is done again. */
  public boolean again(long n) {
    return n > state && n <= through;
  }
}
