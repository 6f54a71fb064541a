package dev.tributary.phase2.rebuild;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TableChange;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.FirstEntries;
import dev.tributary.phase2.plan.FormerTopics;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import dev.tributary.phase2.table.TableState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** The table that is made anew, the version that does it, and what stands in its way. */
final class RebuildTarget {
  private static final String MAPPING = "delta.columnMapping.mode";
  private static final String VECTORS = "delta.enableDeletionVectors";
  private static final String CHANGES = "delta.enableChangeDataFeed";

  /** What a table that is only read by its own plans need not do. */
  private static final List<String> NOT_YET = List.of(VECTORS, CHANGES);

  private static final String APPEND_ONLY = "delta.appendOnly";

  private final Metastore metastore;
  private final Configuration configuration;
  private final DatasetSpec current;
  private final Optional<Versioned<DatasetSpec>> wanted;
  private final PlanLog live;

  /** Asks the metastore; NOT_FOUND where it does not know the dataset. */
  RebuildTarget(Metastore metastore, RebuildRequest request, Configuration configuration) {
    this.metastore = metastore;
    this.configuration = configuration;
    this.current = metastore.requireDataset(request.dataset()).spec();
    this.live = PlanLog.open(current.target().path(), configuration);
    this.wanted = wanted(request);
    if (request.version().isPresent() && wanted.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.NOT_FOUND,
          "There is no version %d of dataset '%s'."
              .formatted(request.version().getAsLong(), request.dataset()),
          "Name one that ./tributary dataset history lists.");
    }
  }

  /** What is given up may wait no more: then it is the newest that is under way. */
  private Optional<Versioned<DatasetSpec>> wanted(RebuildRequest request) {
    if (request.version().isPresent()) {
      return known(request, request.version().getAsLong());
    }
    Optional<Versioned<DatasetSpec>> waiting =
        metastore.awaitingRebuild(request.dataset()).stream().findFirst();
    return waiting.isPresent() || request.action() != RebuildRequest.Action.ABANDON
        ? waiting
        : folders().versionsUnderWay(configuration).stream()
            .max(Long::compare)
            .flatMap(version -> known(request, version));
  }

  /** What is given up may be lost to a metastore that was restored from an older backup. */
  private Optional<Versioned<DatasetSpec>> known(RebuildRequest request, long version) {
    Optional<Versioned<DatasetSpec>> known = metastore.dataset(request.dataset(), version);
    if (known.isPresent() || request.action() != RebuildRequest.Action.ABANDON) {
      return known;
    }
    return new RebuildNotes(PlanLog.open(folders().rebuilt(version).toString(), configuration))
        .begun()
        .map(begun -> new Versioned<>(version, 0, begun.spec()));
  }

  String dataset() {
    return current.name();
  }

  /** Whether there is a version to rebuild under. */
  boolean named() {
    return wanted.isPresent();
  }

  /** Whether the version waits for a rebuild, as the metastore knows it now. */
  boolean waits() {
    return waits(version());
  }

  /** The same of any version. */
  boolean waits(long version) {
    return metastore.awaitingRebuild(dataset()).stream()
        .anyMatch(waiting -> waiting.version() == version);
  }

  /**
   * The version.
   *
   * @throws TributaryException NOT_FOUND if none waits
   */
  long version() {
    return wanted().version();
  }

  /** What it says. */
  DatasetSpec spec() {
    return wanted().spec();
  }

  private Versioned<DatasetSpec> wanted() {
    return wanted.orElseThrow(
        () ->
            TributaryException.of(
                ErrorCode.NOT_FOUND,
                "No version of dataset '%s' waits for a rebuild.".formatted(dataset()),
                "Register one, such as ./tributary dataset set-primary-key %s --columns COLUMN --rebuild, or name a version with --to-version."
                    .formatted(dataset())));
  }

  /** The plan log of the table that is there. */
  PlanLog live() {
    return live;
  }

  RebuildFolders folders() {
    return new RebuildFolders(live.folders().table());
  }

  /** The new table's plan log. */
  PlanLog rebuilt() {
    return PlanLog.open(folders().rebuilt(version()).toString(), configuration);
  }

  /**
   * What the version says of the new table until the cut-over: its place, none of the properties
   * that it needs only then, and nothing of forgetting deletes, which begins in the place where the
   * plans are that go on from there.
   *
   * @param mapped whether the table that is there maps its columns
   */
  DatasetSpec rebuiltSpec(boolean mapped) {
    TargetSpec target = spec().target();
    Map<String, String> properties = new TreeMap<>(target.properties());
    properties.keySet().removeIf(key -> NOT_YET.stream().anyMatch(key::equalsIgnoreCase));
    properties.put(VECTORS, "false");
    if (mapped) {
      properties.put(MAPPING, "name");
    }
    return spec()
        .withTarget(
            new TargetSpec(
                folders().rebuilt(version()).toString(),
                target.partitionBy(),
                properties,
                target.compression(),
                Optional.empty(),
                target.clusterBy()))
        .withMaintenance(spec().maintenance().forgettingNothing());
  }

  /** Whether two specs say the same, whoever has written or read them. */
  static boolean same(DatasetSpec one, DatasetSpec other) {
    return Json.mapper()
        .<JsonNode>valueToTree(one)
        .equals(Json.mapper().<JsonNode>valueToTree(other));
  }

  /** The version in force; 0: none. */
  long inForce(Optional<PlanAccount> account) {
    return account.map(PlanAccount::inForce).orElse(Map.of()).getOrDefault(dataset(), 0L);
  }

  /** The spec of the version in force. */
  DatasetSpec inForceSpec(PlanAccount account) {
    return live.spec(dataset(), inForce(Optional.of(account))).orElseThrow();
  }

  /** Whether the table was cut over to the version, also where another came after it. */
  boolean cutOver(Optional<PlanAccount> account) {
    return named()
        && account
            .map(done -> done.cutovers().get(dataset()))
            .flatMap(live::planned)
            .filter(plan -> plan.datasetVersion() == version())
            .isPresent();
  }

  /**
   * Refuses what cannot be rebuilt without a loss, or at all.
   *
   * @throws TributaryException NOT_FOUND, NOT_SUPPORTED, CHANGE_REFUSED, VERSION_CONFLICT
   */
  void requireAllowed(Optional<PlanAccount> account) {
    long inForce = inForce(account);
    if (inForce == 0) {
      throw TributaryException.of(
          ErrorCode.NOT_FOUND,
          "Dataset '%s' has no table yet, so that nothing has to be rebuilt.".formatted(dataset()),
          "Let phase2 run it.");
    }
    requireMayCome(inForce);
    requireAlone(account.get());
    DatasetSpec before = inForceSpec(account.get());
    TableChange.rebuildRefusal(before, spec())
        .ifPresent(
            refusal -> {
              throw TributaryException.of(
                  ErrorCode.CHANGE_REFUSED, refusal.problem(), refusal.remedy());
            });
    requireArchived(account.get());
  }

  /**
   * Refuses a table that another dataset writes too, also one that has come since.
   *
   * @throws TributaryException NOT_SUPPORTED
   */
  void requireAlone(PlanAccount account) {
    account.inForce().keySet().stream()
        .filter(other -> !other.equals(dataset()))
        .findFirst()
        .ifPresent(
            other -> {
              throw TributaryException.of(
                  ErrorCode.NOT_SUPPORTED,
                  "Dataset '%s' writes the table %s too, and what is rebuilt of one would lack its rows."
                      .formatted(other, live.folders().table()),
                  "Give each of them a table of its own.");
            });
  }

  /**
   * Refuses a table of which Delta does not let all files be replaced.
   *
   * @param mapped whether it maps its columns
   * @throws TributaryException CHANGE_REFUSED
   */
  void requireReplaceable(TableState table, boolean mapped) {
    if (has(table, APPEND_ONLY)) {
      throw refused(APPEND_ONLY, "so that no row can be replaced");
    }
    if (mapped && has(table, CHANGES)) {
      throw refused(
          CHANGES,
          "and columns that were renamed or dropped, where Delta takes no commit that changes columns and files");
    }
  }

  private TributaryException refused(String property, String reason) {
    return TributaryException.of(
        ErrorCode.CHANGE_REFUSED,
        "The table of dataset '%s' has the property %s, %s.".formatted(dataset(), property, reason),
        "Set it to false in target.properties, let phase2 bring that, and register the change again.");
  }

  private static boolean has(TableState table, String property) {
    return table.properties().entrySet().stream()
        .anyMatch(
            each ->
                each.getKey().equalsIgnoreCase(property)
                    && each.getValue().equalsIgnoreCase("true"));
  }

  /**
   * A version that came into force meanwhile is not in the one that waits, and one that is about to
   * would take back what that changes.
   *
   * @throws TributaryException VERSION_CONFLICT, CHANGE_REFUSED
   */
  void requireMayCome(long inForce) {
    if (inForce > version()) {
      throw TributaryException.of(
          ErrorCode.VERSION_CONFLICT,
          "Version %d of dataset '%s' came into force after version %d was registered, which lacks what it changed."
              .formatted(inForce, dataset(), version()),
          "Give this rebuild up with --to-version %d --abandon, register the change anew, and rebuild."
              .formatted(version()));
    }
    long next = metastore.requireDataset(dataset()).version();
    if (next > version()) {
      throw TributaryException.of(
          ErrorCode.VERSION_CONFLICT,
          "Version %d of dataset '%s' was registered after version %d, lacks what it changes, and is to come into force."
              .formatted(next, dataset(), version()),
          "Let phase2 bring it, give this rebuild up with --to-version %d --abandon, and register the change anew; where phase2 rejects it, rebuild again."
              .formatted(version()));
    }
    if (!waits()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "Version %d of dataset '%s' does not wait for a rebuild: it was registered without one, was rejected, or was left behind."
              .formatted(version(), dataset()),
          "Register the change anew with --rebuild.");
    }
  }

  /**
   * Rows of entries that retention has removed, and the new table has not read, would be missing.
   */
  private void requireArchived(PlanAccount account) {
    SourceSpec source = source();
    Optional<PlanAccount> read = rebuilt().latestAccount();
    List<String> readable = new ArrayList<>(source.topics());
    readable.addAll(former(account));
    for (Map.Entry<String, Long> each : account.positionsOf(dataset()).entrySet()) {
      String topic = each.getKey();
      Optional<ManifestEntry> head =
          ManifestLog.open(source.archive().location(), topic, configuration).head();
      boolean there =
          readable.contains(topic)
              && head.map(ManifestEntry::sequence).orElse(-1L) >= each.getValue() - 1;
      if (!there) {
        throw TributaryException.of(
            ErrorCode.CHANGE_REFUSED,
            "The table of dataset '%s' has rows of topic '%s', whose archive is not the one that they were read from, or is another source's by now."
                .formatted(dataset(), topic),
            "They would be missing from a table that is made anew; make another dataset.");
      }
      long expired = head.map(entry -> entry.expiredBefore().orElse(0)).orElse(0L);
      long first =
          Math.max(
              FirstEntries.of(live, dataset(), topic, account),
              read.map(own -> own.position(dataset(), topic)).orElse(0L));
      if (expired > first) {
        throw expired(topic, first, expired);
      }
    }
  }

  TributaryException expired(String topic, long from, long to) {
    return TributaryException.of(
        ErrorCode.CHANGE_REFUSED,
        "Retention has removed the entries %d to %d of topic '%s' from the archive, and rows of the table of dataset '%s' come from them: a table that is made anew would lack these."
            .formatted(from, to - 1, topic, dataset()),
        "Make another dataset, which begins with what is left.");
  }

  /** Topics that were read and that the source has no longer. */
  List<String> former(PlanAccount account) {
    return FormerTopics.of(
        live,
        dataset(),
        source(),
        account,
        () -> metastore.sources().stream().map(Versioned::spec).toList());
  }

  /** The source that the dataset reads. */
  SourceSpec source() {
    return metastore.requireSourceOf(spec());
  }
}
