package dev.tributary.streaming;

import dev.tributary.core.error.TributaryException;
import java.util.Locale;
import java.util.Optional;

/**
 * How a run ended.
 *
 * @param ending why it ended
 * @param error the error that decides the exit code, where something failed
 */
public record RunOutcome(Ending ending, Optional<TributaryException> error) {
  /** Why a run ended. */
  public enum Ending {
    /** All there was to do is done. */
    FINISHED,
    /** It was asked to stop, or its time was up. */
    STOPPED,
    /** Something failed. */
    FAILED;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The exit code of the process: 0, or that of the error's category. */
  public int exitCode() {
    return error.map(e -> e.code().category().exitCode()).orElse(0);
  }
}
