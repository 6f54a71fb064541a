package dev.tributary.metastore.change;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.metastore.store.Backup;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.SourceRepository;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A database that was restored from a backup does not know which versions were given out since. It
 * gives out none before it has learned from the specs beside the plan logs which of them are in
 * force somewhere.
 */
public final class Recovery {
  private final Datasets datasets;
  private final SourceRepository sources;
  private volatile OptionalLong backupOf;

  /** Finds out whether the database is a restored backup. */
  public Recovery(Database database, Datasets datasets, SourceRepository sources) {
    this.datasets = datasets;
    this.sources = sources;
    this.backupOf = database.read(Backup::mark);
  }

  /** What the plans say of a version. */
  public enum Standing {
    /** It was in force, or is. */
    @JsonProperty("active")
    ACTIVE,
    /** A plan may bring it yet. */
    @JsonProperty("pending")
    PENDING,
    /** No plan brought it, and none will: an operator made it void. */
    @JsonProperty("rejected")
    REJECTED
  }

  /**
   * A version as it lies beside a plan log.
   *
   * @param dataset the dataset
   * @param version the version
   * @param spec what it says
   * @param state what the plans say of it; absent: it was in force
   */
  public record Found(String dataset, Long version, DatasetSpec spec, Standing state) {
    /** Fills in the state, and refuses what is absent or does not fit together. */
    public Found {
      if (dataset == null
          || version == null
          || version < 1
          || spec == null
          || !spec.name().equals(dataset)) {
        throw TributaryException.of(
            ErrorCode.SPEC_INVALID,
            "A found version has no dataset, version or spec, or they do not belong together.",
            "Send them as they lie beside the plan log.");
      }
      state = state == null ? Standing.ACTIVE : state;
    }
  }

  /**
   * What is learned.
   *
   * @param versions what was found
   * @param done whether that is all, so that versions may be given out again
   */
  public record Learned(List<Found> versions, Boolean done) {
    /** Copies the list. */
    public Learned {
      if (versions == null || versions.stream().anyMatch(Objects::isNull)) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID,
                "The field versions is missing or holds a null.",
                "Mend it.")
            .at("/versions");
      }
      versions = List.copyOf(versions);
      done = done == null ? Boolean.FALSE : done;
    }
  }

  /** Of which moment the database is a backup that has not learned yet; empty: of none. */
  public OptionalLong backupOf() {
    return backupOf;
  }

  /** Refuses to give out a version before it is known which ones there are. */
  public void requireDone() {
    if (backupOf.isPresent()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The database is a backup of %s, and which versions were given out since is not known yet."
              .formatted(Instant.ofEpochMilli(backupOf.getAsLong())),
          "Run ./tributary recover, which reads them from beside the plan logs.");
    }
  }

  /** Takes versions in; answers how many were new. */
  public int learn(Connection connection, Learned learned, Note note) throws SQLException {
    int added = 0;
    List<Found> ordered =
        learned.versions().stream()
            .sorted(Comparator.comparing(Found::dataset).thenComparing(Found::version))
            .toList();
    for (Found found : ordered) {
      if (sources.find(connection, found.spec().source()).isEmpty()) {
        throw TributaryException.of(
                ErrorCode.CHANGE_REFUSED,
                "The dataset %s reads the source %s, which this database does not know."
                    .formatted(found.dataset(), found.spec().source()),
                "Put the source first (PUT /sources/%s), and recover again."
                    .formatted(found.spec().source()))
            .at("/versions");
      }
      added += datasets.learn(connection, found, note);
    }
    if (learned.done()) {
      Backup.forget(connection);
    }
    return added;
  }

  /** After {@link #learn} was committed with nothing left to learn. */
  public void finished() {
    backupOf = OptionalLong.empty();
  }
}
