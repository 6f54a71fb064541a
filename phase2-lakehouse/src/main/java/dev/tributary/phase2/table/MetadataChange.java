package dev.tributary.phase2.table;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.delta.DeltaColumnMapping;
import org.apache.spark.sql.delta.DeltaColumnMapping$;
import org.apache.spark.sql.delta.DeltaConfigs;
import org.apache.spark.sql.delta.NoMapping$;
import org.apache.spark.sql.delta.TypeWidening$;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.Protocol;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes Delta's metadata of a table into those that a definition asks for: the part of {@link
 * DeltaTransactions} that knows how columns keep their values under another name or a wider type.
 * Columns are given physical names (column mapping) when the first of them is renamed or dropped,
 * and types are widened (type widening) when the first of them is, not before: readers that know
 * neither keep reading all other tables.
 */
final class MetadataChange {
  private static final String MAPPING = "delta.columnMapping.mode";
  private static final String WIDENING = "delta.enableTypeWidening";
  private static final String MAX_COLUMN = "delta.columnMapping.maxColumnId";
  private static final String TYPE_CHANGES = "delta.typeChanges";
  private static final int MAPPING_READER = 2;
  private static final int MAPPING_WRITER = 5;

  private final Metadata before;
  private final Protocol protocol;
  private final boolean created;
  private boolean widens;

  MetadataChange(Metadata before, Protocol protocol, boolean created) {
    this.before = before;
    this.protocol = protocol;
    this.created = created;
  }

  /** The metadata to commit. */
  Metadata to(TableDefinition definition) {
    Map<String, String> properties =
        new TreeMap<>(CollectionConverters.asJava(before.configuration()));
    definition.unset().forEach(properties::remove);
    // Delta checks these in its commands alone, and reads them from then on.
    properties.putAll(
        CollectionConverters.asJava(
            DeltaConfigs.validateConfigurations(scalaMap(definition.properties()))));
    boolean mapped = before.columnMappingMode() != NoMapping$.MODULE$;
    StructType base = created ? new StructType() : before.schema();
    boolean maps = !created && !mapped && moves(base, definition.columns());
    if (maps) {
      properties.put(MAPPING, "name");
      // Else Delta refuses to map the columns of tables that an old release has made.
      properties.put(
          "delta.minReaderVersion",
          Integer.toString(Math.max(MAPPING_READER, protocol.minReaderVersion())));
      properties.put(
          "delta.minWriterVersion",
          Integer.toString(Math.max(MAPPING_WRITER, protocol.minWriterVersion())));
      Metadata assigned =
          DeltaColumnMapping.assignColumnIdAndPhysicalName(
              with(base, before.partitionColumns(), properties), before, true, false);
      base = assigned.schema();
      properties.putAll(CollectionConverters.asJava(assigned.configuration()));
    }
    StructType schema = schema(base, definition.columns(), maps || mapped);
    if (widens) {
      properties.put(WIDENING, "true");
    }
    if (created && !definition.clusterBy().isEmpty()) {
      properties.putAll(Clustering.feature());
    }
    return with(schema, partitionColumns(definition), properties);
  }

  /** Whether columns have physical names of their own. */
  static boolean maps(Metadata metadata) {
    return metadata.columnMappingMode() != NoMapping$.MODULE$;
  }

