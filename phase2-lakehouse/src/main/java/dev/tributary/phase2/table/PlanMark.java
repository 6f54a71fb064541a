package dev.tributary.phase2.table;

/**
 * The mark that a plan leaves on each table that it commits to, in the same commit.
 *
 * @param application the plan log's {@code txnAppId}
 * @param plan the plan's number, as {@code txnVersion}
 */
public record PlanMark(String application, long plan) {}
