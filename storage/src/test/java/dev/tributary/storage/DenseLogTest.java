package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

final class DenseLogTest {
  private static final Path DIRECTORY = new Path("memory://store/archive/orders/_log");

  private final CountingObjectStore store = new CountingObjectStore();
  private final DenseLog log = new DenseLog(store, DIRECTORY);

  @Test
  void aLogWithoutEntriesHasNoHead() {
    assertThat(log.head()).isEmpty();
    assertThat(log.read(0)).isEmpty();
  }

  @Test
  void theHeadIsTheLastEntryAppended() {
    appendUpTo(0, 3);
    assertThat(log.head()).hasValue(2);
    assertThat(log.read(2)).hasValue(entry(2));
    assertThat(log.append(2, "{\"other\":2}".getBytes(UTF_8))).isFalse();
    assertThat(log.read(2)).hasValue(entry(2));
  }

  @Test
  void theHeadIsFoundWhereverTheHintHasStopped() {
    appendUpTo(0, 130);
    for (long hinted = -1; hinted < 130; hinted++) {
      if (hinted < 0) {
        store.delete(new Path(DIRECTORY, "_head"));
      } else {
        hint("{\"format\":1,\"sequence\":%d}".formatted(hinted));
      }
      assertThat(log.head()).as("hint at %d", hinted).hasValue(129);
    }
  }

  @Test
  void aHintThatMakesNoSenseCostsRequestsAndNothingElse() {
    appendUpTo(0, 10);
    for (String hint : List.of("", "{", "[]", "{\"format\":2,\"sequence\":3}", "{\"format\":1}")) {
      hint(hint);
      assertThat(log.head()).as("hint '%s'", hint).hasValue(9);
    }
  }

  @Test
  void anAppendOutlivesTheFailureOfItsHintAndItsRollup() {
    store.failWritesOf("_head");
    assertThat(log.append(0, entry(0))).isTrue();
    store.failWritesOf("_rollup");
    appendUpTo(1, 1000);
    assertThat(log.head()).hasValue(999);
    assertThat(log.range(0, 999)).hasSize(1000);
    store.failWritesOf("");
    appendUpTo(1000, 2000);
    assertThat(store.read(new Path(DIRECTORY, "_rollup/00000000000000000000.jsonl")))
        .as("the rollup that a writer owed is written with the next")
        .isPresent();
  }

  @Test
  void aRollupIsWrittenInPiecesSoThatGreatEntriesDoNotFillTheMemory() {
    appendUpTo(0, 999);
    assertThat(store.mostUnwritten(() -> appendUpTo(999, 1000))).isLessThan(50);
    assertRange(0, 999);
    assertThat(store.read(new Path(DIRECTORY, "_rollup/00000000000000000000.jsonl"))).isPresent();
  }

  @Test
  void aRollupIsReadInPiecesWhereverTheyEnd() {
    appendUpTo(0, 1000);
    for (int sequence = 0; sequence < 1000; sequence++) {
      store.delete(new Path(DIRECTORY, "%020d.json".formatted(sequence)));
    }
    int whole = store.read(new Path(DIRECTORY, "_rollup/00000000000000000000.jsonl")).get().length;
    for (int piece :
        List.of(7, entry(0).length, entry(0).length + 1, whole - 1, whole, whole + 1)) {
      DenseLog inPieces = new DenseLog(store, DIRECTORY, 0, piece);
      for (int from : List.of(0, 1, 500, 990)) {
        List<byte[]> range = inPieces.range(from, Math.min(999, from + 20));
        for (int i = 0; i < range.size(); i++) {
          assertThat(range.get(i)).as("piece %d", piece).isEqualTo(entry(from + i));
        }
        assertThat(range).hasSize(Math.min(1000, from + 21) - from);
      }
      assertThat(inPieces.range(0, 999)).hasSize(1000);
    }
  }

  @Test
  void aRollupThatCannotBeReadWholeDoesNotAppear() {
    appendUpTo(0, 999);
    store.delete(new Path(DIRECTORY, "%020d.json".formatted(500)));
    appendUpTo(999, 1000);
    assertThat(store.read(new Path(DIRECTORY, "_rollup/00000000000000000000.jsonl"))).isEmpty();
  }

