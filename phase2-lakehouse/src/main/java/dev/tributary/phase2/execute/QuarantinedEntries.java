package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.ReplaySelection;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;

/** Which manifest entries hold the records that stand in a table's quarantine. */
public final class QuarantinedEntries {
  private final SparkSession session;
  private final PlanLog log;

  /** Of a table. */
  public QuarantinedEntries(SparkSession session, PlanLog log) {
    this.session = session;
    this.log = log;
  }

  /**
   * An entry with records in quarantine.
   *
   * @param topic its topic
   * @param sequence its place in the manifest log
   * @param records how many of its records stand there
   */
  public record Share(String topic, long sequence, long records) {}

  /**
   * The first entries after one, by topic and sequence.
   *
   * @param dataset for which the records were set aside
   * @param selection which of these
   * @param before the plan that is too late to have set them aside
   * @param topic of the entry that they come after; empty: of none
   * @param sequence of the same
   * @param most how many
   */
  public List<Share> after(
      String dataset,
      ReplaySelection selection,
      long before,
      String topic,
      long sequence,
      int most) {
    return PlanExecutor.within(
        session,
        () -> {
          Column ofTopic = Names.column(Coordinates.TOPIC);
          Column ofEntry = Names.column(Coordinates.SEQUENCE);
          return new Quarantine(session, log.folders().quarantine())
                  .open(dataset, log.generation(), before, selection)
                  .filter(ofTopic.gt(topic).or(ofTopic.equalTo(topic).and(ofEntry.gt(sequence))))
                  .groupBy(ofTopic, ofEntry)
                  .agg(count(lit(1)))
                  .orderBy(ofTopic, ofEntry)
                  .limit(most)
                  .collectAsList()
                  .stream()
                  .map(row -> new Share(row.getString(0), row.getLong(1), row.getLong(2)))
                  .toList();
        });
  }
}
