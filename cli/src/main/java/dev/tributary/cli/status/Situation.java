package dev.tributary.cli.status;

import dev.tributary.core.spec.SpecState;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a diagnosis is made from.
 *
 * @param openPlan the plan that is under way
 * @param ruled whether an operator has ruled on it
 * @param archiving whether phase 1 showed signs of life of late
 * @param writing whether phase 2 did
 * @param lost ranges that Kafka lost before they were archived, as {@code topic/partition:from-to}
 * @param recreated topics that are not those of their archives, with the ids that they have now
 * @param findings what does not add up, the lost ranges included
 * @param awaited what the source names and neither Kafka nor the archive has
 */
record Situation(
    String dataset,
    String source,
    SpecState specState,
    long toArchive,
    long toWrite,
    OptionalLong openPlan,
    boolean ruled,
    boolean archiving,
    boolean writing,
    LastRun phase1,
    LastRun phase2,
    List<String> lost,
    Map<String, String> recreated,
    List<String> findings,
    List<String> awaited) {
  Situation {
    lost = List.copyOf(lost);
    recreated = Collections.unmodifiableMap(new TreeMap<>(recreated));
    findings = List.copyOf(findings);
    awaited = List.copyOf(awaited);
  }
}
