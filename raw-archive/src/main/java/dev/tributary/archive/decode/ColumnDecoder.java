package dev.tributary.archive.decode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.decode.JsonCursor.Failure;
import dev.tributary.archive.decode.ObjectDecoder.Slot;
import dev.tributary.archive.json.JsonValidator;
import dev.tributary.archive.line.LineView;
import dev.tributary.archive.line.LineView.ValueKind;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Decodes JSON objects to the declared columns' Catalyst values, by the table in casts.md. Fields
 * that no column is declared for are skipped, collected or refused. The result of a decode stands
 * in the caller's array; the error, if any, in the decoder. Strings without escapes are not copied:
 * they refer to the value's own bytes, which must not change while they are used. Not thread-safe;
 * make one a task.
 */
public final class ColumnDecoder {
  private final JsonValidator validator = new JsonValidator();
  private final JsonCursor cursor = new JsonCursor();
  private final ObjectDecoder columns;
  private final UnknownFields policy;
  private final UnknownFieldScan unknown;
  private byte[] bytes = {};
  private Failure failure = Failure.NONE;
  private Optional<UTF8String> rescued = Optional.empty();

  private ColumnDecoder(ObjectDecoder columns, UnknownFields policy, UnknownFieldScan unknown) {
    this.columns = columns;
    this.policy = policy;
    this.unknown = unknown;
  }

  /** A decoder of these columns, in this order, that skips all other fields. */
  public static ColumnDecoder of(List<ColumnSpec> columns) {
    return of(columns, UnknownFields.IGNORE);
  }

  /**
   * A decoder of these columns, in this order.
   *
   * @param policy what becomes of fields that no column is declared for, those of declared structs
   *     and beside the ends of paths among them
   * @throws TributaryException SPEC_INVALID for a type that Spark does not know or the decoder does
   *     not support, and for a path with an empty name
   */
  public static ColumnDecoder of(List<ColumnSpec> columns, UnknownFields policy) {
    List<Slot> slots = new ArrayList<>();
    for (ColumnSpec column : columns) {
      DataType type = type(column);
      slots.add(
          new Slot(
              column.name(),
              path(column),
              Converters.of(column.name(), type),
              column.nullable(),
              column.byDefault().map(literal -> value(column, literal)).orElse(null)));
    }
    return new ColumnDecoder(
        new ObjectDecoder(slots), policy, new UnknownFieldScan(known(columns)));
  }

  /** What these columns read of a value. */
  static KnownFields known(List<ColumnSpec> columns) {
    KnownFields.Builder known = new KnownFields.Builder();
    columns.forEach(column -> known.add(path(column), type(column)));
    return known.build();
  }

  /** A literal as the column takes it where it stands in a document. */
  private static Object value(ColumnSpec column, JsonNode literal) {
    byte[] document =
        JsonNodeFactory.instance
            .objectNode()
            .<ObjectNode>set(column.name(), literal)
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    ColumnDecoder decoder = of(List.of(ColumnSpec.of(column.name(), column.type())));
    Object[] value = new Object[1];
    if (!decoder.decode(document, 0, document.length, value, 0)) {
      throw new TributaryException(
          ErrorCode.SPEC_INVALID,
          "The default of a column does not fit. %s. Give one that the column takes from a message."
              .formatted(decoder.errorMessage()));
    }
    return value[0];
  }

  /** The columns' Spark schema, nullability as declared. */
  public static StructType schema(List<ColumnSpec> columns) {
    StructField[] fields =
        columns.stream()
            .map(
                column ->
                    StructField.apply(
                        column.name(), type(column), column.nullable(), Metadata.empty()))
            .toArray(StructField[]::new);
    return new StructType(fields);
  }

  private static List<String> path(ColumnSpec column) {
    if (column.path().isEmpty()) {
      return List.of(column.name());
    }
    List<String> names = List.of(column.path().get().split("\\.", -1));
    if (names.contains("")) {
      throw new TributaryException(
          ErrorCode.SPEC_INVALID,
          "The column %s has the path '%s', in which a name is empty. Give field names joined by single dots."
              .formatted(column.name(), column.path().get()));
    }
    return names;
  }

  private static DataType type(ColumnSpec column) {
    try {
      return new CatalystSqlParser().parseDataType(column.type());
      // Spark's parser throws checked exceptions that its signature does not declare.
    } catch (Exception e) {
      throw new TributaryException(
          ErrorCode.SPEC_INVALID,
          "The column %s has the type '%s', which is no Spark SQL type. Use one such as string, bigint, decimal(10,2) or array<string>."
              .formatted(column.name(), column.type()),
          e);
    }
  }

