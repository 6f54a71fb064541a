package dev.tributary.core.spec;

/**
 * A spec with its version. Versions of one name are dense from 1.
 *
 * @param version from 1
 * @param createdAt epoch milliseconds
 * @param spec the spec
 */
public record Versioned<T>(long version, long createdAt, T spec) {}
