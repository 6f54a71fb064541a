package dev.tributary.core.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

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
}
