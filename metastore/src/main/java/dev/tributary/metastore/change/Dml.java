package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.metastore.DmlOperation;
import dev.tributary.core.metastore.DmlOperation.Pause;
import dev.tributary.core.metastore.DmlOperation.RevertTo;
import dev.tributary.core.metastore.DmlOperation.SetChecks;
import dev.tributary.core.metastore.DmlOperation.SetDeletes;
import dev.tributary.core.metastore.DmlOperation.SetMode;
import dev.tributary.core.metastore.DmlOperation.SetOrderBy;
import dev.tributary.core.metastore.DmlOperation.SetPartitioning;
import dev.tributary.core.metastore.DmlOperation.SetPrimaryKey;
import dev.tributary.core.metastore.DmlOperation.SetTransforms;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.metastore.change.DatasetRules.TableState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * Applies DML operations to a dataset, all or none. What they come to together is checked at the
 * end, so that a mode and the key that it needs can be set in either order.
 */
final class Dml {
  private final DatasetSpec before;
  private final TableState table;
  private final Map<String, String> touched = new LinkedHashMap<>();
  private DatasetSpec dataset;
  private WriteMode mode;
  private List<String> primaryKey;
  private List<String> orderBy;
  private Deletes deletes;
  private Optional<String> deleteWhen;
  private List<String> partitionBy;
  private List<TransformSpec> transforms;
  private ChecksSpec checks;

  private Dml(DatasetSpec before, TableState table) {
    this.before = before;
    this.table = table;
    take(before);
  }

  private void take(DatasetSpec spec) {
    dataset = spec;
    mode = spec.write().mode();
    primaryKey = spec.write().primaryKey();
    orderBy = spec.write().orderBy();
    deletes = spec.write().deletes();
    deleteWhen = spec.write().deleteWhen();
    partitionBy = spec.target().partitionBy();
    transforms = spec.transforms();
    checks = spec.checks();
  }

  /**
   * The dataset after the operations.
   *
   * @param earlier finds what an earlier version said
   */
  static DatasetSpec apply(
      DatasetSpec dataset,
      TableState table,
      List<DmlOperation> operations,
      LongFunction<DatasetSpec> earlier) {
    Dml dml = new Dml(dataset, table);
    for (int i = 0; i < operations.size(); i++) {
      dml.apply(operations.get(i), "/operations/" + i, earlier);
    }
    return dml.result();
  }

  /** For people: what made a version. */
  static String describe(List<DmlOperation> operations) {
    return operations.stream().map(Dml::describe).collect(Collectors.joining(", "));
  }

  private static String describe(DmlOperation operation) {
    if (operation instanceof SetMode set) {
      return "set_mode " + set.mode().name().toLowerCase(java.util.Locale.ROOT);
    }
    if (operation instanceof SetPrimaryKey set) {
      return "set_primary_key " + String.join(", ", set.columns());
    }
    if (operation instanceof SetOrderBy set) {
      return "set_order_by " + String.join(", ", set.columns());
    }
    if (operation instanceof SetDeletes set) {
      return "set_deletes " + set.deletes().name().toLowerCase(java.util.Locale.ROOT);
    }
    if (operation instanceof SetPartitioning set) {
      return "set_partitioning " + String.join(", ", set.columns());
    }
    if (operation instanceof SetTransforms set) {
      return "set_transforms "
          + set.transforms().stream().map(TransformSpec::type).collect(Collectors.joining(", "));
    }
    if (operation instanceof SetChecks set) {
      List<String> names = new ArrayList<>();
      if (set.checks().has("jsonSchema")) {
        names.add("json-schema");
      }
      if (set.checks().has("eventTime")) {
        names.add("event-time");
      }
      set.checks().path("expectations").forEach(each -> names.add(each.path("name").asText()));
      return ("set_checks " + String.join(", ", names)).strip();
    }
    if (operation instanceof RevertTo revert) {
      return "revert_to " + revert.version();
    }
    return operation instanceof Pause ? "pause" : "resume";
  }

