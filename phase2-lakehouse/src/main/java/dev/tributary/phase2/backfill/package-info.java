/**
 * Writes a range of the archive again, or the records that stand in the quarantine: finds them,
 * cuts them into plans, and has them done.
 */
package dev.tributary.phase2.backfill;
