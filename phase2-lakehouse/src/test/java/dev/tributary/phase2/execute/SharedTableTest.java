package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SharedTableTest {
  private static final DatasetSpec THERE =
      dataset("there", upsert(List.of("id"), List.of("at"), Deletes.HARD));

  @Test
  void datasetsThatGoByTheSameShareATable() {
    assertThat(refusal(THERE, write(List.of("ID"), List.of("At"), Deletes.HARD))).isEmpty();
    assertThat(refusal(THERE, write(List.of("id"), List.of("at"), Deletes.IGNORE)))
        .as("what is deleted is gone, and remembered for both")
        .isEmpty();
    assertThat(refusal(dataset("there", WriteSpec.append()), dataset("new", WriteSpec.append())))
        .isEmpty();
    assertThat(new SharedTable(List.of()).refusal(Optional.empty(), THERE)).isEmpty();
  }

  @Test
  void thoseThatGoByAnotherModeKeyOrderOrKindOfDeletesDoNot() {
    assertThat(refusal(THERE, write(List.of("sku"), List.of("at"), Deletes.HARD)))
        .contains(
            "The dataset 'there' writes the table s3a://lake/t too, with the write.primaryKey [id],"
                + " and 'new' has [sku]: each would take the other's rows for its own. Give both"
                + " the same, or this one a table of its own.");
    assertThat(refusal(THERE, write(List.of("id", "sku"), List.of("at"), Deletes.HARD)))
        .get()
        .asString()
        .contains("write.primaryKey [id], and 'new' has [id, sku]");
    assertThat(refusal(THERE, write(List.of("id"), List.of(), Deletes.HARD)))
        .get()
        .asString()
        .contains("write.orderBy [at], and 'new' has []");
    assertThat(refusal(THERE, write(List.of("id"), List.of("at"), Deletes.SOFT)))
        .get()
        .asString()
        .contains("write.deletes hard, and 'new' has soft");
    assertThat(refusal(THERE, dataset("new", WriteSpec.append())))
        .get()
        .asString()
        .contains("write.mode upsert, and 'new' has append");
    assertThat(refusal(dataset("there", WriteSpec.append()), THERE))
        .get()
        .asString()
        .contains("write.mode append, and 'there' has upsert");
  }

  /** Or neither could be changed any more, in whatever else. */
  @Test
  void whoDoesSoAlreadyIsNotHeldUp() {
    SharedTable shared = new SharedTable(List.of(THERE));
    DatasetSpec before = write(List.of("sku"), List.of("at"), Deletes.HARD);
    assertThat(shared.refusal(Optional.of(before), before.withColumns(THERE.columns()))).isEmpty();
    assertThat(
            shared.refusal(Optional.of(write(List.of("id"), List.of("at"), Deletes.HARD)), before))
        .isPresent();
  }

  @Test
  void thoseWhoseCoordinatesStandElsewhereDoNot() {
    CoordinatesSpec names = new CoordinatesSpec("topic", null, null, null, null, null, null, null);
    assertThat(refusal(THERE, dataset("new", THERE.write()).withCoordinates(names)))
        .get()
        .asString()
        .contains("'new' calls them topic, _incarnation,");
  }

  private static Optional<String> refusal(DatasetSpec there, DatasetSpec next) {
    return new SharedTable(List.of(there)).refusal(Optional.empty(), next);
  }

  private static DatasetSpec write(List<String> key, List<String> order, Deletes deletes) {
    return dataset("new", upsert(key, order, deletes));
  }

  private static WriteSpec upsert(List<String> key, List<String> order, Deletes deletes) {
    return new WriteSpec(WriteMode.UPSERT, key, order, deletes, Optional.empty());
  }

  private static DatasetSpec dataset(String name, WriteSpec write) {
    return new DatasetSpec(
        name,
        "s",
        null,
        new TargetSpec("s3a://lake/t", null, null),
        List.of(
            ColumnSpec.of("id", "bigint"),
            ColumnSpec.of("sku", "string"),
            ColumnSpec.of("at", "timestamp")),
        write,
        null,
        null,
        null,
        null);
  }
}
