package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /**
   * What a dataset's steps and columns read. With steps, what a column demands is checked after.
   */
  static InputColumns of(DatasetSpec spec, List<Step<RowTransform>> steps) {
    UnknownFields unknown = spec.unknownFields().policy().whenDecoded();
    if (steps.isEmpty()) {
      return new InputColumns(spec.columns(), unknown);
    }
    Map<String, ColumnSpec> input = new LinkedHashMap<>();
    for (ColumnSpec column : spec.columns()) {
      input.put(column.name().toLowerCase(Locale.ROOT), column.withNullable(true));
    }
    for (Step<RowTransform> step : steps) {
      for (InputColumn column : step.transform().inputColumns(step.context())) {
        input.compute(
            column.name().toLowerCase(Locale.ROOT),
            (name, declared) ->
                declared == null
                    ? ColumnSpec.of(column.name(), column.type())
                    : declared.withType(column.type()).withNullable(true));
      }
    }
    return new InputColumns(List.copyOf(input.values()), unknown);
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