  @Test
  void aFailedAppendSaysSo() {
    store.failWritesOf("00000000000000000000.json");
    assertThatThrownBy(() -> log.append(0, entry(0)))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
  }

  @Test
  void anEntryOfSeveralLinesIsRefused() {
    assertThatThrownBy(() -> log.append(0, "{\n}".getBytes(UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A log entry is one line of JSON.");
  }

  @Test
  void rangesAreTheEntriesInOrderWithAndWithoutRollups() {
    appendUpTo(0, 3500);
    for (long[] range :
        List.of(
            new long[] {0, 3499},
            new long[] {0, 0},
            new long[] {999, 1000},
            new long[] {995, 2005},
            new long[] {1234, 1234},
            new long[] {1000, 1999},
            new long[] {2990, 3499})) {
      assertRange(range[0], range[1]);
    }
    store.delete(new Path(DIRECTORY, "_rollup/00000000000000001000.jsonl"));
    assertRange(0, 3499);
    store.overwrite(
        new Path(DIRECTORY, "_rollup/00000000000000002000.jsonl"), "{}\n".getBytes(UTF_8));
    assertRange(0, 3499);
    assertThat(log.range(5, 4)).isEmpty();
  }

  @Test
  void aMissingEntryIsNamed() {
    appendUpTo(0, 20);
    store.delete(new Path(DIRECTORY, "%020d.json".formatted(7)));
    assertThatThrownBy(() -> log.range(0, 19))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_CORRUPT))
        .hasMessageContaining("00000000000000000007.json")
        .hasMessageContaining("Restore it");
  }

  @Test
  void companionsStandBesideTheirEntryAndAreNotEntries() {
    appendUpTo(0, 1);
    assertThat(log.readCompanion(0, "done")).isEmpty();
    assertThat(log.createCompanion(0, "done", entry(7))).isTrue();
    assertThat(log.createCompanion(0, "done", entry(8))).isFalse();
    assertThat(log.readCompanion(0, "done")).hasValue(entry(7));
    assertThat(store.exists(new Path(DIRECTORY, "00000000000000000000.done.json"))).isTrue();
    assertThat(log.head()).hasValue(0);
  }

  @Test
  void aLongLogCostsNoMoreRequestsThanAShortOne() {
    appendUpTo(0, 100);
    int head = store.requestsOf(log::head);
    int tail = store.requestsOf(() -> log.range(90, 99));
    int append = store.requestsOf(() -> log.append(100, entry(100)));
    appendUpTo(101, 100_000);
    assertThat(store.requestsOf(log::head)).isEqualTo(head).isEqualTo(2);
    assertThat(store.requestsOf(() -> log.range(99_990, 99_999))).isLessThanOrEqualTo(tail);
    assertThat(store.requestsOf(() -> log.range(50_500, 50_509))).isLessThanOrEqualTo(tail);
    assertThat(store.requestsOf(() -> log.append(100_000, entry(100_000))))
        .isEqualTo(append)
        .isEqualTo(2);
    assertThat(store.requestsOf(() -> log.range(0, 99_999))).isEqualTo(100);
  }

  @Test
  void aLostHintCostsTheLogarithmOfTheLength() {
    appendUpTo(0, 100_000);
    store.delete(new Path(DIRECTORY, "_head"));
    assertThat(store.requestsOf(() -> assertThat(log.head()).hasValue(99_999)))
        .isLessThanOrEqualTo(40);
  }

  private void assertRange(long from, long to) {
    List<byte[]> entries = log.range(from, to);
    assertThat(entries).hasSize((int) (to - from + 1));
    for (int i = 0; i < entries.size(); i++) {
      assertThat(entries.get(i)).isEqualTo(entry(from + i));
    }
  }

  private void appendUpTo(long from, long end) {
    for (long sequence = from; sequence < end; sequence++) {
      assertThat(log.append(sequence, entry(sequence))).isTrue();
    }
  }

  private void hint(String content) {
    store.overwrite(new Path(DIRECTORY, "_head"), content.getBytes(UTF_8));
  }

  private static byte[] entry(long sequence) {
    return "{\"sequence\":%d}".formatted(sequence).getBytes(UTF_8);
  }
}
