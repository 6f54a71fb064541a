package dev.tributary.archive;

/**
 * A sweep's promise.
 *
 * @param before epoch milliseconds: unreferenced files older than that may be gone
 */
public record Sweep(long before) {}
