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
  private final Map<String, Long> learned = new ConcurrentHashMap<>();

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

  /** An answer that was on its way when another version was learned of is asked for again. */
  void hold(String path, String etag, JsonNode body) {
    long now = nanoTime.getAsLong();
    boolean stale = version(body) < learned.getOrDefault(path, 0L);
    answers.put(path, new Held(etag, body, stale ? now - lifetimeNanos : now));
  }

  /**
   * There is such a version: an older answer is not to be had without asking, unless the service is
   * away.
   */
  void learn(String path, long version) {
    learned.merge(path, version, Math::max);
    if (find(path).filter(held -> version(held.body()) < version).isPresent()) {
      outdate(path);
    }
  }

  /** It is in this version now, which is an older one where a newer one was rejected. */
  void isNow(String path, long version) {
    learned.put(path, version);
    answers.computeIfPresent(path, (name, held) -> version(held.body()) != version ? null : held);
  }

  private static long version(JsonNode body) {
    return body.path("version").asLong();
  }

  /** It is asked for again at once, and had nevertheless where the service is away. */
  void outdate(String path) {
    answers.computeIfPresent(
        path,
        (name, held) -> new Held(held.etag(), held.body(), nanoTime.getAsLong() - lifetimeNanos));
  }

  void forget(String path) {
    answers.remove(path);
  }
}