  /**
   * The metadata to commit where the files of another table take the place of those that are there:
   * its columns and partitions, with the names that its files know them by.
   *
   * @param other the other table's
   * @param definition the properties that the table gets
   * @throws TributaryException CHANGE_REFUSED if only one of them maps its columns
   */
  Metadata takingOver(Metadata other, TableDefinition definition) {
    if (maps(before) != maps(other)) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "Columns of the table %s since the new one was begun, so that the names in its files are not the table's."
              .formatted(maps(before) ? "were renamed or dropped" : "got their names back"),
          "Give the rebuild up with --abandon, register the change anew, and rebuild.");
    }
    Map<String, String> properties =
        new TreeMap<>(CollectionConverters.asJava(before.configuration()));
    definition.unset().forEach(properties::remove);
    properties.putAll(
        CollectionConverters.asJava(
            DeltaConfigs.validateConfigurations(scalaMap(definition.properties()))));
    if (maps(other)) {
      properties.put(
          MAX_COLUMN, Long.toString(Math.max(greatestColumn(before), greatestColumn(other))));
    }
    if (!definition.clusterBy().isEmpty()) {
      properties.putAll(Clustering.feature());
    }
    return before.copy(
        before.id(),
        before.name(),
        before.description(),
        before.format(),
        other.schemaString(),
        other.partitionColumns(),
        scalaMap(properties),
        before.createdTime());
  }

  private static long greatestColumn(Metadata metadata) {
    return Long.parseLong(
        CollectionConverters.asJava(metadata.configuration()).getOrDefault(MAX_COLUMN, "0"));
  }

  private Metadata with(
      StructType schema,
      scala.collection.immutable.Seq<String> partitionBy,
      Map<String, String> properties) {
    return before.copy(
        before.id(),
        before.name(),
        before.description(),
        before.format(),
        schema.json(),
        partitionBy,
        scalaMap(properties),
        created ? Option.apply((Object) System.currentTimeMillis()) : before.createdTime());
  }

  /** Whether a column that is there gets another name or goes. */
  private static boolean moves(StructType base, List<TableColumn> columns) {
    for (StructField field : base.fields()) {
      Optional<TableColumn> next =
          columns.stream()
              .filter(column -> column.past().filter(field.name()::equalsIgnoreCase).isPresent())
              .findFirst();
      if (next.isEmpty() || renamed(field, next.get().field())) {
        return true;
      }
    }
    return false;
  }

  private static boolean renamed(StructField before, StructField after) {
    if (!before.name().equals(after.name())) {
      return true;
    }
    if (before.dataType() instanceof StructType one && after.dataType() instanceof StructType two) {
      for (int i = 0; i < Math.min(one.length(), two.length()); i++) {
        if (renamed(one.fields()[i], two.fields()[i])) {
          return true;
        }
      }
    }
    return false;
  }

  private StructType schema(StructType base, List<TableColumn> columns, boolean mapping) {
    List<StructField> fields = new ArrayList<>();
    for (TableColumn column : columns) {
      Optional<StructField> past =
          Arrays.stream(base.fields())
              .filter(field -> column.past().filter(field.name()::equalsIgnoreCase).isPresent())
              .findFirst();
      fields.add(
          past.map(field -> continued(field, column.field()))
              .orElseGet(() -> fresh(column.field(), mapping)));
    }
    return new StructType(fields.toArray(StructField[]::new));
  }

  /** Delta gives names only where the mapping is on already. */
  private static StructField fresh(StructField field, boolean mapping) {
    return mapping
        ? DeltaColumnMapping$.MODULE$.assignPhysicalNames(
                new StructType(new StructField[] {field}), false)
            .fields()[0]
        : field;
  }

  /** Keeps what Delta knows of the column; fields of a struct go on those at the same places. */
  private StructField continued(StructField past, StructField next) {
    MetadataBuilder metadata = new MetadataBuilder().withMetadata(past.metadata());
    metadata.remove("comment");
    next.getComment().foreach(comment -> metadata.putString("comment", comment));
    DataType type = past.dataType();
    if (past.dataType() instanceof StructType one && next.dataType() instanceof StructType two) {
      type = continued(one, two);
    } else if (!past.dataType().sameType(next.dataType())) {
      type = next.dataType();
      metadata.putMetadataArray(TYPE_CHANGES, typeChanges(past, type));
      widens = true;
    }
    return new StructField(next.name(), type, past.nullable(), metadata.build());
  }

  private StructType continued(StructType past, StructType next) {
    if (past.length() != next.length()) {
      throw new IllegalArgumentException(
          "the struct %s cannot become %s".formatted(past.sql(), next.sql()));
    }
    StructField[] fields = new StructField[past.length()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = continued(past.fields()[i], next.fields()[i]);
    }
    return new StructType(fields);
  }

  static boolean widens(DataType before, DataType after) {
    return before instanceof AtomicType from
        && after instanceof AtomicType to
        && TypeWidening$.MODULE$.isTypeChangeSupported(from, to);
  }

  private static org.apache.spark.sql.types.Metadata[] typeChanges(
      StructField past, DataType type) {
    if (!widens(past.dataType(), type)) {
      throw new IllegalArgumentException(
          "the column %s is of type %s, which cannot be widened to %s"
              .formatted(past.name(), past.dataType().sql(), type.sql()));
    }
    List<org.apache.spark.sql.types.Metadata> changes = new ArrayList<>();
    if (past.metadata().contains(TYPE_CHANGES)) {
      changes.addAll(Arrays.asList(past.metadata().getMetadataArray(TYPE_CHANGES)));
    }
    changes.add(
        new MetadataBuilder()
            .putString("fromType", past.dataType().typeName())
            .putString("toType", type.typeName())
            .build());
    return changes.toArray(org.apache.spark.sql.types.Metadata[]::new);
  }

  private scala.collection.immutable.Seq<String> partitionColumns(TableDefinition definition) {
    if (created) {
      return CollectionConverters.asScala(definition.partitionBy()).toSeq();
    }
    List<String> names = new ArrayList<>();
    for (String name : CollectionConverters.asJava(before.partitionColumns())) {
      names.add(
          definition.columns().stream()
              .filter(column -> column.past().filter(name::equalsIgnoreCase).isPresent())
              .findFirst()
              .map(column -> column.field().name())
              .orElse(name));
    }
    return CollectionConverters.asScala(names).toSeq();
  }

  static scala.collection.immutable.Map<String, String> scalaMap(Map<String, String> values) {
    List<Tuple2<String, String>> pairs = new ArrayList<>();
    values.forEach((key, value) -> pairs.add(new Tuple2<>(key, value)));
    return scala.collection.immutable.Map$.MODULE$.from(CollectionConverters.asScala(pairs));
  }
}
