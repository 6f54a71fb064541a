package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CoordinateSetTest {
  private static final PartitionId ZERO = new PartitionId("orders", 0, 0);
  private static final PartitionId ONE = new PartitionId("orders", 0, 1);

  @Test
  void theSameOffsetOfAnotherPartitionIsAnotherCoordinate() {
    CoordinateSet set = new CoordinateSet();
    set.add(ZERO, 5);
    set.add(ONE, 5);
    set.add(new PartitionId("orders", 1, 0), 5);

    assertThat(set.size()).isEqualTo(3);
    assertThat(set.size(ZERO)).isEqualTo(1);
    assertThat(set.twice()).isEmpty();
  }

  @Test
  void whatComesAgainIsTwice() {
    CoordinateSet set = new CoordinateSet();
    long far = 70_000_000_000L;
    for (long offset : new long[] {0, 65_535, 65_536, far, far, 65_536, far}) {
      set.add(ZERO, offset);
    }

    assertThat(set.size()).isEqualTo(4);
    assertThat(set.twice()).isEqualTo(Map.of(ZERO, 3L));
    assertThat(set.twiceInAll()).isEqualTo(3);
  }

  @Test
  void whatAnotherSetLacksIsCounted() {
    CoordinateSet set = new CoordinateSet();
    CoordinateSet other = new CoordinateSet();
    for (long offset = 0; offset < 200_000; offset++) {
      set.add(ZERO, offset);
      if (offset % 50_000 != 7) {
        other.add(ZERO, offset);
      }
    }
    set.add(ONE, 1);

    assertThat(set.notIn(other)).isEqualTo(5);
    assertThat(other.notIn(set)).isZero();
  }
}
