package dev.tributary.core.infer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The columns that fit all of some messages. A field whose values disagree, or are all null, is
 * text; every column is nullable, since a few messages do not show what is always there. Not
 * thread-safe.
 */
public final class MessageColumns {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
  private static final Pattern TIMESTAMP =
      Pattern.compile(
          "\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:?\\d{2})");
  private static final BigInteger LONGEST = BigInteger.valueOf(Long.MAX_VALUE);
  private static final int DEEPEST = 15;

  private final Shape shape = new Shape();
  private long messages;

  /** What the values at one place look like. */
  private static final class Shape {
    private final Map<String, Shape> fields = new LinkedHashMap<>();
    private Shape items;
    private String scalar = "";
    private boolean object;

    private void see(JsonNode value, int depth) {
      if (value.isNull() || value.isMissingNode()) {
        return;
      }
      if (depth > DEEPEST) {
        scalar = "string";
        return;
      }
      if (value.isObject()) {
        object = true;
        value
            .properties()
            .forEach(
                field ->
                    fields
                        .computeIfAbsent(field.getKey(), name -> new Shape())
                        .see(field.getValue(), depth + 1));
        return;
      }
      if (value.isArray()) {
        items = items == null ? new Shape() : items;
        value.forEach(item -> items.see(item, depth + 1));
        return;
      }
      scalar = scalar.isEmpty() ? scalarOf(value) : both(scalar, scalarOf(value));
    }

    private static String scalarOf(JsonNode value) {
      if (value.isBoolean()) {
        return "boolean";
      }
      if (value.isIntegralNumber()) {
        return value.bigIntegerValue().abs().compareTo(LONGEST) <= 0 ? "bigint" : "string";
      }
      if (value.isNumber()) {
        return "double";
      }
      if (DATE.matcher(value.asText()).matches()) {
        return "date";
      }
      return TIMESTAMP.matcher(value.asText()).matches() ? "timestamp" : "string";
    }

    private static String both(String one, String other) {
      if (one.equals(other)) {
        return one;
      }
      boolean numbers =
          List.of("bigint", "double").contains(one) && List.of("bigint", "double").contains(other);
      return numbers ? "double" : "string";
    }

    private String type() {
      boolean several = (object ? 1 : 0) + (items == null ? 0 : 1) + (scalar.isEmpty() ? 0 : 1) > 1;
      if (several) {
        return "string";
      }
      if (items != null) {
        return "array<%s>".formatted(items.type());
      }
      if (!object) {
        return scalar.isEmpty() ? "string" : scalar;
      }
      boolean nameable =
          !fields.isEmpty() && fields.keySet().stream().allMatch(n -> NAME.matcher(n).matches());
      if (!nameable) {
        return "string";
      }
      List<String> parts = new ArrayList<>();
      fields.forEach((name, field) -> parts.add(name + ":" + field.type()));
      return "struct<%s>".formatted(String.join(",", parts));
    }
  }

  /**
   * Takes a further message into account.
   *
   * @throws TributaryException SPEC_INVALID for one that is no JSON object
   */
  public void add(JsonNode message) {
    if (!message.isObject()) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID,
          "The message is no JSON object.",
          "Columns are the fields of objects; give such a message.");
    }
    shape.see(message, 0);
    messages++;
  }

  /** How many messages were taken into account. */
  public long messages() {
    return messages;
  }

  /** The columns, in the order in which their fields were first met. */
  public List<ColumnSpec> columns() {
    List<ColumnSpec> columns = new ArrayList<>();
    shape.fields.forEach((name, field) -> columns.add(ColumnSpec.of(name, field.type())));
    return columns;
  }
}
