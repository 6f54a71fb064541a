package dev.tributary.streaming;

import java.util.Locale;

/** The health of a driver. */
public enum Health {
  /** Every pipeline is well. */
  OK,
  /** Some pipeline is retrying or failed; the others go on. */
  DEGRADED,
  /** Every pipeline has failed. */
  FAILED;

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
