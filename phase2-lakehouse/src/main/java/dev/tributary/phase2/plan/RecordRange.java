package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.archive.file.Segment;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which records of the entries that a plan names it is about, where these are not all of them.
 *
 * @param offsets by topic; empty: all. Of topics and partitions that are not named, none
 * @param fromTime the least timestamp of a record, epoch milliseconds
 * @param toTime the timestamp that is too late, epoch milliseconds. A record without a timestamp is
 *     at no time
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RecordRange(
    Map<String, TopicOffsets> offsets, Optional<Long> fromTime, Optional<Long> toTime) {
  /** What comes later is no time of a row, and so at no time here either. */
  private static final long GREATEST_TIME = Long.MAX_VALUE / 1000;

  /** Copies the offsets. */
  public RecordRange {
    offsets = offsets == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(offsets));
    fromTime = fromTime == null ? Optional.empty() : fromTime;
    toTime = toTime == null ? Optional.empty() : toTime;
  }

  /**
   * Offsets of a topic.
   *
   * @param incarnation that they are of
   * @param partitions the offsets by partition
   */
  public record TopicOffsets(int incarnation, Map<Integer, Offsets> partitions) {
    /** Copies the partitions. */
    public TopicOffsets {
      partitions = Collections.unmodifiableMap(new TreeMap<>(partitions));
    }
  }

  /**
   * Offsets of a partition.
   *
   * @param from the first
   * @param to the one that is too great; empty: none is
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Offsets(long from, Optional<Long> to) {
    /** Fills in what is absent. */
    public Offsets {
      to = to == null ? Optional.empty() : to;
    }

    boolean contains(long offset) {
      return offset >= from && offset < end();
    }

    private long end() {
      return to.orElse(Long.MAX_VALUE);
    }
  }

  /** How much of something is in a range. */
  public enum Share {
    /** Nothing. */
    NONE,
    /** A part, perhaps. */
    SOME,
    /** All. */
    WHOLE
  }

  /** Whether there is a bound by time. */
  public boolean timed() {
    return fromTime.isPresent() || toTime.isPresent();
  }

  /** The first time that is in the range. */
  public long firstTime() {
    return fromTime.orElse(0L);
  }

  /** The time after the range. */
  public long endTime() {
    return Math.min(toTime.orElse(Long.MAX_VALUE), GREATEST_TIME + 1);
  }

  /** How many of a segment's records are in the range. */
  public Share share(String topic, Segment segment) {
    Share byOffset = shareByOffset(topic, segment);
    Share byTime = shareByTime(segment);
    if (byOffset == Share.NONE || byTime == Share.NONE) {
      return Share.NONE;
    }
    return byOffset == Share.WHOLE && byTime == Share.WHOLE ? Share.WHOLE : Share.SOME;
  }

  /**
   * Whether a record is in the range.
   *
   * @param timestamp epoch milliseconds; negative for none
   */
  public boolean contains(
      String topic, int incarnation, int partition, long offset, long timestamp) {
    if (timed() && (timestamp < firstTime() || timestamp >= endTime())) {
      return false;
    }
    if (offsets.isEmpty()) {
      return true;
    }
    TopicOffsets ofTopic = offsets.get(topic);
    return ofTopic != null
        && ofTopic.incarnation() == incarnation
        && ofTopic.partitions().containsKey(partition)
        && ofTopic.partitions().get(partition).contains(offset);
  }

  private Share shareByOffset(String topic, Segment segment) {
    if (offsets.isEmpty()) {
      return Share.WHOLE;
    }
    TopicOffsets ofTopic = offsets.get(topic);
    if (ofTopic == null || ofTopic.incarnation() != segment.incarnation()) {
      return Share.NONE;
    }
    Offsets own = ofTopic.partitions().get(segment.partition());
    if (own == null || segment.last() < own.from() || segment.first() >= own.end()) {
      return Share.NONE;
    }
    return own.contains(segment.first()) && own.contains(segment.last()) ? Share.WHOLE : Share.SOME;
  }

  private Share shareByTime(Segment segment) {
    if (!timed()) {
      return Share.WHOLE;
    }
    if (segment.maxTimestamp() < firstTime() || segment.minTimestamp() >= endTime()) {
      return Share.NONE;
    }
    return segment.minTimestamp() >= firstTime() && segment.maxTimestamp() < endTime()
        ? Share.WHOLE
        : Share.SOME;
  }
}
