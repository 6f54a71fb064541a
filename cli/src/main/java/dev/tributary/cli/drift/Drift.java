package dev.tributary.cli.drift;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.decode.DecodeError;
import dev.tributary.archive.decode.DriftScan.Misfit;
import dev.tributary.archive.line.LineView;
import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.NewColumns;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.RecordDrift;
import dev.tributary.phase2.step.Steps;
import dev.tributary.transforms.RecordCoordinates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Collects what drifted of a dataset's records. Not thread-safe. */
public final class Drift implements ArchivedRecords.Reader {
  /** Fields whose names are values, such as ids, would fill the memory and the screen. */
  private static final int MOST_FIELDS = 1_000;

  private final DatasetSpec dataset;
  private final RecordDrift drift;
  private final Map<FieldPath, Met> unknown = new LinkedHashMap<>();
  private final Map<Misplaced, Met> unfit = new LinkedHashMap<>();
  private long records;
  private long tombstones;
  private long leftOut;
  private long unusable;
  private long passedOver;

  /** Of records as the steps leave them. */
  public Drift(DatasetSpec dataset, Steps steps) {
    this.dataset = dataset;
    this.drift = RecordDrift.of(dataset, steps);
  }

  /** Where values do not fit: a column, or something inside of it. */
  private record Misplaced(String column, boolean nested) {}

  /** How many records were looked at. */
  public record Counts(
      long records, long tombstones, long leftOut, long unusable, long passedOver) {}

  @Override
  public void record(Place place, LineView line) {
    records++;
    if (line.isTombstone()) {
      tombstones++;
      return;
    }
    RecordDrift.Seen seen =
        drift.see(
            line.value(),
            line.hasKey() ? line.key() : new byte[0],
            new RecordCoordinates(
                place.topic(), place.incarnation(), place.partition(), place.offset()),
            new Visit(place));
    leftOut += seen == RecordDrift.Seen.LEFT_OUT ? 1 : 0;
    unusable += seen == RecordDrift.Seen.UNUSABLE ? 1 : 0;
  }

  private final class Visit implements RecordDrift.Visitor {
    private final Place place;

    Visit(Place place) {
      this.place = place;
    }

    @Override
    public void misfit(Misfit misfit) {
      if (misfit.error() == DecodeError.MISSING_COLUMN) {
        return;
      }
      unfit
          .computeIfAbsent(
              new Misplaced(misfit.column(), misfit.nested()), column -> new Met(place))
          .see(place, misfit.types());
    }

    @Override
    public void unknown(FieldPath field, ValueTypes types) {
      if (unknown.size() >= MOST_FIELDS && !unknown.containsKey(field)) {
        passedOver++;
        return;
      }
      unknown.computeIfAbsent(field, path -> new Met(place)).see(place, types);
    }
  }

  /** What was looked at. */
  public Counts counts() {
    return new Counts(records, tombstones, leftOut, unusable, passedOver);
  }

  /** Unknown fields by their names, then columns with values that do not fit, as they were met. */
  public List<DriftFinding> findings() {
    Map<FieldPath, ValueTypes> fields = new LinkedHashMap<>();
    unknown.forEach((field, met) -> fields.put(field, met.types()));
    List<DriftFinding> findings = new ArrayList<>();
    NewColumns.of(dataset, fields)
        .forEach((field, column) -> findings.add(finding(field, unknown.get(field), column)));
    unfit.forEach((column, met) -> findings.add(finding(column, met)));
    return findings;
  }

  private DriftFinding finding(FieldPath field, Met met, NewColumns.Finding column) {
    return new DriftFinding(
        dataset.name(),
        DriftFinding.Kind.UNKNOWN_FIELD,
        field.text(),
        Optional.empty(),
        met.records(),
        met.first(),
        met.kinds(),
        met.types().type(),
        column.column().map(Drift::addition),
        column.column().map(this::addCommand),
        column.reason());
  }

  private static JsonNode addition(ColumnSpec column) {
    ObjectNode added = Json.mapper().createObjectNode();
    added.put("name", column.name()).put("type", column.type());
    column.path().ifPresent(path -> added.put("path", path));
    return Json.mapper().createObjectNode().put("op", "add_column").set("column", added);
  }

  private String addCommand(ColumnSpec column) {
    return "./tributary dataset add-column %s --column %s --type %s%s"
        .formatted(
            dataset.name(),
            column.name(),
            quoted(column.type()),
            column.path().map(path -> " --path " + quoted(path)).orElse(""));
  }

  private DriftFinding finding(Misplaced place, Met met) {
    Optional<ColumnSpec> column =
        dataset.columns().stream()
            .filter(declared -> declared.name().equalsIgnoreCase(place.column()))
            .findFirst();
    Optional<String> wider =
        column
            .filter(declared -> !place.nested())
            .flatMap(declared -> met.types().widened(declared.type()));
    return new DriftFinding(
        dataset.name(),
        DriftFinding.Kind.UNFIT_VALUE,
        column.map(ColumnSpec::name).orElse(place.column()) + (place.nested() ? " (inside)" : ""),
        column.map(ColumnSpec::type),
        met.records(),
        met.first(),
        met.kinds(),
        wider,
        wider.map(type -> widening(column.orElseThrow(), type)),
        wider.map(
            type ->
                "./tributary dataset widen-column %s --column %s --type %s"
                    .formatted(dataset.name(), quoted(column.orElseThrow().name()), quoted(type))),
        wider.isPresent() ? Optional.empty() : Optional.of("Delta can widen it to no such type"));
  }

  private static JsonNode widening(ColumnSpec column, String type) {
    return Json.mapper()
        .createObjectNode()
        .put("op", "widen_column")
        .put("name", column.name())
        .put("type", type);
  }

  /** As a shell takes it for one word. */
  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_.]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** What {@code POST /ddl} takes to take in what can be. */
  public static JsonNode body(String dataset, List<DriftFinding> findings) {
    ObjectNode body = Json.mapper().createObjectNode().put("table", dataset);
    Stream<JsonNode> operations =
        findings.stream().map(DriftFinding::operation).flatMap(Optional::stream);
    operations.forEach(body.putArray("operations")::add);
    return body;
  }
}
