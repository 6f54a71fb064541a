package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.RowTransform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the records on which a step throws, where Spark only says that a batch failed: halves the
 * batch by coordinates until single records are left, and then looks which step they fail in. A
 * failure that does not come again with the same records is none of theirs.
 */
final class StepIsolation {
  private static final Logger LOG = LoggerFactory.getLogger(StepIsolation.class);

  /** Each takes about twenty small passes, so that looking for more would take hours. */
  static final int MOST = 100;

  private final PlanWork work;
  private final Rows rows;

  StepIsolation(PlanWork work, Rows rows) {
    this.work = work;
    this.rows = rows;
  }

  /** The rows of a plan, those of a few records. */
  @FunctionalInterface
  interface Rows {
    /** Of the records that the condition on the coordinates lets through; lazy. */
    Dataset<Row> within(Column condition, List<RecordId> without, Diversion diversion);
  }

  /** Successive offsets of a partition, both ends inclusive. */
  private record Span(String topic, int incarnation, int partition, long first, long last) {
    Column condition() {
      return col(Coordinates.TOPIC)
          .equalTo(topic)
          .and(col(Coordinates.INCARNATION).equalTo(incarnation))
          .and(col(Coordinates.PARTITION).equalTo(partition))
          .and(col(Coordinates.OFFSET).between(first, last));
    }

    Span with(Span other) {
      return new Span(
          topic, incarnation, partition, Math.min(first, other.first), Math.max(last, other.last));
    }

    boolean single() {
      return first == last;
    }
  }

  /**
   * The records to set aside; empty where the failure is none of theirs.
   *
   * @param known what is set aside already
   * @throws TributaryException TRANSFORM_FAILED where there are too many
   */
  List<BadRecord> culprits(Exception failure, List<BadRecord> known) {
    if (!mayBeOfRecords(failure)) {
      return List.of();
    }
    LOG.warn(
        "Plan {} of dataset {} fails with {}; looking for the records on which it does",
        work.plan().plan(),
        work.spec().name(),
        named(failure));
    List<RecordId> without = known.stream().map(BadRecord::id).toList();
    List<Span> spans = spans();
    List<Span> found = new ArrayList<>();
    if (fails(spans, without)) {
      search(spans, without, found, known.size());
    }
    List<BadRecord> culprits =
        found.stream().map(this::described).flatMap(Optional::stream).toList();
    Combined.requireGood(work, culprits);
    return culprits;
  }

