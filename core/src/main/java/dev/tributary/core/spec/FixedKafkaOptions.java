package dev.tributary.core.spec;

import java.util.Map;
import java.util.Optional;

/**
 * Kafka's consumer properties that are not a source's to set, since what phase 1 promises hangs on
 * them, or since a field of the source says the same.
 */
public final class FixedKafkaOptions {
  private static final String NO_USE = "Leave it out.";

  private static final Map<String, String> REMEDIES =
      Map.of(
          "bootstrap.servers", "Set bootstrapServers of the source.",
          "isolation.level", "Set isolation of the source.",
          "auto.offset.reset", "Set start of the source.",
          "group.id", "Set consumerGroup of the source.",
          "group.instance.id", NO_USE,
          "enable.auto.commit", NO_USE,
          "allow.auto.create.topics", NO_USE,
          "key.deserializer", NO_USE,
          "value.deserializer", NO_USE,
          "interceptor.classes", NO_USE);

  private FixedKafkaOptions() {}

  /** Whether drivers ignore the option. */
  public static boolean contains(String option) {
    return REMEDIES.containsKey(option);
  }

  /** What to do instead of setting it; empty: it may be set. */
  public static Optional<String> remedy(String option) {
    return Optional.ofNullable(REMEDIES.get(option));
  }
}
