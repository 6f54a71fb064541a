package dev.tributary.metastore.api;

/**
 * What the service takes.
 *
 * @param maxBodyBytes the largest body
 * @param requestsPerSecond from one address; 0: any number
 * @param host where it listens, by which name it may be called too where it asks for no tokens
 */
public record ApiLimits(long maxBodyBytes, int requestsPerSecond, String host) {}
