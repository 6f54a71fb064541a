package dev.tributary.phase1;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Kafka's errors as ours. */
final class KafkaErrors {
  private KafkaErrors() {}

  /**
   * A client that is made by {@code maker}. What goes wrong there often quotes the properties, so
   * secrets are taken out of the message and the cause is left out.
   */
  static <T> T constructing(KafkaConnection connection, Properties properties, Supplier<T> maker) {
    try {
      return maker.get();
    } catch (KafkaException | IllegalArgumentException e) {
      StringBuilder reasons = new StringBuilder();
      for (Throwable at = e; at != null; at = at.getCause()) {
        reasons.append(reasons.isEmpty() ? "" : "; ").append(at.getMessage());
      }
      String reason = reasons.toString();
      for (Map.Entry<String, String> option : connection.options().entrySet()) {
        if (SecretReference.isReference(option.getValue())) {
          reason = SecretReference.masked(reason, properties.getProperty(option.getKey(), ""));
        }
      }
      throw new TributaryException(
          ErrorCode.KAFKA_OPTIONS_INVALID,
          "A Kafka client for %s cannot be made: %s. Correct the source's kafkaOptions."
              .formatted(connection.bootstrapServers(), reason));
    }
  }

  /** What failed while {@code doing} something, for example "listing the offsets of orders". */
  static TributaryException coded(KafkaConnection connection, String doing, Throwable failure) {
    Throwable cause =
        failure instanceof ExecutionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof TributaryException coded) {
      return coded;
    }
    String where = connection.bootstrapServers();
    if (cause instanceof AuthenticationException) {
      return new TributaryException(
          ErrorCode.KAFKA_AUTHENTICATION,
          "Kafka at %s refused the credentials (%s) while %s. Check what the references in the source's kafkaOptions name."
              .formatted(where, cause.getClass().getSimpleName(), doing));
    }
    if (cause instanceof AuthorizationException) {
      return new TributaryException(
          ErrorCode.KAFKA_AUTHORIZATION,
          "Kafka at %s does not allow %s: %s. Grant Describe, DescribeConfigs and Read on the topic to this user."
              .formatted(where, doing, cause.getMessage()),
          cause);
    }
    if (cause instanceof UnknownTopicOrPartitionException
        || cause instanceof UnknownTopicIdException
        || cause instanceof InvalidTopicException) {
      return new TributaryException(
          ErrorCode.TOPIC_NOT_FOUND,
          "Kafka at %s has no such topic or partition (%s). Create the topic, or correct the source."
              .formatted(where, doing),
          cause);
    }
    if (cause instanceof RetriableException) {
      return new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Kafka at %s did not answer while %s: %s. Check that the brokers are up and can be reached."
              .formatted(where, doing, cause.getMessage()),
          cause);
    }
    return new TributaryException(
        ErrorCode.INTERNAL_ERROR,
        "Something unforeseen failed while %s at %s: %s. Please report it with its stack trace."
            .formatted(doing, where, cause),
        cause);
  }
}
