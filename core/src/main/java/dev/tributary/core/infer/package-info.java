/** Columns out of a JSON Schema or out of messages. */
package dev.tributary.core.infer;
