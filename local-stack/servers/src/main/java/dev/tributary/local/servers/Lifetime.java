package dev.tributary.local.servers;

/** How long a server runs when nobody stops it. */
public enum Lifetime {
  /** It dies with the process that started it, even if that is killed with -9. */
  WITH_PARENT,
  /** It goes on until somebody stops its process, whose id is in {@code server.pid}. */
  DETACHED
}
