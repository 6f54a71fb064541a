package dev.tributary.phase2.plan;

/**
 * What a table held as of one of its versions, as far as its accounts tell.
 *
 * @param generation the generation that was written then
 * @param plan the newest plan that was done by then; -1: none
 * @param tableVersion the version of which that is known; commits after it are not accounted for
 */
public record HeldState(int generation, long plan, long tableVersion) {}
