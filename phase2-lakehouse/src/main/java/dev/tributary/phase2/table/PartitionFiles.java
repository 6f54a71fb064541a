package dev.tributary.phase2.table;

import java.util.Optional;

/**
 * The files of one partition of a table.
 *
 * @param name what a person calls it, such as {@code day=2026-01-01}; empty: the table has none
 * @param predicate SQL on the partition columns that is true for it alone; empty: there are none
 * @param files how many files
 * @param bytes their size
 * @param small how many of them are small
 * @param smallBytes the size of those
 * @param deleting how many of them have a deletion vector
 * @param deletingBytes the size of those
 */
public record PartitionFiles(
    String name,
    Optional<String> predicate,
    long files,
    long bytes,
    long small,
    long smallBytes,
    long deleting,
    long deletingBytes) {}
