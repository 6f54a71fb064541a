package dev.tributary.cli.reconcile;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.core.error.ErrorCategory;

/** Whether the accounts balance. */
public enum Verdict {
  /** Everything is accounted for. */
  @JsonProperty("balanced")
  BALANCED(0),
  /** Nothing is wrong, but records wait to be archived or written: ask again later. */
  @JsonProperty("waiting")
  WAITING(ErrorCategory.UNAVAILABLE.exitCode()),
  /** Something is missing, twice, or does not add up. */
  @JsonProperty("unaccounted")
  UNACCOUNTED(ErrorCategory.DATA.exitCode());

  private final int exitCode;

  Verdict(int exitCode) {
    this.exitCode = exitCode;
  }

  /** 0 only if everything is accounted for. */
  public int exitCode() {
    return exitCode;
  }
}
