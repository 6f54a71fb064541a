package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which records of a plan's entries a replay takes up again: those that plans before it have set
 * aside, that no plan has resolved since, and that have one of the codes and one of the steps. As
 * nothing but plans changes a quarantine, they are the same for every run of the plan.
 *
 * @param codes why they were set aside; empty: whatever the reason was
 * @param steps the steps that set them aside; empty: any
 * @param records how many they were when it was planned
 * @param asOf by topic the manifest entry that was the newest then, as of which the archive is
 *     read: what retention or erasure had taken out stays in the quarantine
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReplaySelection(
    List<String> codes, List<String> steps, long records, Map<String, Long> asOf) {
  /** Copies the collections. */
  public ReplaySelection {
    codes = codes == null ? List.of() : List.copyOf(codes);
    steps = steps == null ? List.of() : List.copyOf(steps);
    asOf = asOf == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(asOf));
  }
}
