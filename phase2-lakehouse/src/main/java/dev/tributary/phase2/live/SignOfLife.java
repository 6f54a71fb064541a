package dev.tributary.phase2.live;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What a run overwrites every few seconds while it works.
 *
 * @param format the format's version
 * @param run the run
 * @param host where it runs
 * @param process its process id there
 * @param startedAt when that process began, epoch milliseconds
 * @param at epoch milliseconds
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record SignOfLife(int format, String run, String host, long process, long startedAt, long at) {}
