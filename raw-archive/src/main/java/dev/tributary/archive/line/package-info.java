/** The lines of the raw archive: one JSON object a record, from which its exact bytes come back. */
package dev.tributary.archive.line;
