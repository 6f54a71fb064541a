/** Keeps tables in order beside their writers: compaction, purge of deletion vectors, vacuum. */
package dev.tributary.phase2.maintain;
