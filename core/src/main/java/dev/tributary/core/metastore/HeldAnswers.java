package dev.tributary.core.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The service's last answers in memory, with their entity tags. For its lifetime an answer is not
 * asked for again; after it, it is asked for by its tag. It ends at once where a newer version is
 * known. Thread-safe.
 */
final class HeldAnswers {
  /** An answer, and when it was given. */
  record Held(String etag, JsonNode body, long at) {}

  private final long lifetimeNanos;
  private final LongSupplier nanoTime;
  private final Map<String, Held> answers = new ConcurrentHashMap<>();

  HeldAnswers(Duration lifetime, LongSupplier nanoTime) {
    this.lifetimeNanos = lifetime.toNanos();
    this.nanoTime = nanoTime;
  }

  /** An answer within its lifetime. */
  Optional<JsonNode> young(String path) {
    return find(path)
        .filter(held -> nanoTime.getAsLong() - held.at() < lifetimeNanos)
        .map(Held::body);
  }

  Optional<Held> find(String path) {
    return Optional.ofNullable(answers.get(path));
  }

  void hold(String path, String etag, JsonNode body) {
    answers.put(path, new Held(etag, body, nanoTime.getAsLong()));
  }

  /** There is such a version: an older answer is not to be had without asking. */
  void learn(String path, long version) {
    answers.computeIfPresent(
        path, (name, held) -> held.body().path("version").asLong() < version ? null : held);
  }

  void forget(String path) {
    answers.remove(path);
  }
}
