package dev.tributary.phase2.execute;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * What a plan does to its dataset's late table.
 *
 * @param rows that it puts there
 * @param released that it takes out, after the table's commit
 * @param version the late table's that bears the plan; empty: none does
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
record LateOutcome(
    long rows,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long released,
    Optional<Long> version) {
  LateOutcome {
    version = version == null ? Optional.empty() : version;
  }
}
