package dev.tributary.phase2.live;

import dev.tributary.streaming.TriggerSpec;
import java.time.Duration;

/**
 * How a dataset is run.
 *
 * @param trigger what starts a batch
 * @param aliveInterval how often a run that works on a plan shows a sign of life
 * @param aliveTimeout how long a sign of life may stay the same before its run counts as dead
 */
public record LiveSettings(TriggerSpec trigger, Duration aliveInterval, Duration aliveTimeout) {}
