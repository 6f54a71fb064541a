/** The plan log of a table: what is written, and its accounts. The format is docs/plan-log.md. */
package dev.tributary.phase2.plan;
