package dev.tributary.phase2.erase;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.execute.RecordsOfKey;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.VersionStart;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.apache.spark.sql.SparkSession;

/**
 * A dataset with a table that records are erased from.
 *
 * @param log the table's plan log
 * @param version in force when the erasure began
 * @param spec of that version
 */
record EraseTarget(PlanLog log, long version, DatasetSpec spec) {
  /**
   * The dataset that was named, which is the only one of its records.
   *
   * @throws TributaryException NOT_FOUND, NOT_SUPPORTED
   */
  static List<EraseTarget> of(
      SparkSession spark, Metastore metastore, EraseRequest request, SourceSpec source) {
    requireAlone(spark, metastore, request, source);
    List<EraseTarget> targets = new ArrayList<>();
    for (String name : new java.util.LinkedHashSet<>(request.datasets())) {
      DatasetSpec current = metastore.requireDataset(name).spec();
      PlanLog log = log(spark, current);
      long version = erasable(spark, current) ? inForce(log.latestAccount(), name) : 0;
      if (version > 0) {
        targets.add(
            new EraseTarget(
                log,
                version,
                log.spec(name, version)
                    .orElseThrow(
                        () ->
                            new TributaryException(
                                ErrorCode.LOG_CORRUPT,
                                "Version %d of dataset '%s' is not beside its plan log. Restore it from the metastore."
                                    .formatted(version, name)))));
      } else if (targets.isEmpty()) {
        throw new TributaryException(
            ErrorCode.NOT_FOUND,
            "Dataset '%s' has no table yet, so that it does not say what a key is. Run phase2 for it first."
                .formatted(name));
      }
    }
    return targets;
  }

  private static PlanLog log(SparkSession spark, DatasetSpec spec) {
    return PlanLog.open(spec.target().path(), spark.sessionState().newHadoopConf());
  }

  /** Whether it has a table; one that was retired may have lost it. */
  private static boolean erasable(SparkSession spark, DatasetSpec spec) {
    PlanLog log = log(spark, spec);
    return inForce(log.latestAccount(), spec.name()) > 0
        && (spec.state() != SpecState.RETIRED || new RecordsOfKey(spark, log).exists());
  }

  static long inForce(Optional<PlanAccount> account, String dataset) {
    return account.map(PlanAccount::inForce).orElse(Map.of()).getOrDefault(dataset, 0L);
  }

