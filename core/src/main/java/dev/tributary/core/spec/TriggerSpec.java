package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * When a dataset's live batches begin.
 *
 * @param intervalMillis how far apart they begin at least, where a driver runs on; 0: one after the
 *     other; absent: as the driver is told. A run up to what is there now ({@code available-now})
 *     does not wait.
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TriggerSpec(Optional<Long> intervalMillis) {
  private static final long LONGEST = 24L * 60 * 60 * 1_000;

  /** Refuses an interval below 0 or above a day. */
  public TriggerSpec {
    intervalMillis = intervalMillis == null ? Optional.empty() : intervalMillis;
    SpecChecks.range("trigger.intervalMillis", intervalMillis, 0, LONGEST);
  }
}
