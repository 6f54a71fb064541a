/**
 * What a dataset has in archive, table and beside it, read from their logs without Spark and
 * without their data.
 */
package dev.tributary.phase2.tiers;
