package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * Which part of which backfill a plan is. Each chunk says all of the backfill, so that whoever goes
 * on with it needs nothing but the newest one.
 *
 * @param id the backfill's name
 * @param mode what it does
 * @param asked a digest of what was asked for; the same for every run of the backfill
 * @param chunk this part's number, from 0
 * @param chunks how many parts there are
 * @param chunkRecords about how many records a part has
 * @param ranges the whole of the backfill; the parts follow from it and {@code chunkRecords}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BackfillChunk(
    String id,
    BackfillMode mode,
    String asked,
    int chunk,
    int chunks,
    long chunkRecords,
    List<EntryRange> ranges) {
  /** Copies the ranges and refuses a part that is none of them. */
  public BackfillChunk {
    requireNonNull(id, "id");
    requireNonNull(mode, "mode");
    requireNonNull(asked, "asked");
    ranges = List.copyOf(ranges);
    if (chunk < 0 || chunk >= chunks) {
      throw new IllegalArgumentException("There is no chunk %d of %d.".formatted(chunk, chunks));
    }
  }

  /** The same backfill's part of another number. */
  public BackfillChunk at(int number) {
    return new BackfillChunk(id, mode, asked, number, chunks, chunkRecords, ranges);
  }

  /** Whether no part comes after this one. */
  public boolean last() {
    return chunk == chunks - 1;
  }
}
