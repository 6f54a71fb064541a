package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

final class HistoryColumnsTest {
  private static final ColumnSpec ID = ColumnSpec.of("id", "bigint");
  private static final ColumnSpec AT = ColumnSpec.of("at", "timestamp");

  private static DatasetSpec dataset(
      WriteMode mode, List<String> orderBy, String partitionBy, ColumnSpec... columns) {
    return new DatasetSpec(
        "orders",
        "orders",
        null,
        new TargetSpec("s3a://lake/orders", List.of(partitionBy), null),
        List.of(columns),
        new WriteSpec(mode, List.of("id"), orderBy, null, null),
        null,
        null,
        null,
        null);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> refused(
      String pointer, List<String> orderBy, String partitionBy, ColumnSpec... columns) {
    return assertThatThrownBy(() -> dataset(WriteMode.HISTORY, orderBy, partitionBy, columns))
        .isInstanceOfSatisfying(
            TributaryException.class, error -> assertThat(error.pointer()).contains(pointer));
  }

  @Test
  void aHistoryHasAKeyAndATime() {
    DatasetSpec history = dataset(WriteMode.HISTORY, List.of("AT", "id"), "day(at)", ID, AT);

    assertThat(Json.read(Json.write(history), DatasetSpec.class)).isEqualTo(history);
    refused("/write/orderBy", null, "id", ID, AT)
        .hasMessageContaining("A history needs an ordering column");
    refused("/write/orderBy", List.of("at"), "id", ID, ColumnSpec.of("at", "struct<day: date>"))
        .hasMessageContaining("which is no time");
    assertThatThrownBy(() -> new WriteSpec(WriteMode.HISTORY, null, List.of("at"), null, null))
        .hasMessageContaining("A history needs at least one key column");
  }

  @Test
  void itsOwnColumnsAreItsAloneAndNobodyElsesConcern() {
    ColumnSpec current = ColumnSpec.of("_Current", "boolean");
    refused("/columns", List.of("at"), "id", ID, AT, current)
        .hasMessageContaining("[_valid_from, _valid_to, _current]");
    refused("/target/partitionBy", List.of("at"), "day(at) as _valid_to", ID, AT);
    DatasetSpec history = dataset(WriteMode.HISTORY, List.of("at"), "id", ID, AT);
    assertThatThrownBy(
            () ->
                history.withUnknownFields(
                    new UnknownFieldsSpec(UnknownFields.RESCUE, "_valid_from")))
        .hasMessageContaining("unknownFields.column");
    assertThat(dataset(WriteMode.UPSERT, null, "id", ID, AT, current).columns()).contains(current);
  }

  @Test
  void aTableIsNoHistoryBecauseItsDatasetSaysSo() {
    DatasetSpec history = dataset(WriteMode.HISTORY, List.of("at"), "id", ID, AT);
    DatasetSpec upsert = dataset(WriteMode.UPSERT, List.of("at"), "id", ID, AT);

    assertThat(TableChange.refusal(upsert, history).map(TableChange.Refusal::pointer))
        .contains("/write/mode");
    assertThat(TableChange.refusal(history, upsert).map(TableChange.Refusal::problem))
        .hasValueSatisfying(problem -> assertThat(problem).contains("several versions of a key"));
    assertThat(TableChange.refusal(history, upsert.withWrite(WriteSpec.append()))).isPresent();
    assertThat(TableChange.refusal(upsert.withWrite(WriteSpec.append()), history)).isPresent();
    assertThat(
            TableChange.refusal(
                history,
                history.withWrite(
                    new WriteSpec(
                        WriteMode.HISTORY,
                        List.of("id"),
                        List.of("at"),
                        Deletes.SOFT,
                        Optional.empty()))))
        .isPresent();
    assertThat(TableChange.refusal(history, history)).isEmpty();
  }
}
