package dev.tributary.phase1;

import dev.tributary.core.error.TributaryException;

/** A failure that one topic is to blame for, thrown where several share a batch. */
final class TopicFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String topic;

  TopicFailure(String topic, TributaryException cause) {
    super("Topic %s: %s".formatted(topic, cause.getMessage()), cause);
    this.topic = topic;
  }

  String topic() {
    return topic;
  }
}
