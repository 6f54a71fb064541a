package dev.tributary.streaming;

import java.util.Locale;

/** Where a pipeline stands. */
public enum PipelineState {
  /** Not yet run. */
  STARTING,
  /** Runs. */
  RUNNING,
  /** Failed, and is tried again after a wait. */
  RETRYING,
  /** Failed for good; a person has to act. */
  FAILED,
  /** Did all there was to do, or was asked to stop. */
  STOPPED;

  /** As it stands in metrics and results, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
