package dev.tributary.phase2.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.apache.hadoop.conf.Configuration;

/** The table that a backfill writes, the versions that may write it, and how far it may go. */
final class BackfillTarget {
  private static final String APPEND_ONLY = "delta.appendOnly";

  private final Metastore metastore;
  private final BackfillRequest request;
  private final Configuration configuration;
  private final Versioned<DatasetSpec> current;
  private final PlanLog ownLog;
  private final PlanLog log;

  /** Asks the metastore; NOT_FOUND where it does not know the dataset. */
  BackfillTarget(Metastore metastore, BackfillRequest request, Configuration configuration) {
    this.metastore = metastore;
    this.request = request;
    this.configuration = configuration;
    this.current = metastore.requireDataset(request.dataset());
    this.ownLog = PlanLog.open(current.spec().target().path(), configuration);
    this.log = elsewhere() ? PlanLog.open(request.into().orElseThrow(), configuration) : ownLog;
  }

  /**
   * What the backfill is about.
   *
   * @param whole what it reads
   * @param version the dataset version that does it
   * @param chunkRecords about how many records a chunk has
   * @param left by topic the sequence from which on it goes no further than the live batches have
   */
  record Range(PlanSource whole, long version, long chunkRecords, Map<String, Long> left) {}

  /** The plan log of the table that is written. */
  PlanLog log() {
    return log;
  }

  /** The newest version that the metastore knows, whether it is in force or not. */
  long registered() {
    return current.version();
  }

  /** Whether it is another table than the dataset's. */
  boolean elsewhere() {
    return request
        .into()
        .map(path -> !path.replaceAll("/+$", "").equals(current.spec().target().path()))
        .orElse(false);
  }

  /**
   * What is to be read, as of now.
   *
   * @param account the accounts of the table that is written
   */
  Range range(Optional<PlanAccount> account) {
    long version = version(account);
    DatasetSpec spec = spec(version);
    SourceSpec source = source(spec);
    RangeFinder.Found found =
        new RangeFinder(source, request.selection(), configuration)
            .below(limit(source, ownAccount(account)));
    List<EntryRange> ranges =
        request.mode() == BackfillMode.FILL
            ? found.ranges().stream()
                .map(each -> held(source.archive().location(), each))
                .flatMap(Optional::stream)
                .toList()
            : found.ranges();
    return new Range(
        new PlanSource(source.archive().location(), ranges, found.within()),
        version,
        request.chunkRecords().orElse(spec.maxRecordsPerBatch()),
        found.left());
  }

  /**
   * The part of a range from which something can be filled in: not from entries whose records
   * retention has removed. Empty where that is all of them.
   */
  Optional<EntryRange> held(String archive, EntryRange range) {
    long from =
        ManifestLog.open(archive, range.topic(), configuration)
            .requireHead()
            .expiredBefore()
            .orElse(0);
    return from > range.to()
        ? Optional.empty()
        : Optional.of(new EntryRange(range.topic(), Math.max(from, range.from()), range.to()));
  }

  /** The version that does it: the one that was asked for, or the one in force. */
  long version(Optional<PlanAccount> account) {
    long inForce = inForce(ownAccount(account));
    return request.version().orElse(inForce == 0 ? current.version() : inForce);
  }

  private Optional<PlanAccount> ownAccount(Optional<PlanAccount> account) {
    return elsewhere() ? ownLog.latestAccount() : account;
  }

  private long inForce(Optional<PlanAccount> account) {
    return account.map(PlanAccount::inForce).orElse(Map.of()).getOrDefault(request.dataset(), 0L);
  }

  /** Live batches take what lies above their position; a table without any is bound by nothing. */
  private ToLongFunction<String> limit(SourceSpec source, Optional<PlanAccount> own) {
    if (inForce(own) > 0) {
      return topic -> own.orElseThrow().position(request.dataset(), topic);
    }
    return topic ->
        ManifestLog.open(source.archive().location(), topic, configuration)
                .head()
                .map(ManifestEntry::sequence)
                .orElse(-1L)
            + 1;
  }

  /** A version of the dataset, for the table that is written. */
  DatasetSpec spec(long version) {
    DatasetSpec spec =
        ownLog
            .spec(request.dataset(), version)
            .or(() -> metastore.dataset(request.dataset(), version).map(Versioned::spec))
            .orElseThrow(
                () ->
                    new TributaryException(
                        ErrorCode.NOT_FOUND,
                        "There is no version %d of dataset '%s'. Name one that ./tributary dataset history lists."
                            .formatted(version, request.dataset())));
    return elsewhere() ? moved(spec, request.into().orElseThrow()) : spec;
  }

