/** From the bytes of a JSON value straight to the declared columns, by the table in casts.md. */
package dev.tributary.archive.decode;
