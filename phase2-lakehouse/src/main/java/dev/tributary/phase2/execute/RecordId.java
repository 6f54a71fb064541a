package dev.tributary.phase2.execute;

import java.io.Serializable;

/** What names one record for ever. */
record RecordId(String topic, int incarnation, int partition, long offset) implements Serializable {
  private static final long serialVersionUID = 1L;
}
