package dev.tributary.archive;

/**
 * Who made an entry.
 *
 * @param run the id of the run
 * @param application name and version
 */
public record Author(String run, String application) {}