  /**
   * Refuses records that several datasets are made of. What one has forgotten it, or another one,
   * could read again from the archive until that is rewritten.
   *
   * @throws TributaryException NOT_SUPPORTED; METASTORE_UNAVAILABLE where that is not known for
   *     sure
   */
  static void requireAlone(
      SparkSession spark, Metastore metastore, EraseRequest request, SourceSpec source) {
    String name = request.datasets().get(0);
    List<Versioned<DatasetSpec>> all = metastore.datasets();
    if (metastore.away()) {
      throw TributaryException.of(
          ErrorCode.METASTORE_UNAVAILABLE,
          "The metastore does not answer, and what is known of it from before does not say whether other datasets have the records of '%s' by now."
              .formatted(name),
          "Erase when it answers.");
    }
    TreeSet<String> others = others(spark, metastore, request, source, all);
    if (!others.isEmpty()) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The records of dataset '%s' are, or could be, those of %s too, and an erasure from several tables cannot be made whole yet: one could read again what another has lost. Retire the others and remove the folders of their tables, erase, and fill new ones from what the archive then holds."
              .formatted(name, String.join(", ", others)));
    }
  }

  /** The other datasets that were named, or that read the topics; retired ones with a table too. */
  private static TreeSet<String> others(
      SparkSession spark,
      Metastore metastore,
      EraseRequest request,
      SourceSpec source,
      List<Versioned<DatasetSpec>> all) {
    Set<String> topics =
        topics(spark, metastore.requireDataset(request.datasets().get(0)).spec(), source.topics());
    TreeSet<String> others = new TreeSet<>(request.datasets());
    for (Versioned<DatasetSpec> each : all) {
      DatasetSpec spec = each.spec();
      if (shares(spark, metastore, spec, source, topics)
          && (spec.state() != SpecState.RETIRED || erasable(spark, spec))) {
        others.add(spec.name());
      }
    }
    others.remove(request.datasets().get(0));
    return others;
  }

  private static boolean shares(
      SparkSession spark,
      Metastore metastore,
      DatasetSpec spec,
      SourceSpec source,
      Set<String> topics) {
    if (spec.source().equals(source.name())) {
      return true;
    }
    return metastore
        .source(spec.source())
        .map(Versioned::spec)
        .filter(other -> other.archive().place().equals(source.archive().place()))
        .filter(other -> !Collections.disjoint(topics(spark, spec, other.topics()), topics))
        .isPresent();
  }

  private static Set<String> topics(SparkSession spark, DatasetSpec spec, List<String> now) {
    return topics(log(spark, spec), spec.name(), now);
  }

  /**
   * Those of the source, and those that it had before: what the dataset has read of them counts.
   */
  Set<String> topics(SourceSpec source) {
    return topics(log, spec.name(), source.topics());
  }

  private static Set<String> topics(PlanLog log, String dataset, List<String> now) {
    TreeSet<String> topics = new TreeSet<>(now);
    log.latestAccount().ifPresent(account -> topics.addAll(account.positionsOf(dataset).keySet()));
    return topics;
  }

  /**
   * Refuses a table that another dataset writes too. Its rows may have the same coordinates: topics
   * of two clusters may have one name.
   *
   * @throws TributaryException NOT_SUPPORTED
   */
  void requireOwnTable(Optional<PlanAccount> account) {
    TreeSet<String> others =
        new TreeSet<>(account.map(PlanAccount::inForce).orElse(Map.of()).keySet());
    others.remove(spec.name());
    if (!others.isEmpty()) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table of dataset '%s' has rows of %s too, and what is erased could not be told from theirs, since topics of two clusters may have one name. Have each of them fill a table of its own by a dataset of another name, retire these and remove the folder of this table, and erase there."
              .formatted(spec.name(), String.join(", ", others)));
    }
  }

  /**
   * Refuses where another version came into force since it was found out what is to be erased.
   *
   * @throws TributaryException VERSION_CONFLICT
   */
  void requireInForce(Optional<PlanAccount> account) {
    requireSame(inForce(account, spec.name()), version);
  }

  /** The same of an attempt that goes on with what an earlier one has found. */
  void requireFoundBy(long earlier) {
    requireSame(version, earlier);
  }

  private void requireSame(long now, long foundBy) {
    if (now != foundBy) {
      throw new TributaryException(
          ErrorCode.VERSION_CONFLICT,
          "Version %d of dataset '%s' came into force since the records were looked for by version %d and those before it. Begin the erasure again; it finds what is left."
              .formatted(now, spec.name(), foundBy));
    }
  }

  /** Refuses a table of which the records cannot be told apart, or that refuses. */
  void requireErasable(SparkSession spark, boolean wholeRecords) {
    requireOwnTable(log.latestAccount());
    newest(DatasetSpec::combines, this::written)
        .ifPresent(
            of -> {
              throw new TributaryException(
                  ErrorCode.NOT_SUPPORTED,
                  "A step of dataset '%s' (version %d) makes, or has made, one row of several records, so that no row can be erased without others'. Have its table made anew without that step by ./tributary rebuild, and erase then; or without the records: retire the dataset, remove its table's folder, erase by another dataset of the source that has no such step, and fill another table."
                      .formatted(spec.name(), of));
            });
    newest(DatasetSpec::explodes, backfilled -> true)
        .filter(of -> !wholeRecords)
        .ifPresent(
            of -> {
              throw new TributaryException(
                  ErrorCode.NOT_SUPPORTED,
                  "A step of dataset '%s' (version %d) makes, or has made, several rows of a record, perhaps of several keys. Accept with --whole-records that records go whole, with all of their rows."
                      .formatted(spec.name(), of));
            });
    RecordsOfKey table = new RecordsOfKey(spark, log);
    if (spec.write().mode() == WriteMode.HISTORY && table.has("delta.enableChangeDataFeed")) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table of dataset '%s' is a history with the property delta.enableChangeDataFeed: versions beside erased ones are written anew, and who reads the changes would see them deleted. Set the property to false (target.properties, by dataset apply), let phase2 bring that, erase, and have readers begin anew."
              .formatted(spec.name()));
    }
    if (table.has("delta.appendOnly")) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table of dataset '%s' has the property delta.appendOnly, so that no row can be erased. Take the property away (target.properties, by dataset apply), let phase2 bring that, and erase again."
              .formatted(spec.name()));
    }
  }

  /** The newest version that is so and may have rows in the table. */
  private Optional<Long> newest(Predicate<DatasetSpec> which, LongPredicate there) {
    for (long each = version; each > 0; each--) {
      if (log.spec(spec.name(), each).filter(which).isPresent() && there.test(each)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /**
   * Whether live batches can have written rows of a version: it was in force since the table was
   * cut over. A backfill writes by any version, but refuses a step that combines.
   */
  private boolean written(long each) {
    PlanAccount latest = log.latestAccount().orElseThrow();
    long first =
        Optional.ofNullable(latest.cutovers().get(spec.name()))
            .flatMap(log::planned)
            .map(Plan::datasetVersion)
            .orElse(1L);
    return each >= first
        && inForce(Optional.of(VersionStart.find(log, spec.name(), each, latest)), spec.name())
            == each;
  }
}