  private static DatasetSpec moved(DatasetSpec spec, String path) {
    ObjectNode tree = Json.mapper().valueToTree(spec);
    ((ObjectNode) tree.get("target")).put("path", path);
    try {
      return Json.mapper().treeToValue(tree, DatasetSpec.class);
    } catch (JsonProcessingException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "'%s' cannot be a table's path: %s. Name a URI such as s3a://bucket/lake/orders_again."
              .formatted(path, e.getOriginalMessage()),
          e);
    }
  }

  /**
   * Sees to it that a plan of this version can be done by anybody: its spec and JARs lie beside the
   * plans, its steps can be loaded, its columns are there.
   *
   * @throws TributaryException TRANSFORM_INVALID, TRANSFORM_FAILED, SPEC_INVALID, SCHEMA_REFUSED
   */
  void prepare(PlanExecutor executor, long version) {
    DatasetSpec spec = spec(version);
    new TransformJars(log, metastore, configuration).bring(spec);
    if (elsewhere()) {
      executor.check(Optional.empty(), spec);
    } else {
      executor.checkEarlier(spec);
    }
    log.putSpec(version, spec);
  }

  /**
   * The plan that creates another table, where that is needed first.
   *
   * @throws TributaryException NOT_SUPPORTED, CHANGE_REFUSED for what cannot be backfilled
   */
  Optional<Plan> definition(PlanTurns.Standing standing, String run, Clock clock) {
    requireAllowed(standing.account(), version(standing.account()));
    if (!elsewhere() || inForce(standing.account()) > 0) {
      return Optional.empty();
    }
    long version = version(standing.account());
    DatasetSpec spec = spec(version);
    return Optional.of(
        new Plan(
            Plan.format(standing.account(), spec),
            standing.next(),
            log.generation(),
            UUID.randomUUID().toString(),
            PlanKind.DDL,
            request.dataset(),
            version,
            run,
            clock.millis(),
            new PlanSource(source(spec).archive().location(), List.of()),
            TransformJars.hashes(spec),
            standing.account().map(PlanAccount::positions).orElse(Map.of()),
            Optional.of(new DdlChange(0, version))));
  }

  /**
   * Refuses what no plan could do.
   *
   * @param version the dataset version that does it
   */
  void requireAllowed(Optional<PlanAccount> account, long version) {
    requireAlone(account);
    DatasetSpec spec = spec(version);
    if (request.mode() == BackfillMode.REPLACE && spec.write().mode() != WriteMode.APPEND) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "Dataset '%s' is %s table: a row comes from all events of its key, so that no range of them can be replaced. Use --mode fill for what is missing, or write its whole history into another table with --mode fill --into."
              .formatted(
                  request.dataset(),
                  spec.write().mode() == WriteMode.UPSERT ? "an upsert" : "a history"));
    }
    if (spec.combines() && !elsewhere()) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "A step of dataset '%s' makes one row of several records, so that the table does not say which records it lacks, nor which rows a range of them came to. Write its history into another table with --mode fill --into."
              .formatted(request.dataset()));
    }
    if (request.mode() == BackfillMode.REPLACE && appendOnly(spec)) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table of dataset '%s' has the property %s, so that no row can be replaced. Use --mode fill, or take the property away."
              .formatted(request.dataset(), APPEND_ONLY));
    }
    long inForce = inForce(account);
    if (!elsewhere()) {
      requireOwn(version, spec, inForce);
      return;
    }
    boolean live =
        account.map(PlanAccount::positions).orElse(Map.of()).containsKey(request.dataset());
    if (live || (inForce > 0 && inForce != version)) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "The table %s stands under version %d of dataset '%s' already%s. Name another table."
              .formatted(
                  log.folders().table(),
                  inForce,
                  request.dataset(),
                  live ? " and is written by live batches" : ", not under " + version));
    }
  }

  private static boolean appendOnly(DatasetSpec spec) {
    return spec.target().properties().entrySet().stream()
        .anyMatch(
            property ->
                property.getKey().equalsIgnoreCase(APPEND_ONLY)
                    && property.getValue().equalsIgnoreCase("true"));
  }

  private void requireOwn(long version, DatasetSpec spec, long inForce) {
    if (inForce == 0) {
      throw new TributaryException(
          ErrorCode.NOT_FOUND,
          "Dataset '%s' has no table yet. Run phase2 for it first, or name another table with --into."
              .formatted(request.dataset()));
    }
    if (version > inForce) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "The table %s stands under version %d of dataset '%s', and version %d comes after it. Let phase2 bring it first, try it with --dry-run, or name another table with --into."
              .formatted(log.folders().table(), inForce, request.dataset(), version));
    }
    DatasetSpec now = spec(inForce);
    if (!now.write().equals(spec.write()) || !now.source().equals(spec.source())) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "Version %d of dataset '%s' has another source, write mode, key or order than version %d, which is in force. Name another table with --into."
              .formatted(version, request.dataset(), inForce));
    }
    requireColumns(version, spec, now);
    requirePartitions(version, spec, inForce, now);
    requireSameEvents(version, spec, inForce, now);
    requireWholeRows(version, spec, now);
  }

  /** Merges of the version in force look for a key in the partitions that it belongs to. */
  private void requirePartitions(long version, DatasetSpec spec, long inForce, DatasetSpec now) {
    if (!partitions(spec).equals(partitions(now))) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "Version %d of dataset '%s' partitions by %s, and version %d, which is in force, by %s. Use the version in force, or name another table with --into."
              .formatted(
                  version,
                  request.dataset(),
                  spec.target().partitionBy(),
                  inForce,
                  now.target().partitionBy()));
    }
  }

  private static List<PartitionColumn> partitions(DatasetSpec spec) {
    return spec.partitions().stream()
        .map(
            each ->
                new PartitionColumn(
                    each.name().toLowerCase(Locale.ROOT),
                    each.derivation(),
                    each.column().toLowerCase(Locale.ROOT)))
        .toList();
  }

  /** A history has each event once. */
  private void requireSameEvents(long version, DatasetSpec spec, long inForce, DatasetSpec now) {
    if (spec.write().mode() == WriteMode.HISTORY && spec.explodes() != now.explodes()) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "Version %d of dataset '%s' makes %s of a record, and version %d, which is in force, makes %s: what one fills into a history are not the events of the other. Use the version in force, or write the whole history into another table with --into."
              .formatted(version, request.dataset(), rows(spec), inForce, rows(now)));
    }
  }

  /** A row of a key is what one event made of it. */
  private void requireWholeRows(long version, DatasetSpec spec, DatasetSpec now) {
    if (spec.write().mode() != WriteMode.UPSERT) {
      return;
    }
    ColumnLineage lineage = ColumnLineage.between(spec, now);
    now.columns().stream()
        .filter(column -> lineage.before(column).isEmpty())
        .findFirst()
        .ifPresent(
            column -> {
              throw new TributaryException(
                  ErrorCode.CHANGE_REFUSED,
                  "The column '%s' came after version %d of dataset '%s', which does not fill it: a row that it updates would keep the value of another event there. Use the version in force, or write into another table with --into."
                      .formatted(column.name(), version, request.dataset()));
            });
  }

  private static String rows(DatasetSpec spec) {
    return spec.explodes() ? "numbered rows" : "one row";
  }

  /** Rows of another version fit where its columns are in the table as it declares them. */
  private void requireColumns(long version, DatasetSpec spec, DatasetSpec now) {
    ColumnLineage lineage = ColumnLineage.between(spec, now);
    for (ColumnSpec column : spec.columns()) {
      boolean stays =
          lineage
              .after(column)
              .filter(kept -> kept.name().equals(column.name()))
              .filter(kept -> kept.type().equalsIgnoreCase(column.type()))
              .isPresent();
      if (!stays) {
        throw new TributaryException(
            ErrorCode.CHANGE_REFUSED,
            "The column '%s' of version %d of dataset '%s' was dropped, renamed or widened since. Use the version in force, or name another table with --into."
                .formatted(column.name(), version, request.dataset()));
      }
    }
  }

  /** Rows do not say which dataset they come from. */
  void requireAlone(Optional<PlanAccount> account) {
    account.map(PlanAccount::inForce).orElse(Map.of()).keySet().stream()
        .filter(other -> !other.equals(request.dataset()))
        .findFirst()
        .ifPresent(
            other -> {
              throw new TributaryException(
                  ErrorCode.NOT_SUPPORTED,
                  "Dataset '%s' writes the table %s too, and a row does not say which dataset it comes from. Backfill into a table that is fed by one dataset."
                      .formatted(other, log.folders().table()));
            });
  }

  /** The source that a version reads. */
  SourceSpec source(DatasetSpec spec) {
    return metastore.requireSourceOf(spec);
  }
}
