package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * The plan that a plan does again, since a RESTORE took its rows away. It has the same number.
 *
 * @param generation the generation that it stands in
 * @param id its id
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Again(int generation, String id) {
  /** Refuses a plan without an id. */
  public Again {
    requireNonNull(id, "id");
  }
}
