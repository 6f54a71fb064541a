package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.PartitionColumn.Derivation;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PartitionColumnTest {
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("at", "timestamp"), ColumnSpec.of("day(x)", "string"));

  @Test
  void aDerivationIsCalledAfterItsColumnUnlessItSaysHow() {
    assertThat(PartitionColumn.of("day(at)", COLUMNS))
        .isEqualTo(new PartitionColumn("at_day", Optional.of(Derivation.DAY), "at"));
    assertThat(PartitionColumn.of("HOUR( at ) as hour_of_it", COLUMNS))
        .isEqualTo(new PartitionColumn("hour_of_it", Optional.of(Derivation.HOUR), "at"));
  }

  @Test
  void whatIsNoDerivationIsAColumnOfThatName() {
    for (String text : List.of("at", "day(x)", "week(at)", "day(at", "day()")) {
      assertThat(PartitionColumn.of(text, COLUMNS))
          .isEqualTo(new PartitionColumn(text, Optional.empty(), text));
    }
  }
}
