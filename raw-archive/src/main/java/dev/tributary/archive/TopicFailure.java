package dev.tributary.archive;

/** A failure that one topic is to blame for, thrown where several share a batch. */
public final class TopicFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String topic;

  /** A failure of this topic; {@code cause} says what is wrong. */
  public TopicFailure(String topic, Throwable cause) {
    super("Topic %s: %s".formatted(topic, cause.getMessage()), cause);
    this.topic = topic;
  }

  /** The topic's name. */
  public String topic() {
    return topic;
  }
}
