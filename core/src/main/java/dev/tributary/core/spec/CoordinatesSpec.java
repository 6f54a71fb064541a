package dev.tributary.core.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a dataset's table calls the columns that say where a row comes from. Rows on their way to it
 * have the standard names, which transforms and checks use.
 *
 * @param topic the Kafka topic
 * @param incarnation how often the topic was created again
 * @param partition the Kafka partition
 * @param offset the Kafka offset
 * @param timestamp the record's own time
 * @param ingestTime when the record was taken into the archive
 * @param sequence the manifest entry that took it in
 * @param row which row of its record it is, where a step explodes records
 */
public record CoordinatesSpec(
    String topic,
    String incarnation,
    String partition,
    String offset,
    String timestamp,
    String ingestTime,
    String sequence,
    String row) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  /** Fills in the standard names. */
  public CoordinatesSpec {
    topic = name("topic", topic, "_topic");
    incarnation = name("incarnation", incarnation, "_incarnation");
    partition = name("partition", partition, "_partition");
    offset = name("offset", offset, "_offset");
    timestamp = name("timestamp", timestamp, "_timestamp");
    ingestTime = name("ingestTime", ingestTime, "_ingest_time");
    sequence = name("sequence", sequence, "_sequence");
    row = name("row", row, "_row");
    Set<String> seen = new HashSet<>();
    for (Field field :
        fields(topic, incarnation, partition, offset, timestamp, ingestTime, sequence, row)) {
      if (!seen.add(field.name().toLowerCase(Locale.ROOT))) {
        throw SpecChecks.invalid(
            field.pointer(), field.name(), "Coordinates have names of their own, ignoring case.");
      }
    }
  }

  private record Field(String key, String standard, String name) {
    String pointer() {
      return "coordinates." + key;
    }
  }

  private static List<Field> fields(
      String topic,
      String incarnation,
      String partition,
      String offset,
      String timestamp,
      String ingestTime,
      String sequence,
      String row) {
    return List.of(
        new Field("topic", "_topic", topic),
        new Field("incarnation", "_incarnation", incarnation),
        new Field("partition", "_partition", partition),
        new Field("offset", "_offset", offset),
        new Field("timestamp", "_timestamp", timestamp),
        new Field("ingestTime", "_ingest_time", ingestTime),
        new Field("sequence", "_sequence", sequence),
        new Field("row", "_row", row));
  }

  private List<Field> fields() {
    return fields(topic, incarnation, partition, offset, timestamp, ingestTime, sequence, row);
  }

  private static String name(String key, String name, String standard) {
    if (name == null || name.equals(standard)) {
      return standard;
    }
    String field = "coordinates." + key;
    if (!NAME.matcher(name).matches()) {
      throw SpecChecks.invalid(
          field,
          name,
          "Use a letter or underscore, then up to 62 letters, digits and underscores.");
    }
    if (SpecChecks.reserved(name)
        || HistoryColumns.isOne(name)
        || UnknownFieldsSpec.RESCUED.equalsIgnoreCase(name)) {
      throw SpecChecks.invalid(
          field, name, "The platform uses this name otherwise; choose another.");
    }
    return name;
  }

  /** The standard names. */
  public static CoordinatesSpec standard() {
    return new CoordinatesSpec(null, null, null, null, null, null, null, null);
  }

  /** What the table calls a column of the rows; that of any other column is the same. */
  public String inTable(String column) {
    return renamed().getOrDefault(column, column);
  }

  /** The standard names that the table does not use, each with the name that it uses instead. */
  public Map<String, String> renamed() {
    Map<String, String> renamed = new LinkedHashMap<>();
    for (Field field : fields()) {
      if (!field.name().equals(field.standard())) {
        renamed.put(field.standard(), field.name());
      }
    }
    return Collections.unmodifiableMap(renamed);
  }

  /** The names, for people. */
  public String text() {
    return String.join(", ", fields().stream().map(Field::name).toList());
  }

  /** Refuses names that other columns of the table have. */
  void requireFree(
      List<ColumnSpec> columns, List<String> partitionBy, UnknownFieldsSpec unknownFields) {
    List<String> others = new ArrayList<>(columns.stream().map(ColumnSpec::name).toList());
    partitionBy.stream().map(text -> PartitionColumn.of(text, columns).name()).forEach(others::add);
    if (unknownFields.rescues()) {
      others.add(unknownFields.column());
    }
    for (Field field : fields()) {
      if (others.stream().anyMatch(field.name()::equalsIgnoreCase)) {
        throw SpecChecks.invalid(
            field.pointer(),
            field.name(),
            "Another column of the table has this name; choose another.");
      }
    }
  }
}
