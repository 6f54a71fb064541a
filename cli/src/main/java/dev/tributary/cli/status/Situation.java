package dev.tributary.cli.status;

import dev.tributary.core.spec.SpecState;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a diagnosis is made from.
 *
 * @param openPlan the plan that is under way
 * @param archiving whether phase 1 showed signs of life of late
 * @param writing whether phase 2 did
 * @param finding what does not add up
 */
record Situation(
    String dataset,
    String source,
    SpecState specState,
    long toArchive,
    long toWrite,
    OptionalLong openPlan,
    boolean archiving,
    boolean writing,
    LastRun phase1,
    LastRun phase2,
    Optional<String> finding) {}
