package dev.tributary.streaming;

import java.time.Duration;

/**
 * The bounds of a run.
 *
 * @param maxDuration after which it is asked to stop; zero: no bound
 * @param stopTimeout how long a stop waits for batches in hand
 * @param discoveryInterval how often units are discovered; zero: once, and the run ends with the
 *     last of them
 */
public record RunLimits(Duration maxDuration, Duration stopTimeout, Duration discoveryInterval) {}
