package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.VersionStart;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The specs that lie beside plan logs. Those of a backfill into another table lie there too: they
 * name that table, and are no version that the metastore gave out for the dataset.
 */
final class SpecsBesidePlans {
  private static final Pattern SPEC = Pattern.compile("([a-z][a-z0-9_]{0,62})-(\\d{1,18})\\.json");

  private final Configuration configuration;
  private final Map<String, String> known;

  /**
   * Reads through the given configuration.
   *
   * @param known by dataset, the tables that the metastore knows
   */
  SpecsBesidePlans(Configuration configuration, Map<String, String> known) {
    this.configuration = configuration;
    this.known = known;
  }

  /**
   * A spec.
   *
   * @param table the table beside whose plans it lies
   * @param state what the plans say of it
   */
  private record Found(Path table, String dataset, long version, JsonNode spec, String state) {
    Found as(String standing) {
      return new Found(table, dataset, version, spec, standing);
    }

    ObjectNode sent() {
      ObjectNode node =
          Json.mapper()
              .createObjectNode()
              .put("dataset", dataset)
              .put("version", version)
              .put("state", state);
      return node.set("spec", spec);
    }
  }

  /** The versions of the datasets' own tables in some folders, by dataset, oldest first. */
  List<ObjectNode> in(Collection<Path> folders) {
    Map<String, List<Found>> found = new HashMap<>();
    for (Path folder : folders) {
      for (Found spec : in(folder)) {
        found.computeIfAbsent(spec.dataset(), name -> new ArrayList<>()).add(spec);
      }
    }
    return found.entrySet().stream()
        .flatMap(dataset -> own(dataset.getKey(), dataset.getValue()).stream())
        .sorted(Comparator.comparing(Found::dataset).thenComparing(Found::version))
        .map(Found::sent)
        .toList();
  }

  private List<Found> in(Path folder) {
    List<Found> found = new ArrayList<>();
    Path plans = new Path(folder, "_plans");
    try {
      FileSystem store = plans.getFileSystem(configuration);
      for (FileStatus table : listed(store, plans)) {
        for (FileStatus file : listed(store, new Path(table.getPath(), "specs"))) {
          Matcher name = SPEC.matcher(file.getPath().getName());
          if (name.matches()) {
            try (InputStream content = store.open(file.getPath())) {
              found.add(
                  new Found(
                      new Path(folder, table.getPath().getName()),
                      name.group(1),
                      Long.parseLong(name.group(2)),
                      Json.mapper().readTree(content.readAllBytes()),
                      ""));
            }
          }
        }
      }
    } catch (IOException e) {
      throw TributaryException.of(
          ErrorCode.STORE_UNAVAILABLE,
          "The specs in %s cannot be read.".formatted(plans),
          "Check the credentials and the endpoint, and run it again; nothing was sent.",
          e);
    }
    return found;
  }

  private static FileStatus[] listed(FileSystem store, Path folder) throws IOException {
    try {
      return store.listStatus(folder);
    } catch (FileNotFoundException e) {
      // No table here has a plan log, or none has put a spec yet.
      return new FileStatus[0];
    }
  }

  /** Those beside the table that the metastore knows, else beside one that live batches write. */
  private List<Found> own(String dataset, List<Found> found) {
    Set<Path> tables =
        found.stream().map(Found::table).collect(Collectors.toCollection(TreeSet::new));
    Optional<Path> named =
        tables.stream()
            .filter(table -> place(table.toString()).equals(place(known.getOrDefault(dataset, ""))))
            .findFirst();
    Set<Path> own =
        named
            .map(Set::of)
            .orElseGet(
                () ->
                    tables.stream()
                        .filter(table -> !backfilledAlone(table, dataset))
                        .collect(Collectors.toSet()));
    return own.stream()
        .flatMap(
            table ->
                standing(
                    table,
                    dataset,
                    found.stream().filter(spec -> spec.table().equals(table)).toList())
                    .stream())
        .toList();
  }

  /** What the plans say of each version: some were made void, or are yet to come. */
  private List<Found> standing(Path table, String dataset, List<Found> found) {
    PlanLog log = PlanLog.open(table.toString(), configuration);
    Optional<PlanAccount> latest = log.latestAccount();
    long inForce =
        latest.map(PlanAccount::inForce).map(all -> all.getOrDefault(dataset, 0L)).orElse(0L);
    boolean settled = log.last().isPresent() && log.account(log.last().getAsLong()).isPresent();
    return found.stream()
        .map(
            spec -> {
              if (spec.version() > inForce) {
                return spec.as(settled ? "rejected" : "pending");
              }
              PlanAccount start = VersionStart.find(log, dataset, spec.version(), latest.get());
              boolean came = start.inForce().getOrDefault(dataset, 0L) == spec.version();
              return spec.as(came ? "active" : "rejected");
            })
        .toList();
  }

  /** The same for all names of a scheme. */
  private static String place(String uri) {
    return uri.replaceFirst("^s3[an]:", "s3:").replaceFirst("^file:/+", "file:/");
  }

  /** Whether no live batch of the dataset was ever planned, and a backfill was. */
  private boolean backfilledAlone(Path table, String dataset) {
    Optional<PlanAccount> account = PlanLog.open(table.toString(), configuration).latestAccount();
    return account
        .filter(latest -> !latest.positions().containsKey(dataset))
        .flatMap(PlanAccount::backfilled)
        .filter(backfilled -> backfilled.totals().containsKey(dataset))
        .isPresent();
  }
}