  /** Stores and networks fail with an IOException; what this product refuses has a code. */
  private static boolean mayBeOfRecords(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException
          || cause instanceof TributaryException
          || cause instanceof InterruptedException
          || cause instanceof VirtualMachineError) {
        return false;
      }
    }
    return true;
  }

  /** One for each partition: what lies between its segments is not in the plan anyway. */
  private List<Span> spans() {
    Map<String, Span> spans = new TreeMap<>();
    for (EntryRange range : work.plan().source().ranges()) {
      ManifestLog log =
          ManifestLog.open(
              work.plan().source().archive(),
              range.topic(),
              work.session().sessionState().newHadoopConf());
      for (ManifestEntry entry : work.input().asOf().held(log, range)) {
        for (ArchiveFile file : entry.files()) {
          for (Segment segment : file.segments()) {
            Span span =
                new Span(
                    range.topic(),
                    segment.incarnation(),
                    segment.partition(),
                    segment.first(),
                    segment.last());
            spans.merge(
                "%s/%d/%d".formatted(span.topic(), span.incarnation(), span.partition()),
                span,
                Span::with);
          }
        }
      }
    }
    return List.copyOf(spans.values());
  }

  /** Of spans that fail together. */
  private void search(List<Span> spans, List<RecordId> without, List<Span> found, int known) {
    if (spans.size() == 1 && spans.get(0).single()) {
      found.add(spans.get(0));
      refuseTooMany(found, known);
      return;
    }
    List<Span> left;
    List<Span> right;
    if (spans.size() > 1) {
      left = spans.subList(0, spans.size() / 2);
      right = spans.subList(spans.size() / 2, spans.size());
    } else {
      Span whole = spans.get(0);
      long middle = whole.first() + (whole.last() - whole.first()) / 2;
      left =
          List.of(
              new Span(
                  whole.topic(), whole.incarnation(), whole.partition(), whole.first(), middle));
      right =
          List.of(
              new Span(
                  whole.topic(), whole.incarnation(), whole.partition(), middle + 1, whole.last()));
    }
    for (List<Span> half : List.of(left, right)) {
      if (fails(half, without)) {
        search(half, without, found, known);
      }
    }
  }

  private void refuseTooMany(List<Span> found, int known) {
    int count = known + found.size();
    boolean broken =
        work.mayBreak() && count > work.spec().breaker().share() * work.size().records();
    if (broken || count > MOST) {
      String first =
          described(found.get(0))
              .map(bad -> "%s at %s".formatted(bad.message(), bad.id()))
              .orElse("one on which it does not always throw");
      throw new TributaryException(
          ErrorCode.TRANSFORM_FAILED,
          "Plan %d of dataset '%s' has more records on which a step throws than %s, the first: %s. Correct the step, void the plan and register a version that handles them."
              .formatted(
                  work.plan().plan(),
                  work.spec().name(),
                  broken ? "the breaker allows" : MOST + ", which is as many as are looked for",
                  first));
    }
  }

  private boolean fails(List<Span> spans, List<RecordId> without) {
    Column condition = spans.stream().map(Span::condition).reduce(Column::or).orElse(lit(false));
    return fails(rows.within(condition, without, work.diversion()));
  }

  private static boolean fails(Dataset<Row> rows) {
    return failure(rows) != null;
  }

  /** Null: none. */
  private static Exception failure(Dataset<Row> rows) {
    try {
      Settlement.compute(rows);
      return null;
    } catch (Exception e) {
      if (!mayBeOfRecords(e)) {
        throw e;
      }
      return e;
    }
  }

  /**
   * No word of the exception's own text, since that quotes the record's values. Empty: nothing
   * throws on the record any more, so that it is not to blame.
   */
  private Optional<BadRecord> described(Span span) {
    List<Step<RowTransform>> steps = work.dataset().steps().rows();
    String step = ArchiveRows.CONFORM;
    String described = step;
    Exception thrown = null;
    for (int count = 1; count <= steps.size() && thrown == null; count++) {
      thrown =
          failure(
              work.rows().after(count, work.plan().source(), span.condition(), work.diversion()));
      if (thrown != null) {
        step = steps.get(count - 1).label();
        described = steps.get(count - 1).described();
      }
    }
    if (thrown == null && new Expectations(work.spec()).any()) {
      PlanSource source = work.plan().source();
      thrown = failure(work.rows().unchecked(source, span.condition(), work.diversion()));
      if (thrown == null) {
        thrown = failure(work.rows().good(source, span.condition(), List.of(), work.diversion()));
        step = thrown == null ? step : Expectations.STEP;
        described = step;
      }
    }
    if (thrown == null) {
      thrown = failure(rows.within(span.condition(), List.of(), work.diversion()));
    }
    if (thrown == null) {
      return Optional.empty();
    }
    Row row = work.rows().identified(work.plan().source(), span.condition()).collectAsList().get(0);
    return Optional.of(
        new BadRecord(
            new RecordId(row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3)),
            row.getTimestamp(4),
            row.getTimestamp(5),
            row.getLong(6),
            BadRecord.cutKey(row.getString(7)),
            step,
            "transform-failed",
            "The step %s throws %s on this record.".formatted(described, named(thrown))));
  }

  private static String named(Throwable thrown) {
    String name = "an error";
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      name =
          cause instanceof SparkThrowable known && known.getCondition() != null
              ? known.getCondition()
              : cause.getClass().getSimpleName();
    }
    return name;
  }
}
