package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * How an expectation fared in a plan.
 *
 * @param name its name
 * @param policy its policy as it stands in a dataset, a text so that later ones can be read
 * @param failed of how many records it did not hold
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExpectationCount(String name, String policy, long failed) {
  /** Refuses what is missing. */
  public ExpectationCount {
    requireNonNull(name, "name");
    requireNonNull(policy, "policy");
  }

  /** This one with that of further records. */
  public ExpectationCount plus(long more) {
    return new ExpectationCount(name, policy, failed + more);
  }
}
