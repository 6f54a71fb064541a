package dev.tributary.metastore.api;

/**
 * What the service takes.
 *
 * @param maxBodyBytes the largest body
 * @param requestsPerSecond from one address; 0: any number
 */
public record ApiLimits(long maxBodyBytes, int requestsPerSecond) {}
