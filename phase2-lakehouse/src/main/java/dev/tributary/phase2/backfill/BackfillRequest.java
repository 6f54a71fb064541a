package dev.tributary.phase2.backfill;

import dev.tributary.phase2.plan.BackfillMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a person asked for.
 *
 * @param dataset whose records
 * @param mode what is done with them
 * @param selection which of them
 * @param version the dataset version that does it; empty: the one in force
 * @param into another table's URI; empty: the dataset's own
 * @param id the backfill's name; empty: it is made from what is asked for
 * @param chunkRecords about how many records a chunk has; empty: as many as a live batch
 * @param pause how long the log is left to others after each chunk
 */
public record BackfillRequest(
    String dataset,
    BackfillMode mode,
    Selection selection,
    OptionalLong version,
    Optional<String> into,
    Optional<String> id,
    OptionalLong chunkRecords,
    Duration pause) {
  /** The same for all runs that ask for the same. */
  String asked() {
    String text =
        "%s %s %s %s %s".formatted(dataset, mode, selection, version, into.orElse("its own table"));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
