package dev.tributary.phase2.erase;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.execute.RecordsOfKey;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
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
   * The datasets that were named, without those that have no table.
   *
   * @throws TributaryException NOT_FOUND, SETTING_INVALID, NOT_SUPPORTED
   */
  static List<EraseTarget> of(
      SparkSession spark, Metastore metastore, EraseRequest request, SourceSpec source) {
    requireAllNamed(spark, metastore, request, source);
    List<EraseTarget> targets = new ArrayList<>();
    for (String name : new java.util.LinkedHashSet<>(request.datasets())) {
      DatasetSpec current = dataset(metastore, name);
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
            "Dataset '%s' has no table yet, so that it does not say what a key is. Run phase2 for it first, or name another dataset of the source first."
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

  static DatasetSpec dataset(Metastore metastore, String name) {
    return metastore
        .dataset(name)
        .map(Versioned::spec)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "The metastore knows no dataset named '%s'. Register it, or correct the name."
                        .formatted(name)));
  }

  /** What one dataset forgets, another must not keep. */
  private static void requireAllNamed(
      SparkSession spark, Metastore metastore, EraseRequest request, SourceSpec source) {
    for (String name : request.datasets()) {
      String other = dataset(metastore, name).source();
      if (!shares(metastore, other, source)) {
        throw new TributaryException(
            ErrorCode.SETTING_INVALID,
            "Dataset '%s' reads the source '%s', not '%s'. Name datasets of one source; erase from the other apart."
                .formatted(name, other, source.name()));
      }
    }
    TreeSet<String> missing = new TreeSet<>();
    for (Versioned<DatasetSpec> each : metastore.datasets()) {
      DatasetSpec spec = each.spec();
      if (!request.datasets().contains(spec.name())
          && shares(metastore, spec.source(), source)
          && erasable(spark, spec)) {
        missing.add(spec.name());
      }
    }
    if (!missing.isEmpty()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The datasets %s are made of the same records, and would keep what is erased. Name them too, after the one that says what the key is: --dataset %s."
              .formatted(String.join(", ", missing), String.join(" --dataset ", missing)));
    }
  }

  private static boolean shares(Metastore metastore, String name, SourceSpec source) {
    return name.equals(source.name())
        || metastore
            .source(name)
            .map(Versioned::spec)
            .filter(
                other ->
                    other.archive().location().equals(source.archive().location())
                        && other.topics().stream().anyMatch(source.topics()::contains))
            .isPresent();
  }

  /** Refuses a table of which the records cannot be told apart, or that refuses. */
  void requireErasable(SparkSession spark, boolean wholeRecords) {
    if (spec.combines()) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "A step of dataset '%s' makes one row of several records, so that no row can be erased without others'. Have its table made anew without the records: erase them from the archive with the dataset retired and its table's folder removed, then fill another table."
              .formatted(spec.name()));
    }
    if (spec.explodes() && !wholeRecords) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "A step of dataset '%s' makes several rows of a record, perhaps of several keys. Accept with --whole-records that records go whole, with all of their rows."
              .formatted(spec.name()));
    }
    if (new RecordsOfKey(spark, log).appendOnly()) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table of dataset '%s' has the property delta.appendOnly, so that no row can be erased. Take the property away (dataset set-property), let phase2 bring that, and erase again."
              .formatted(spec.name()));
    }
  }
}
