package dev.tributary.core.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Refuses an absent field of what is sent to the service. */
final class RequiredField {
  private RequiredField() {}

  static void check(String field, Object value) {
    if (value == null) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID, "The field %s is missing.".formatted(field), "Add it.")
          .at("/" + field);
    }
  }

  /** A copy of a list that is there and holds no null. */
  static <T> List<T> list(String field, List<T> values) {
    check(field, values);
    if (values.stream().anyMatch(Objects::isNull)) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID, "The field %s holds a null.".formatted(field), "Take it out.")
          .at("/" + field);
    }
    return List.copyOf(values);
  }

  /** A sorted copy of a map, empty for null, that holds no null. */
  static Map<String, Long> numbers(String field, Map<String, Long> values) {
    if (values == null) {
      return Map.of();
    }
    values.forEach(
        (key, value) -> {
          if (value == null) {
            throw TributaryException.of(
                    ErrorCode.SPEC_INVALID,
                    "The field %s has no value for '%s'.".formatted(field, key),
                    "Use a whole number.")
                .at("/" + field);
          }
        });
    return Collections.unmodifiableMap(new TreeMap<>(values));
  }

  /** Refuses a number below 0. */
  static void notNegative(String field, long number) {
    if (number < 0) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The field %s holds %d.".formatted(field, number),
              "Use 0 or a greater number.")
          .at("/" + field);
    }
  }

  /** A map, as it is, that holds no null. */
  static Map<String, String> texts(String field, Map<String, String> values) {
    values.forEach(
        (key, value) -> {
          if (value == null) {
            throw TributaryException.of(
                    ErrorCode.SPEC_INVALID,
                    "The field %s has no value for '%s'.".formatted(field, key),
                    "Use a text.")
                .at("/" + field);
          }
        });
    return values;
  }

  /** Refuses a text that has to be another one. */
  static void same(String field, String value, String wanted) {
    if (!wanted.equals(value)) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The field %s is '%s'.".formatted(field, value),
              "Use '%s'.".formatted(wanted))
          .at("/" + field);
    }
  }
}
