package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.TableColumns;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataType;
import org.junit.jupiter.api.Test;

final class TableLayoutTest {
  private static final TransformSpec EXPLODE =
      new TransformSpec(
          "s3a://j/t.jar", "a".repeat(64), "explode", Map.of(), Optional.of(TransformKind.EXPLODE));

  @Test
  void whatCatalogsAreToldOfATableIsWhatDriversMake() {
    List<DatasetSpec> datasets = new ArrayList<>();
    for (WriteMode mode : WriteMode.values()) {
      for (Deletes deletes : mode.keyed() ? Deletes.values() : new Deletes[] {Deletes.HARD}) {
        DatasetSpec plain = dataset(mode, deletes, List.of(), List.of());
        datasets.add(plain);
        datasets.add(plain.withUnknownFields(UnknownFieldsSpec.rescued("_rest")));
        datasets.add(plain.withUnknownFields(UnknownFieldsSpec.evolved("_rest")));
        datasets.add(plain.withFormat(PayloadFormat.DEBEZIUM));
        datasets.add(dataset(mode, deletes, List.of("id", "hour(at) as h"), List.of(EXPLODE)));
      }
    }
    for (DatasetSpec dataset : datasets) {
      assertThat(TableColumns.of(dataset).stream().map(TableLayoutTest::shown))
          .as(dataset.toString())
          .containsExactlyElementsOf(
              Stream.of(TableLayout.schema(dataset).fields())
                  .map(field -> field.name() + " " + field.dataType().sql())
                  .toList());
    }
  }

  private static String shown(ColumnSpec column) {
    return column.name() + " " + DataType.fromDDL(column.type()).sql();
  }

  private static DatasetSpec dataset(
      WriteMode mode, Deletes deletes, List<String> partitionBy, List<TransformSpec> transforms) {
    List<String> key = mode.keyed() ? List.of("id") : List.of();
    List<String> order = mode.keyed() ? List.of("AT") : List.of();
    return new DatasetSpec(
        "orders",
        "orders",
        null,
        new TargetSpec("s3a://lake/orders", partitionBy, null),
        List.of(
            ColumnSpec.of("id", "bigint"),
            ColumnSpec.of("at", "timestamp"),
            ColumnSpec.of("lines", "array<struct<sku: string, price: decimal>>")),
        new WriteSpec(mode, key, order, deletes, Optional.empty()),
        transforms,
        null,
        null,
        null);
  }
}
