package dev.tributary.phase1;

import dev.tributary.archive.Acceptance;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the operator accepted on the command line.
 *
 * @param losses ranges that Kafka lost
 * @param incarnations topics that were created again, or moved
 * @param sameTopics topics that are the same as before, though their ids cannot tell
 * @param unknownIds brokers that tell no ids
 * @param word who says so, and why
 * @param used losses that count no more; comes to hold others
 */
record Acceptances(
    List<Loss> losses,
    List<Recreated> incarnations,
    List<Recreated> sameTopics,
    boolean unknownIds,
    Acceptance word,
    Set<Loss> used) {
  Acceptances {
    losses = List.copyOf(losses);
    incarnations = List.copyOf(incarnations);
    sameTopics = List.copyOf(sameTopics);
  }

  /** Of which all count. */
  Acceptances(
      List<Loss> losses,
      List<Recreated> incarnations,
      List<Recreated> sameTopics,
      boolean unknownIds,
      Acceptance word) {
    this(losses, incarnations, sameTopics, unknownIds, word, ConcurrentHashMap.newKeySet());
  }

  /** Of what is found out by ids alone. */
  Acceptances(List<Loss> losses, List<Recreated> incarnations, Acceptance word) {
    this(losses, incarnations, List.of(), false, word);
  }

  /** A range {@code topic/partition:from-to}, its end exclusive. */
  record Loss(String topic, int partition, long from, long to) {
    private static final Pattern FORM =
        Pattern.compile("([a-zA-Z0-9._-]+)/(\\d{1,9}):(\\d{1,18})-(\\d{1,18})");

    static Loss parse(String text) {
      Matcher matcher = FORM.matcher(text.trim());
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "Use topic/partition:from-to as the error gave it, such as orders/3:100-200.");
      }
      return new Loss(
          matcher.group(1),
          Integer.parseInt(matcher.group(2)),
          Long.parseLong(matcher.group(3)),
          Long.parseLong(matcher.group(4)));
    }

    /** Whether it begins where the archive ends and covers what is gone. */
    boolean covers(String lostTopic, int lostPartition, long start, long end) {
      return topic.equals(lostTopic) && partition == lostPartition && from == start && to >= end;
    }

    /** Whether an offset is in it. */
    boolean holds(String lostTopic, int lostPartition, long offset) {
      return topic.equals(lostTopic) && partition == lostPartition && from <= offset && offset < to;
    }
  }

  /** A new creation of a topic, {@code topic:topic id}. */
  record Recreated(String topic, String topicId) {
    static Recreated parse(String text) {
      int colon = text.trim().lastIndexOf(':');
      if (colon <= 0 || colon == text.trim().length() - 1) {
        throw new IllegalArgumentException(
            "Use topic:topic-id as the error gave it, such as orders:kLQ3mGkZQ1qk2bX0TgZ4lw.");
      }
      return new Recreated(text.trim().substring(0, colon), text.trim().substring(colon + 1));
    }
  }

  boolean acceptsLoss(String topic, int partition, long start, long end) {
    return valid().anyMatch(loss -> loss.covers(topic, partition, start, end));
  }

  /**
   * What a range was accepted as lost by counts no more: what comes to be at these offsets and is
   * lost too has not been named yet.
   */
  void use(String topic, int partition, long start, long end) {
    valid().filter(loss -> loss.covers(topic, partition, start, end)).forEach(used::add);
  }

  private Stream<Loss> valid() {
    return losses.stream().filter(loss -> !used.contains(loss));
  }

  /** Up to where a loss that an offset belongs to is accepted, exclusive; empty: it is not. */
  OptionalLong acceptedTo(String topic, int partition, long offset) {
    return valid().filter(loss -> loss.holds(topic, partition, offset)).mapToLong(Loss::to).max();
  }

  boolean acceptsIncarnation(String topic, String topicId) {
    return incarnations.contains(new Recreated(topic, topicId));
  }

  boolean acceptsSameTopic(String topic, String topicId) {
    return sameTopics.contains(new Recreated(topic, topicId));
  }
}
