package dev.tributary.cli.status;

import dev.tributary.core.spec.SpecState;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a diagnosis is made from.
 *
 * @param openPlan the plan that is under way
 * @param ruled whether an operator has ruled on it
 * @param archiving whether phase 1 showed signs of life of late
 * @param writing whether phase 2 did
 * @param lost ranges that Kafka lost before they were archived, as {@code topic/partition:from-to}
 * @param findings what does not add up, the lost ranges included
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
    List<String> findings) {
  Situation {
    lost = List.copyOf(lost);
    findings = List.copyOf(findings);
  }
}
