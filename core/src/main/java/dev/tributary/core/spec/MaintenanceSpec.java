package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * How a dataset's table is kept in order, as far as the flags of a maintenance run do not say
 * otherwise.
 *
 * @param optimize whether many small files become few great ones
 * @param purgeDeletionVectors whether files that have deletion vectors are written anew
 * @param vacuum whether files that no version within the retention needs are removed
 * @param fileBytes about how great compacted files become
 * @param minFiles how many small files a partition has where it pays to compact them
 * @param retainHours how long a vacuum leaves what was replaced, or longer where the table says so
 * @param afterBatches after so many plans of the table the driver that writes it compacts and
 *     purges too; empty: never
 * @param atMostMillis how long at most batches wait for that
 * @param forgetDeletesAfterMillis how long hard deletes of an upsert are remembered key by key at
 *     least; empty: for good
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record MaintenanceSpec(
    Boolean optimize,
    Boolean purgeDeletionVectors,
    Boolean vacuum,
    Long fileBytes,
    Long minFiles,
    Long retainHours,
    Optional<Long> afterBatches,
    Long atMostMillis,
    Optional<Long> forgetDeletesAfterMillis) {
  private static final long MIB = 1L << 20;
  private static final long LEAST_RETENTION = 168;
  private static final long MOST = 1_000_000;
  private static final long HOUR = 60L * 60 * 1_000;
  private static final String FORGETTING = "maintenance.forgetDeletesAfterMillis";

  /** Fills in the defaults, everything but in the driver that writes, and refuses what is odd. */
  public MaintenanceSpec {
    optimize = optimize == null ? Boolean.TRUE : optimize;
    purgeDeletionVectors = purgeDeletionVectors == null ? Boolean.TRUE : purgeDeletionVectors;
    vacuum = vacuum == null ? Boolean.TRUE : vacuum;
    fileBytes = within("fileBytes", fileBytes, 256 * MIB, MIB, MIB * MIB);
    minFiles = within("minFiles", minFiles, 8, 2, MOST);
    retainHours = within("retainHours", retainHours, LEAST_RETENTION, LEAST_RETENTION, MOST);
    afterBatches = afterBatches == null ? Optional.empty() : afterBatches;
    SpecChecks.range("maintenance.afterBatches", afterBatches, 1, MOST);
    atMostMillis = within("atMostMillis", atMostMillis, 60_000, 1_000, 24L * 60 * 60 * 1_000);
    forgetDeletesAfterMillis =
        forgetDeletesAfterMillis == null ? Optional.empty() : forgetDeletesAfterMillis;
    SpecChecks.range(FORGETTING, forgetDeletesAfterMillis, HOUR, 36_525L * 24 * HOUR);
    if (afterBatches.isPresent() && !optimize && !purgeDeletionVectors) {
      throw SpecChecks.invalid(
          "maintenance.afterBatches",
          afterBatches.get(),
          "Drivers that write compact and purge, and never vacuum: let optimize or"
              + " purgeDeletionVectors be true, or leave it out.");
    }
  }

  /** Without an end to what is remembered of deletes. */
  public MaintenanceSpec(
      Boolean optimize,
      Boolean purgeDeletionVectors,
      Boolean vacuum,
      Long fileBytes,
      Long minFiles,
      Long retainHours,
      Optional<Long> afterBatches,
      Long atMostMillis) {
    this(
        optimize,
        purgeDeletionVectors,
        vacuum,
        fileBytes,
        minFiles,
        retainHours,
        afterBatches,
        atMostMillis,
        Optional.empty());
  }

  /** Refuses to forget what is not remembered, or stands in the table. */
  void requireMeant(WriteSpec write) {
    if (forgetDeletesAfterMillis.isPresent()
        && (write.mode() != WriteMode.UPSERT || write.deletes() != Deletes.HARD)) {
      throw SpecChecks.invalid(
          FORGETTING,
          forgetDeletesAfterMillis.get(),
          "Only hard deletes of an upsert are remembered beside its rows and can be forgotten; leave"
              + " it out.");
    }
  }

  private static Long within(String field, Long value, long byDefault, long least, long most) {
    SpecChecks.range("maintenance." + field, Optional.ofNullable(value), least, most);
    return value == null ? Long.valueOf(byDefault) : value;
  }

  /** All defaults. */
  public static MaintenanceSpec defaults() {
    return new MaintenanceSpec(null, null, null, null, null, null, null, null, null);
  }
}
