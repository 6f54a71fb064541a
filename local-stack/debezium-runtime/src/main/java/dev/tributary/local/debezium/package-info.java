/** Debezium's own engine, whose events tests read. */
package dev.tributary.local.debezium;
