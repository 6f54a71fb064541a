/** Delta tables, with what their public API does not offer: prepare, admit, commit. */
package dev.tributary.phase2.table;