  /**
   * Decodes a record's value into {@code into[at]} and the elements after it, one a column. A
   * tombstone gives nulls and is no error.
   *
   * @return whether it went well; if not, the elements are undefined and {@link #error} and {@link
   *     #errorMessage} say why
   */
  public boolean decode(LineView line, Object[] into, int at) {
    rescued = Optional.empty();
    ValueKind kind = line.valueKind();
    if (kind == ValueKind.NONE) {
      Arrays.fill(into, at, at + columns.size(), null);
      return true;
    }
    byte[] value = line.valueArray();
    int start = line.valueStart();
    int length = line.valueLength();
    return kind == ValueKind.JSON
        ? decodeValid(value, start, length, into, at)
        : failWhole(DecodeError.NOT_JSON, value, start, length);
  }

  /** As {@link #decode(LineView, Object[], int)}, from any bytes. */
  public boolean decode(byte[] value, int start, int length, Object[] into, int at) {
    rescued = Optional.empty();
    return validator.isValid(value, start, length)
        ? decodeValid(value, start, length, into, at)
        : failWhole(DecodeError.NOT_JSON, value, start, length);
  }

  private boolean decodeValid(byte[] value, int start, int length, Object[] into, int at) {
    bytes = value;
    cursor.reset(value, start, length);
    if (cursor.peek() != '{') {
      return failWhole(DecodeError.NOT_OBJECT, value, start, length);
    }
    if (columns.decode(cursor, into, at)) {
      return policy == UnknownFields.IGNORE || settleUnknown(value, start, length);
    }
    failure = cursor.failure();
    return false;
  }

  private boolean settleUnknown(byte[] value, int start, int length) {
    cursor.reset(value, start, length);
    if (policy == UnknownFields.QUARANTINE) {
      failure = unknown.first(cursor);
      return failure == Failure.NONE;
    }
    if (unknown.any(cursor)) {
      rescued = Optional.of(unknown.collected());
    }
    return true;
  }

  private boolean failWhole(DecodeError error, byte[] value, int start, int length) {
    bytes = value;
    failure = new Failure(error, "", "", start, start + length);
    return false;
  }

  /**
   * The fields of the last value that no column is declared for, as a JSON object; empty: it has
   * none, could not be decoded, or they are not rescued.
   */
  public Optional<UTF8String> rescued() {
    return rescued;
  }

  /** What was wrong with the last value; only after a decode that returned false. */
  public DecodeError error() {
    return failure.error();
  }

  /** Names the column and what it takes, and nothing of the value; as {@link #error}. */
  public String errorWithoutValue() {
    return switch (failure.error()) {
      case NOT_JSON -> "The value is not JSON in UTF-8.";
      case NOT_OBJECT -> "The value is JSON, but not an object.";
      case WRONG_TYPE ->
          "Column %s takes %s; its field holds something else."
              .formatted(column(), failure.expected());
      case MISSING_COLUMN ->
          "Column %s may not be null; its field is absent or null.".formatted(column());
      case OUT_OF_RANGE ->
          "Column %s takes %s, which cannot hold the value."
              .formatted(column(), failure.expected());
      case UNKNOWN_FIELD -> "The value has a field that no column is declared for.";
    };
  }

  /** What was wrong with the last value, and where in its bytes; as {@link #error}. */
  Failure failure() {
    return failure;
  }

  /** Without what lies below it: the keys of a map are values too. */
  String column() {
    int end = failure.path().indexOf('.');
    return end < 0 ? failure.path() : failure.path().substring(0, end);
  }

  /** Names the column and the value, the value cut to 100 bytes; as {@link #error}. */
  public String errorMessage() {
    String found = JsonText.excerpt(bytes, failure.start(), failure.end());
    return switch (failure.error()) {
      case NOT_JSON -> "The value is not JSON in UTF-8: " + found;
      case NOT_OBJECT -> "The value is JSON, but not an object: " + found;
      case WRONG_TYPE ->
          "Column %s takes %s; its field holds %s"
              .formatted(failure.path(), failure.expected(), found);
      case MISSING_COLUMN ->
          "Column %s may not be null; its field is absent or null in %s"
              .formatted(failure.path(), found);
      case OUT_OF_RANGE ->
          "Column %s takes %s, which cannot hold %s"
              .formatted(failure.path(), failure.expected(), found);
      case UNKNOWN_FIELD ->
          "No column is declared for the field %s, which holds %s".formatted(failure.path(), found);
    };
  }
}
