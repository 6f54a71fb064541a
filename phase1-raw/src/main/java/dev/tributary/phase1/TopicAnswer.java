package dev.tributary.phase1;

import dev.tributary.core.error.TributaryException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What Kafka says about a topic. */
sealed interface TopicAnswer {
  /**
   * It is there.
   *
   * @param topicId Kafka's id of this creation of it, or Genesis.UNKNOWN_ID
   * @param partitions what each holds
   */
  record Found(String topicId, Map<Integer, Held> partitions) implements TopicAnswer {
    public Found {
      partitions = java.util.Collections.unmodifiableMap(new TreeMap<>(partitions));
    }
  }

  /** It has not answered yet: a partition of it has no leader, or its leader is slow. */
  record Outstanding() implements TopicAnswer {}

  /** It cannot be read now. */
  record Refused(TributaryException why) implements TopicAnswer {}

  /**
   * The offsets that a partition holds.
   *
   * @param earliest the first one that retention left
   * @param end exclusive; with {@code read_committed} the last stable offset
   * @param leaderEpoch of the leader that says so; empty where it does not tell
   */
  record Held(long earliest, long end, OptionalInt leaderEpoch) {
    /** Of a leader that does not tell its epoch. */
    Held(long earliest, long end) {
      this(earliest, end, OptionalInt.empty());
    }
  }
}
