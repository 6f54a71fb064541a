package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What a rewrite did.
 *
 * @param reason why
 * @param from the first sequence that its map speaks of
 * @param to the last
 * @param map the map's name
 * @param added files that were made
 * @param replaced files that these took the place of
 * @param bytes of the files that were made
 * @param erased the records that were taken out, by partition; none by compaction
 */
public record Rewrite(
    RewriteReason reason,
    long from,
    long to,
    String map,
    long added,
    long replaced,
    long bytes,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ErasedRecords> erased) {
  /** Copies the list. */
  public Rewrite {
    erased = erased == null ? List.of() : List.copyOf(erased);
  }

  long erasedRecords() {
    return erased.stream().mapToLong(each -> each.offsets().size()).sum();
  }
}
