package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether drivers run a source or a dataset. */
public enum SpecState {
  /** Drivers run it. */
  @JsonProperty("active")
  ACTIVE,
  /** Drivers stop it after their batch; it can be resumed. */
  @JsonProperty("paused")
  PAUSED,
  /** Drivers stop it after their batch; its history stays. */
  @JsonProperty("retired")
  RETIRED
}
