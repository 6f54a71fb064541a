/**
 * The Spark connector {@code raw-archive}: a streaming and batch sink, a streaming source and a
 * batch reader over the manifest log.
 */
package dev.tributary.archive.spark;
