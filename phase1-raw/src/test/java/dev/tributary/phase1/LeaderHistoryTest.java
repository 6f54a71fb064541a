package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Divergence;
import dev.tributary.archive.PartitionAccount;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LeaderHistoryTest {
  /**
   * The archive has the offsets below 100, of which those below 50 bear epoch 3 or an earlier one
   * as far as it knows; their leader had epoch 7.
   */
  @ParameterizedTest
  @CsvSource({
    // Of the last record, what the leader says; where they differ.
    "6, 7, 100,",
    "6, 7, 120,",
    "6, 7, 80, 80",
    "6, 6, 120,",
    "6, 6, 99, 99",
    "6, 5, 120, 50",
    "6, 5, 60, 50",
    "6, 5, 40, 40",
    // It is not known: an older epoch may be that of a leader which nobody wrote to.
    ", 5, 120,",
    ", 5, 60, 60",
    // A leader that tells no epoch.
    "6, , 120,",
    "6, , 60, 60",
  })
  void whereALeaderHasOtherRecordsThanTheArchive(
      Integer recordEpoch, Integer epoch, long end, Long differs) {
    PartitionAccount account =
        new PartitionAccount(
            0, 0, 100, 100, Map.of(), 0, 0, OptionalInt.of(7), optional(recordEpoch));
    Optional<Divergence> expected =
        Optional.ofNullable(differs).map(offset -> new Divergence(offset, optional(epoch)));

    assertThat(
            LeaderHistory.differs(
                account,
                account.recordEpoch(),
                new OffsetAndMetadata(end, Optional.ofNullable(epoch), ""),
                upTo -> upTo < 6 ? 50 : 100))
        .isEqualTo(expected);
  }

  private static OptionalInt optional(Integer number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
