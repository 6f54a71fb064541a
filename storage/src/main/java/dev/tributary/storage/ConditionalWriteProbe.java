package dev.tributary.storage;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out at start-up whether a store honours put-if-absent, on which everything rests that keeps
 * two drivers apart.
 */
public final class ConditionalWriteProbe {
  private static final Logger LOG = LoggerFactory.getLogger(ConditionalWriteProbe.class);

  private ConditionalWriteProbe() {}

  /**
   * Writes an object of its own below {@code directory} twice, looks whether the second was
   * refused, and removes it. Probes of several processes do not see each other.
   *
   * @param singleDriver the operator's word that one driver alone ever writes: nothing is probed
   * @throws TributaryException STORE_NOT_CONDITIONAL if the store let the second write through, or
   *     refused the condition itself, and {@code singleDriver} is false
   */
  public static void require(ObjectStore store, Path directory, boolean singleDriver) {
    if (singleDriver) {
      return;
    }
    Path probe = new Path(directory, "_probe/" + UUID.randomUUID());
    try {
      boolean first = create(store, probe, directory);
      boolean second = create(store, probe, directory);
      if (!first || second) {
        throw notConditional(directory, "of two writers of one object both or neither won", null);
      }
    } finally {
      remove(store, probe);
    }
  }

  private static boolean create(ObjectStore store, Path probe, Path directory) {
    try {
      return store.createIfAbsent(probe, content("conditional"));
    } catch (TributaryException e) {
      if (e.code() == ErrorCode.STORE_REFUSED && takes(store, probe)) {
        throw notConditional(directory, "it refused one, and took a write without a condition", e);
      }
      throw e;
    }
  }

  /** Whether it takes the same write without the condition. */
  private static boolean takes(ObjectStore store, Path probe) {
    try {
      store.overwrite(probe, content("unconditional"));
      return true;
    } catch (TributaryException e) {
      LOG.debug("The store refuses any write to {}", probe, e);
      return false;
    }
  }

  private static TributaryException notConditional(
      Path directory, String finding, Throwable cause) {
    return new TributaryException(
        ErrorCode.STORE_NOT_CONDITIONAL,
        "The store of '%s' does not honour conditional writes (If-None-Match): %s, so two drivers could overwrite each other's commits. Use a store that does (AWS S3, SeaweedFS 4.44 or later, HDFS), or set single-driver if only one driver ever writes there."
            .formatted(directory, finding),
        cause);
  }

  private static byte[] content(String which) {
    return (which + " " + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
  }

  private static void remove(ObjectStore store, Path probe) {
    try {
      store.delete(probe);
    } catch (TributaryException e) {
      LOG.warn("The probe object {} was not removed: {}", probe, e.getMessage());
    }
  }
}
