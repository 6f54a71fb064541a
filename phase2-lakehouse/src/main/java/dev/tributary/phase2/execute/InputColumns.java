package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * What records are decoded to.
 *
 * @param columns the columns, in order
 * @param unknownFields what becomes of fields that none of them is read from
 */
record InputColumns(List<ColumnSpec> columns, UnknownFields unknownFields) {
  InputColumns {
    columns = List.copyOf(columns);
  }

  boolean rescues() {
    return unknownFields == UnknownFields.RESCUE;
  }

  ColumnDecoder decoder() {
    return ColumnDecoder.of(columns, unknownFields);
  }

  String json() {
    try {
      return Json.mapper().writeValueAsString(columns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static InputColumns parse(String json, UnknownFields unknownFields) {
    try {
      return new InputColumns(
          List.of(Json.mapper().readValue(json, ColumnSpec[].class)), unknownFields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
