package dev.tributary.cli.drift;

/** A record's coordinates. */
public record Place(String topic, int incarnation, int partition, long offset) {
  /** For people. */
  String text() {
    return "%s/%d:%d".formatted(topic, partition, offset)
        + (incarnation == 0 ? "" : " (incarnation %d)".formatted(incarnation));
  }
}
