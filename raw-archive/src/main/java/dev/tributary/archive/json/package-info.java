/** Strict JSON and UTF-8 over byte arrays, at memory speed. */
package dev.tributary.archive.json;
