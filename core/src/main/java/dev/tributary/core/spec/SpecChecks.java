package dev.tributary.core.spec;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The checks that specs share. Each throws SPEC_INVALID with the field, the value and the remedy.
 */
final class SpecChecks {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SECRET_OPTION =
      Pattern.compile(
          "(^|[.\\-_])(password|passphrase|secret|token|credentials?|sasl\\.jaas\\.config"
              + "|(private|secret|api|encryption|signing)[.\\-_]?key|keystore\\.key|user\\.info)$",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern CLUSTERING =
      Pattern.compile(
          "string|tinyint|byte|smallint|short|int|integer|bigint|long|float|real|double"
              + "|decimal(\\s*\\(.*\\))?|date|timestamp",
          Pattern.CASE_INSENSITIVE);

  /** What columns begin with that are there while rows are written, and nowhere else. */
  private static final String INTERNAL = "__tributary_";

  /** Columns that the platform adds to a table, or to the rows on their way to it. */
  private static final Set<String> RESERVED =
      Set.of(
          "_topic",
          "_incarnation",
          "_partition",
          "_offset",
          "_timestamp",
          "_ingest_time",
          "_sequence",
          "_row",
          "_deleted",
          "_key",
          "_tombstone",
          "_error",
          "_error_message");

  private SpecChecks() {}

  static boolean reserved(String column) {
    String folded = column.toLowerCase(Locale.ROOT);
    return RESERVED.contains(folded) || folded.startsWith(INTERNAL);
  }

  private static String pointer(String field) {
    return "/" + field.replace('.', '/');
  }

  static TributaryException invalid(String field, Object value, String remedy) {
    return TributaryException.of(
            ErrorCode.SPEC_INVALID,
            "The field %s has the value '%s', which is not allowed.".formatted(field, value),
            remedy)
        .at(pointer(field));
  }

  static void present(String field, Object value) {
    if (value == null) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID, "The field %s is missing.".formatted(field), "Add it.")
          .at(pointer(field));
    }
  }

  static String required(String field, String value) {
    present(field, value);
    if (value.isBlank()) {
      throw invalid(field, value, "Give it a value.");
    }
    return value;
  }

  static String name(String field, String value) {
    if (!NAME.matcher(required(field, value)).matches()) {
      throw invalid(
          field,
          value,
          "Use a lower-case letter, then up to 62 lower-case letters, digits and underscores.");
    }
    return value;
  }

  static String uri(String field, String value) {
    required(field, value);
    String trimmed = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
    if (!trimmed.matches("[a-z][a-z0-9+.-]*:/.+")) {
      throw invalid(field, value, "Use a URI with its scheme, such as s3a://bucket/path.");
    }
    return trimmed;
  }

  static String sha256(String field, String value) {
    if (!SHA256.matcher(required(field, value)).matches()) {
      throw invalid(field, value, "Use the 64 lower-case hex digits that sha256sum prints.");
    }
    return value;
  }

  static Long positive(String field, Long value, long byDefault) {
    if (value == null) {
      return byDefault;
    }
    if (value <= 0) {
      throw invalid(field, value, "Use a number greater than 0.");
    }
    return value;
  }

  static void range(String field, Optional<Long> value, long least, long most) {
    if (value.filter(number -> number < least || number > most).isPresent()) {
      throw invalid(field, value.get(), "Use a number from %d to %d.".formatted(least, most));
    }
  }

  static List<String> topics(List<String> topics, Optional<String> pattern) {
    pattern.ifPresent(SpecChecks::regularExpression);
    if (topics == null || topics.isEmpty()) {
      if (pattern.isPresent()) {
        return List.of();
      }
      throw invalid("topics", topics, "Name at least one topic, or give a topicPattern.");
    }
    Set<String> seen = new HashSet<>();
    for (String topic : topics) {
      if (topic == null
          || !TOPIC.matcher(topic).matches()
          || topic.equals(".")
          || topic.equals("..")) {
        throw invalid(
            "topics",
            topic,
            "Use a Kafka topic name: letters, digits, '.', '_' and '-', at most 249 of them.");
      }
      if (!seen.add(topic)) {
        throw invalid("topics", topic, "Name each topic once.");
      }
    }
    return List.copyOf(topics);
  }

  private static void regularExpression(String pattern) {
    try {
      Pattern.compile(required("topicPattern", pattern));
    } catch (PatternSyntaxException e) {
      throw invalid(
          "topicPattern", pattern, "Use a regular expression, such as sales[.].*; Java's rules.");
    }
  }

  /** What came into a topic before it was found is not to be passed over. */
  static void startOfPattern(StartPosition start, Optional<String> pattern) {
    boolean whole =
        start instanceof StartPosition.Earliest || start instanceof StartPosition.Timestamp;
    if (pattern.isPresent() && !whole) {
      throw invalid(
          "start",
          start.toJson(),
          "With a topicPattern, use earliest or a timestamp: topics are found after their first"
              + " records.");
    }
  }

  static List<ColumnSpec> columns(List<ColumnSpec> columns) {
    if (columns == null || columns.isEmpty()) {
      throw invalid("columns", columns, "Declare at least one column.");
    }
    Set<String> seen = new HashSet<>();
    Set<String> identities = new HashSet<>();
    for (int i = 0; i < columns.size(); i++) {
      ColumnSpec column = columns.get(i);
      String folded = column.name().toLowerCase(Locale.ROOT);
      if (reserved(folded)) {
        throw invalid(
                "columns",
                column.name(),
                "The platform adds a column of this name; choose another and give its JSON field as"
                    + " path.")
            .at("/columns/%d/name".formatted(i));
      }
      if (!seen.add(folded)) {
        throw invalid("columns", column.name(), "Column names are unique ignoring case.")
            .at("/columns/%d/name".formatted(i));
      }
      if (!identities.add(column.identity())) {
        throw invalid(
                "columns",
                column.identity(),
                "Two columns cannot be the same one. Leave the id of a new column out.")
            .at("/columns/%d/id".formatted(i));
      }
    }
    return List.copyOf(columns);
  }

  static void declared(String field, List<String> names, List<ColumnSpec> columns) {
    for (String name : names) {
      if (columns.stream().noneMatch(column -> column.name().equalsIgnoreCase(name))) {
        throw invalid(
            field,
            name,
            "It is not a declared column; declared are %s."
                .formatted(columns.stream().map(ColumnSpec::name).toList()));
      }
    }
  }

  static void partitions(List<String> partitionBy, List<ColumnSpec> columns) {
    Set<String> seen = new HashSet<>();
    for (String text : partitionBy) {
      PartitionColumn partition = PartitionColumn.of(text, columns);
      declared("target.partitionBy", List.of(partition.column()), columns);
      String folded = partition.name().toLowerCase(Locale.ROOT);
      if (!seen.add(folded)) {
        throw invalid("target.partitionBy", text, "Name each partition column once.");
      }
      if (partition.derivation().isEmpty()) {
        continue;
      }
      if (reserved(folded)
          || columns.stream().anyMatch(column -> column.name().equalsIgnoreCase(folded))) {
        throw invalid(
            "target.partitionBy",
            text,
            "The table has a column %s already; give the derived one another name: %s as NAME."
                .formatted(partition.name(), text.replaceFirst("(?i)\\s+as\\s.*", "")));
      }
      columns.stream()
          .filter(column -> column.name().equalsIgnoreCase(partition.column()))
          .filter(column -> !column.type().trim().matches("(?i)timestamp|date"))
          .findFirst()
          .ifPresent(
              column -> {
                throw invalid(
                    "target.partitionBy",
                    text,
                    "The column %s is of type %s; derive from a timestamp or a date."
                        .formatted(column.name(), column.type()));
              });
    }
  }

  /** Delta clusters by columns of which it keeps least and greatest values. */
  static void clustering(List<String> clusterBy, List<ColumnSpec> columns) {
    declared("target.clusterBy", clusterBy, columns);
    Set<String> seen = new HashSet<>();
    for (String name : clusterBy) {
      if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        throw invalid("target.clusterBy", name, "Name each clustering column once.");
      }
      columns.stream()
          .filter(column -> column.name().equalsIgnoreCase(name))
          .filter(
              column ->
                  !CLUSTERING.matcher(column.type().trim()).matches()
                      || !column.name().matches("[A-Za-z0-9_]+"))
          .findFirst()
          .ifPresent(
              column -> {
                throw invalid(
                    "target.clusterBy",
                    name,
                    "The column is of type %s; cluster by texts, numbers, dates and timestamps, whose names are of letters, digits and underscores."
                        .formatted(column.type()));
              });
    }
  }

  /** Rescued fields stand in a column of their own, on their way to the table too. */
  static void unknownFields(
      UnknownFieldsSpec unknown, List<ColumnSpec> columns, List<String> partitionBy) {
    if (!unknown.rescues()) {
      return;
    }
    String name = unknown.column();
    boolean taken =
        reserved(name)
            || columns.stream().anyMatch(column -> column.name().equalsIgnoreCase(name))
            || partitionBy.stream()
                .map(text -> PartitionColumn.of(text, columns))
                .anyMatch(partition -> partition.name().equalsIgnoreCase(name));
    if (taken) {
      throw invalid(
          "unknownFields.column",
          name,
          "The table has another column of this name; give rescued fields one of their own.");
    }
    columns.stream()
        .map(ColumnSpec::name)
        .filter(UnknownFieldsSpec.RESCUED::equalsIgnoreCase)
        .findFirst()
        .ifPresent(
            column -> {
              throw invalid(
                  "columns",
                  column,
                  "Rescued fields have this name on their way to the table; choose another and"
                      + " give its JSON field as path.");
            });
  }

  static void noNulls(String field, Map<String, String> options) {
    options.forEach(
        (key, value) -> {
          if (value == null) {
            throw invalid(field, key + ": null", "Give it a value or leave it out.");
          }
        });
  }

  static void noLiteralSecrets(String field, Map<String, String> options) {
    noNulls(field, options);
    options.forEach(
        (key, value) -> {
          if (SECRET_OPTION.matcher(key).find()
              && !(value.startsWith("env:") || value.startsWith("file:"))) {
            throw TributaryException.of(
                    ErrorCode.SPEC_INVALID,
                    "The option %s.%s holds a literal secret.".formatted(field, key),
                    "Use a reference: env:NAME or file:/path.")
                .at(pointer(field) + "/" + key.replace("~", "~0").replace("/", "~1"));
          }
        });
  }
}