  private void apply(DmlOperation operation, String pointer, LongFunction<DatasetSpec> earlier) {
    if (operation instanceof SetMode set) {
      touch("/write/mode", ChangeKind.SET_MODE, pointer + "/mode");
      mode = set.mode();
    } else if (operation instanceof SetPrimaryKey set) {
      touch("/write/primaryKey", ChangeKind.SET_PRIMARY_KEY, pointer + "/columns");
      primaryKey = set.columns();
    } else if (operation instanceof SetOrderBy set) {
      touch("/write/orderBy", ChangeKind.SET_ORDER_BY, pointer + "/columns");
      orderBy = set.columns();
    } else if (operation instanceof SetDeletes set) {
      touch("/write/deletes", ChangeKind.SET_DELETES, pointer + "/deletes");
      deletes = set.deletes();
      if (set.setsDeleteWhen()) {
        touch("/write/deleteWhen", ChangeKind.SET_DELETES, pointer + "/deleteWhen");
        deleteWhen = set.deleteWhen(deleteWhen);
      }
    } else if (operation instanceof SetPartitioning set) {
      touch("/target/partitionBy", ChangeKind.SET_PARTITIONING, pointer + "/columns");
      partitionBy = set.columns();
    } else if (operation instanceof SetTransforms set) {
      touch("/transforms", ChangeKind.SET_TRANSFORMS, pointer + "/transforms");
      transforms = set.transforms();
    } else if (operation instanceof SetChecks set) {
      touch("/checks", ChangeKind.SET_CHECKS, pointer + "/checks");
      checks = checks(checks, set.checks(), pointer);
    } else if (operation instanceof RevertTo revert) {
      SpecState state = dataset.state();
      touched.put("", pointer + "/version");
      take(earlier.apply(revert.version()).withState(state));
    } else {
      move(operation instanceof Pause ? SpecState.PAUSED : SpecState.ACTIVE, pointer);
    }
  }

  /** Where checks stand in a dataset's document, so that what is wrong is named as there. */
  private record Document(ChecksSpec checks) {}

  private static ChecksSpec checks(ChecksSpec current, JsonNode checks, String pointer) {
    ObjectNode document = Json.mapper().createObjectNode();
    document.set("checks", checks.deepCopy());
    try {
      Planned.refuseInDataset(document);
      UnusableEventTimes.settle(current, document.path("checks"));
      ChecksSpec read = Json.read(document, Document.class).checks();
      read.jsonSchema().ifPresent(MessageSchema::requireValid);
      return read;
    } catch (TributaryException e) {
      throw e.at(pointer + e.pointer().orElse(""));
    }
  }

  private void touch(String field, ChangeKind kind, String pointer) {
    DatasetRules.requireAllowed(dataset, kind, pointer);
    touched.put(field, pointer);
  }

  private void move(SpecState state, String pointer) {
    if (dataset.state() == SpecState.RETIRED) {
      throw refused(
          pointer + "/op",
          "The dataset %s is retired, which pause and resume do not change."
              .formatted(dataset.name()),
          "Put it again with \"state\": \"active\" if it is to run.");
    }
    dataset = dataset.withState(state);
  }

  private DatasetSpec result() {
    try {
      if (touched.containsKey("/write/mode") && mode == WriteMode.APPEND) {
        leaveMerging();
      }
      DatasetSpec after =
          dataset
              .withWrite(new WriteSpec(mode, primaryKey, orderBy, deletes, deleteWhen))
              .withTarget(dataset.target().withPartitionBy(partitionBy))
              .withTransforms(transforms)
              .withChecks(checks);
      if (touched.containsKey("")) {
        DatasetRules.requireReplaceable(before, after, table);
      }
      DatasetRules.requireSameWrite(before, after, table);
      if (touched.keySet().stream().anyMatch(field -> field.startsWith("/write"))) {
        DatasetRules.requireEffect(after);
        after.write().requireKeysOfDeletes();
      }
      return after;
    } catch (TributaryException e) {
      throw e.at(blamed(e.pointer().orElse("")));
    }
  }

  /** What a delete is, and how files are merged, means nothing to rows that are appended. */
  private void leaveMerging() {
    TargetSpec target = dataset.target();
    dataset =
        dataset.withTarget(
            new TargetSpec(
                target.path(),
                target.partitionBy(),
                target.properties(),
                target.compression(),
                Optional.empty(),
                target.clusterBy()));
    if (!touched.containsKey("/write/deleteWhen")) {
      deleteWhen = Optional.empty();
    }
    if (!touched.containsKey("/write/deletes") && table == TableState.ABSENT) {
      deletes = Deletes.HARD;
    }
  }

  /** The operation that set the field that is wrong, or one that set something beside it. */
  private String blamed(String field) {
    String parent = field.indexOf('/', 1) < 0 ? field : field.substring(0, field.indexOf('/', 1));
    return Optional.ofNullable(touched.get(field))
        .or(
            () ->
                touched.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(parent))
                    .map(Map.Entry::getValue)
                    .reduce((first, last) -> last))
        .or(() -> touched.values().stream().reduce((first, last) -> last))
        .orElse("/operations");
  }
}
