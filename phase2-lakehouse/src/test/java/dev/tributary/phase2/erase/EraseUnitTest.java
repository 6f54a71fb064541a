package dev.tributary.phase2.erase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.phase2.plan.Erasure;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class EraseUnitTest {
  @Test
  void aPlanNamesNoMoreRecordsThanItMayAndNoneIsLost() {
    List<Erasure.Offsets> records =
        List.of(
            new Erasure.Offsets("orders", 0, 0, offsets(9_999)),
            new Erasure.Offsets("orders", 0, 1, offsets(20_002)));

    List<List<Erasure.Offsets>> parts = EraseUnit.parts(records);

    assertThat(parts)
        .extracting(part -> part.stream().mapToInt(each -> each.offsets().size()).sum())
        .containsExactly(10_000, 10_000, 10_000, 1);
    assertThat(parts.stream().flatMap(List::stream).flatMap(each -> each.offsets().stream()))
        .hasSize(30_001);
    assertThat(parts.get(0).get(1).offsets()).containsExactly(0L);
    assertThat(parts.get(1).get(0).offsets()).startsWith(1L);
    assertThat(EraseUnit.parts(List.of())).isEmpty();
  }

  private static List<Long> offsets(int count) {
    return LongStream.range(0, count).boxed().toList();
  }
}
