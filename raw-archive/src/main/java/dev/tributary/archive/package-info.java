/**
 * The raw archive's manifest log: what the archive holds, who said so, and what it says about every
 * offset. The format is docs/raw-archive.md.
 */
package dev.tributary.archive;
