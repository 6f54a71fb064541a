package dev.tributary.phase2.plan;

/**
 * A change of the dataset version that a table stands under.
 *
 * @param fromVersion the version before; 0 where the table is created
 * @param toVersion the version after
 */
public record DdlChange(long fromVersion, long toVersion) {}
