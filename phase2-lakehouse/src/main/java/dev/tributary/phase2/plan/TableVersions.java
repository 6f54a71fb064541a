package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * The Delta versions that a plan's commits made.
 *
 * @param table the table's
 * @param quarantine the quarantine's, where something was set aside
 * @param tombstones the tombstones', where keys were deleted
 * @param late the late table's, where rows came too late for the table
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
public record TableVersions(
    Optional<Long> table,
    Optional<Long> quarantine,
    Optional<Long> tombstones,
    Optional<Long> late) {
  /** Fills in what is absent. */
  public TableVersions {
    table = table == null ? Optional.empty() : table;
    quarantine = quarantine == null ? Optional.empty() : quarantine;
    tombstones = tombstones == null ? Optional.empty() : tombstones;
    late = late == null ? Optional.empty() : late;
  }

  /** Of a plan without late rows. */
  public TableVersions(Optional<Long> table, Optional<Long> quarantine, Optional<Long> tombstones) {
    this(table, quarantine, tombstones, Optional.empty());
  }
}
