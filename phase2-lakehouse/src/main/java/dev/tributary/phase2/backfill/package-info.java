/** Writes a range of the archive again: finds the range, cuts it into plans, and has them done. */
package dev.tributary.phase2.backfill;
