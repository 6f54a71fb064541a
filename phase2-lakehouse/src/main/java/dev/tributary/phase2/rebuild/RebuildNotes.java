package dev.tributary.phase2.rebuild;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.Comparison;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/** What a rebuild keeps beside the new table's plans, besides these. */
final class RebuildNotes {
  private static final int FORMAT = 1;

  private final PlanLog log;

  /** Beside a new table's plan log. */
  RebuildNotes(PlanLog log) {
    this.log = log;
  }

  /**
   * What the new table is made for. Put if absent, before its first plan.
   *
   * @param format the format's version
   * @param id tells it from one that is begun after it was given up
   * @param version the dataset version
   * @param livePlan the newest plan of the table that is there, when the new one was begun
   * @param spec what the version says
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Begun(int format, String id, long version, long livePlan, DatasetSpec spec) {
    static Begun of(long version, long livePlan, DatasetSpec spec) {
      return new Begun(FORMAT, UUID.randomUUID().toString(), version, livePlan, spec);
    }
  }

  /**
   * That both tables were compared, and how. What one has written since was written by the same
   * plans' rules, so that they are compared once.
   *
   * @param format the format's version
   * @param comparison what was found
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Compared(int format, Comparison comparison) {}

  /**
   * That it was given up.
   *
   * @param format the format's version
   * @param run whose word it is
   * @param at when, epoch milliseconds
   */
  record GivenUp(int format, String run, long at) {}

  Optional<Begun> begun() {
    return read(begunPath(), Begun.class);
  }

  /** Says that it is given up, for good. */
  void giveUp(String run, long at) {
    log.store()
        .createIfAbsent(
            RebuildFolders.givenUp(log.folders().table()), write(new GivenUp(FORMAT, run, at)));
  }

  /**
   * Refuses a rebuild that was given up.
   *
   * @throws TributaryException CHANGE_REFUSED
   */
  void requireNotGivenUp(String dataset, long version) {
    if (log.store().read(RebuildFolders.givenUp(log.folders().table())).isPresent()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The rebuild of dataset '%s' under version %d was given up by --abandon, which has not come to its end."
              .formatted(dataset, version),
          "Run ./tributary rebuild --dataset %s --to-version %d --abandon again, and register the change anew."
              .formatted(dataset, version));
    }
  }

  /** What was put first, by this run or another one. */
  Begun begin(Begun begun) {
    log.store().createIfAbsent(begunPath(), write(begun));
    return begun().orElseThrow();
  }

  Optional<Comparison> compared() {
    return read(comparedPath(), Compared.class).map(Compared::comparison);
  }

  void compared(Comparison comparison) {
    log.store().overwrite(comparedPath(), write(new Compared(FORMAT, comparison)));
  }

  private Path begunPath() {
    return RebuildFolders.begun(log.folders().table());
  }

  private Path comparedPath() {
    return new Path(log.folders().plans(), "compared.json");
  }

  private <T> Optional<T> read(Path path, Class<T> type) {
    return log.store()
        .read(path)
        .map(
            content -> {
              try {
                return Json.mapper().readValue(content, type);
              } catch (IOException e) {
                throw new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "The object %s cannot be read. Give the rebuild up with --abandon, and begin it anew."
                        .formatted(path),
                    e);
              }
            });
  }

  private static byte[] write(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
