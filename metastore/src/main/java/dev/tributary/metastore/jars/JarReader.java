package dev.tributary.metastore.jars;

import java.io.InputStream;

/** Reads what lies at a URI of one scheme. Thread-safe. */
@FunctionalInterface
interface JarReader {
  /** What lies there; refused as {@link Unreadable} says where that cannot be read. */
  InputStream open(String uri);
}
