package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.json.Json;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ChangeEventColumnsTest {
  private static final ColumnSpec ID = ColumnSpec.of("id", "bigint");

  private static DatasetSpec dataset(WriteSpec write, ColumnSpec... columns) {
    return new DatasetSpec(
        "orders",
        "orders",
        null,
        new TargetSpec("s3a://lake/orders", null, null),
        List.of(columns),
        write,
        null,
        null,
        null,
        null,
        null,
        Optional.empty(),
        PayloadFormat.DEBEZIUM,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private static WriteSpec upsert(List<String> orderBy, String deleteWhen) {
    return new WriteSpec(
        WriteMode.UPSERT, List.of("id"), orderBy, null, Optional.ofNullable(deleteWhen));
  }

  @Test
  void aDatasetOfChangeEventsHasTheirColumnsAndMergesByPosition() {
    DatasetSpec dataset = dataset(upsert(null, null), ID);

    assertThat(dataset.columns())
        .extracting(column -> column.name() + " " + column.type())
        .containsExactly(
            "id bigint", "_cdc_op string", "_cdc_ts_ms bigint", "_cdc_position string");
    assertThat(dataset.write().orderBy()).containsExactly("_cdc_position");
    assertThat(dataset.write().deleteWhen()).contains("_cdc_op = 'd'");
    assertThat(Json.read(Json.write(dataset), DatasetSpec.class)).isEqualTo(dataset);
    assertThat(dataset.withColumns(dataset.columns()).withWrite(dataset.write()))
        .isEqualTo(dataset);
    assertThat(dataset.withColumns(List.of(ID)))
        .as("the columns cannot be lost on the way")
        .isEqualTo(dataset);
  }

  @Test
  void aHistoryOfChangeEventsIsValidByTheTimeOfTheChange() {
    DatasetSpec dataset =
        dataset(new WriteSpec(WriteMode.HISTORY, List.of("id"), null, null, null), ID);

    assertThat(dataset.write().orderBy()).containsExactly("_cdc_ts_ms", "_cdc_position");
    assertThat(dataset.write().deleteWhen()).contains("_cdc_op = 'd'");
  }

  @Test
  void whatIsGivenStaysAndAnAppendedLogIsNotMerged() {
    ColumnSpec op = new ColumnSpec("_cdc_op", "STRING", false, null, Optional.of("ours"));
    DatasetSpec given = dataset(upsert(List.of("_cdc_ts_ms"), "id < 0 or _cdc_op = 'd'"), op, ID);
    assertThat(given.columns()).hasSize(4).startsWith(op, ID);
    assertThat(given.write().orderBy()).containsExactly("_cdc_ts_ms");
    assertThat(given.write().deleteWhen()).contains("id < 0 or _cdc_op = 'd'");
    DatasetSpec log = dataset(null, ID);
    assertThat(log.columns()).hasSize(4);
    assertThat(log.write()).isEqualTo(WriteSpec.append());
    assertThat(log.withFormat(PayloadFormat.JSON).withColumns(List.of(ID)).columns())
        .containsExactly(ID);
  }

  @Test
  void whatCannotBeRightIsRefused() {
    for (ColumnSpec column :
        List.of(
            ColumnSpec.of("_cdc_op", "int"),
            ColumnSpec.of("_CDC_OP", "string"),
            new ColumnSpec("_cdc_ts_ms", "bigint", null, Optional.of("at"), null))) {
      assertThatThrownBy(() -> dataset(null, ID, column))
          .hasMessageContaining("The format debezium fills the column _cdc_");
    }
    assertThatThrownBy(() -> dataset(upsert(null, "id < 0"), ID))
        .hasMessageContaining("add: or _cdc_op = 'd'");
    assertThatThrownBy(() -> dataset(null, ID.withId(Optional.of("0._cdc_op"))))
        .as("a column that was renamed")
        .hasMessageContaining("Two columns cannot be the same one");
  }

  @Test
  void aTableKeepsItsFormat() {
    DatasetSpec events = dataset(null, ID);
    assertThat(TableChange.refusal(events.withFormat(PayloadFormat.JSON), events))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.pointer()).isEqualTo("/format");
              assertThat(refusal.problem()).contains("'json', which cannot become 'debezium'");
            });
    assertThat(TableChange.refusal(events, events)).isEmpty();
  }
}
