package dev.tributary.archive;

import static dev.tributary.archive.Batches.AUTHOR;
import static dev.tributary.archive.Batches.NOON;
import static dev.tributary.archive.Batches.file;
import static dev.tributary.archive.Batches.full;
import static dev.tributary.archive.Batches.genesis;
import static dev.tributary.archive.Batches.offsets;
import static dev.tributary.archive.Batches.request;
import static dev.tributary.archive.Batches.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestLogTest {
  @TempDir private java.nio.file.Path directory;

  private ManifestLog open() {
    return ManifestLog.open(directory.toUri().toString(), "orders", new Configuration());
  }

  private ManifestLog opened(PartitionStart... starts) {
    ManifestLog log = open();
    assertThat(log.createGenesis(genesis(starts), AUTHOR, NOON)).isTrue();
    return log;
  }

  private static void assertRefused(
      ThrowingCallable call, ErrorCode code, String... partsOfTheMessage) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(TributaryException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContainingAll(partsOfTheMessage);
  }

  @Test
  void anArchiveThatWasNeverOpenedIsNotFound() {
    ManifestLog log = open();
    assertThat(log.head()).isEmpty();
    assertRefused(
        () -> log.commit(full(0, 0, 0, 1)),
        ErrorCode.ARCHIVE_NOT_FOUND,
        "There is no archive of topic orders");
  }

  @Test
  void theGenesisIsOpenedOnceAndAccountsForWhatComesBeforeTheStart() {
    ManifestLog log = opened(new PartitionStart(1, 40), new PartitionStart(0, 0));
    ManifestLog other = open();
    assertThat(other.createGenesis(genesis(new PartitionStart(0, 7)), AUTHOR, NOON)).isFalse();
    ManifestEntry entry = other.requireHead();
    assertThat(entry).isEqualTo(log.requireHead());
    assertThat(entry.kind()).isEqualTo(EntryKind.GENESIS);
    assertThat(entry.gaps()).containsExactly(Gap.of(0, 1, 0, 40, GapKind.BEFORE_START));
    assertThat(entry.partitions())
        .containsExactly(
            new PartitionAccount(0, 0, 0, 0, Map.of()),
            new PartitionAccount(0, 1, 40, 0, Map.of(GapKind.BEFORE_START, 40L)));
    assertThat(other.genesis()).isEqualTo(log.genesis());
  }

  @Test
  void anEntryIsTheDocumentedJson() throws Exception {
    ManifestLog log = opened(new PartitionStart(0, 0));
    log.commit(
        request(
            0,
            List.of(new OffsetRange(0, 0, 0, 3)),
            List.of(Gap.of(0, 0, 2, 3, GapKind.TRANSACTIONAL)),
            List.of(file(segment(0, 0, 0, 1)))));
    String json =
        java.nio.file.Files.readString(
            directory.resolve("orders/_log/00000000000000000001.json"), StandardCharsets.UTF_8);
    assertThat(json.replaceAll("\"(id|path)\":\"[^\"]*\"", "\"$1\":\"*\""))
        .isEqualTo(
            "{\"format\":1,\"sequence\":1,\"kind\":\"data\",\"id\":\"*\",\"ingestTime\":1763726400000,\"writer\":{\"run\":\"run-1\",\"application\":\"test"
                + " 1\"},"
                + "\"files\":[{\"path\":\"*\",\"compression\":\"none\",\"bytes\":10,\"segments\":["
                + "{\"incarnation\":0,\"partition\":0,\"first\":0,\"last\":1,\"records\":2,"
                + "\"start\":0,\"length\":10,\"decodedLength\":20,\"crc32\":\"00000000\","
                + "\"minTimestamp\":1,\"maxTimestamp\":2}]}],"
                + "\"gaps\":[{\"incarnation\":0,\"partition\":0,\"start\":2,\"end\":3,\"kind\":\"transactional\"}],"
                + "\"partitions\":[{\"incarnation\":0,\"partition\":0,\"next\":3,\"records\":2,"
                + "\"gaps\":{\"transactional\":1}}],"
                + "\"totals\":{\"records\":2,\"bytes\":10,\"files\":1}}");
  }

  private static CommitRequest led(long start, long end, OptionalInt epoch) {
    return led(start, end, epoch, OptionalInt.empty());
  }

  private static CommitRequest led(
      long start, long end, OptionalInt epoch, OptionalInt recordEpoch) {
    return request(
        0,
        List.of(new OffsetRange(0, 0, start, end, epoch, recordEpoch)),
        List.of(),
        List.of(file(segment(0, 0, start, end - 1))));
  }

  private static CommitRequest empty(long start, long end, OptionalInt epoch) {
    return request(
        0,
        List.of(new OffsetRange(0, 0, start, end, epoch, OptionalInt.empty())),
        List.of(Gap.of(0, 0, start, end, GapKind.TRANSACTIONAL)),
        List.of());
  }

  private OptionalInt epoch(int partition) {
    return open().requireHead().account(0, partition).orElseThrow().leaderEpoch();
  }

  @Test
  void theLeadersEpochStandsBesideTheWatermarkThatItIsOf() throws Exception {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    log.commit(led(0, 2, OptionalInt.of(4)));
    assertThat(
            java.nio.file.Files.readString(
                directory.resolve("orders/_log/00000000000000000001.json")))
        .contains("\"next\":2,\"records\":2,\"gaps\":{},\"leaderEpoch\":4}");
    log.commit(full(0, 1, 0, 5));
    assertThat(epoch(0)).as("after an entry of another partition").hasValue(4);
    assertThat(epoch(1)).isEmpty();
    log.commit(led(2, 3, OptionalInt.of(6)));
    assertThat(epoch(0)).hasValue(6);
    log.commit(led(3, 4, OptionalInt.empty()));
    assertThat(epoch(0)).as("of a range whose leader is not known").isEmpty();
    log.commit(led(4, 5, OptionalInt.of(6)));
    log.acceptLoss(
        List.of(new OffsetRange(0, 0, 5, 9)), new Acceptance("me", "gone"), AUTHOR, NOON);
    assertThat(epoch(0)).as("of a range that was lost").isEmpty();
  }

  private OptionalInt recordEpoch() {
    return open().requireHead().account(0, 0).orElseThrow().recordEpoch();
  }

  @Test
  void theEpochOfTheLastRecordStaysUntilThereIsAnother() throws Exception {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    assertThat(recordEpoch()).as("without a record").isEmpty();
    log.commit(led(0, 2, OptionalInt.of(4), OptionalInt.of(3)));
    assertThat(
            java.nio.file.Files.readString(
                directory.resolve("orders/_log/00000000000000000001.json")))
        .contains("\"gaps\":{},\"leaderEpoch\":4,\"recordEpoch\":3}");
    log.commit(full(0, 1, 0, 5));
    assertThat(recordEpoch()).as("after an entry of another partition").hasValue(3);
    log.commit(empty(2, 5, OptionalInt.of(6)));
    assertThat(recordEpoch()).as("after a range without a record").hasValue(3);
    log.acceptLoss(
        List.of(new OffsetRange(0, 0, 5, 9)), new Acceptance("me", "gone"), AUTHOR, NOON);
    assertThat(recordEpoch()).as("after a loss").hasValue(3);
    log.commit(led(9, 10, OptionalInt.of(6), OptionalInt.of(6)));
    assertThat(recordEpoch()).hasValue(6);
    log.commit(led(10, 11, OptionalInt.of(6)));
    assertThat(recordEpoch()).as("of a reader that does not tell").isEmpty();
  }

  @Test
  void upToWhereRecordsBearAnEpochOrAnEarlierOneIsNeverSaidToBeMoreThanIsKnown() {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    log.commit(led(0, 10, OptionalInt.of(2)));
    log.commit(led(10, 20, OptionalInt.of(4), OptionalInt.of(3)));
    log.commit(full(0, 1, 0, 5));
    log.commit(empty(20, 25, OptionalInt.of(6)));
    log.commit(led(25, 30, OptionalInt.of(6), OptionalInt.of(5)));
    log.commit(led(30, 40, OptionalInt.of(7), OptionalInt.of(7)));

    assertThat(within(log, 7)).isEqualTo(40);
    assertThat(within(log, 6)).isEqualTo(30);
    assertThat(within(log, 4)).isEqualTo(25);
    assertThat(within(log, 3)).isEqualTo(25);
    assertThat(within(log, 2)).as("by the leader of an entry that does not tell").isEqualTo(10);
    assertThat(within(log, 1)).isZero();
    log.commit(led(40, 50, OptionalInt.empty()));
    assertThat(within(log, 3)).isEqualTo(25);
    assertThat(log.withinEpoch(log.requireHead(), 1, 9)).as("of which nothing is known").isZero();
    assertThat(log.withinEpoch(log.requireHead(), 2, 9)).as("of one that is not there").isZero();
  }

  private static long within(ManifestLog log, int epoch) {
    return log.withinEpoch(log.requireHead(), 0, epoch);
  }

  private static CommitRequest isolated(CommitRequest batch, Isolation isolation) {
    return new CommitRequest(
        AUTHOR,
        batch.baseSequence(),
        batch.ingestTime(),
        batch.ranges(),
        batch.gaps(),
        batch.files(),
        Optional.of(isolation));
  }

  private static Optional<Isolation> isolation(CommitResult result) {
    return result.entry().orElseThrow().isolation();
  }

  @Test
  void anEntrySaysWhatItWasReadWithWhereTheGenesisSaysOtherwise() throws Exception {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertThat(isolation(log.commit(isolated(full(0, 0, 0, 1), Isolation.READ_COMMITTED))))
        .isEmpty();
    assertThat(isolation(log.commit(isolated(full(0, 0, 1, 2), Isolation.READ_UNCOMMITTED))))
        .contains(Isolation.READ_UNCOMMITTED);
    assertThat(
            java.nio.file.Files.readString(
                directory.resolve("orders/_log/00000000000000000002.json")))
        .contains("\"test 1\"},\"isolation\":\"read_uncommitted\",\"files\":[");
    assertThat(open().requireHead().isolation()).contains(Isolation.READ_UNCOMMITTED);
    assertThat(isolation(log.commit(full(0, 0, 2, 3)))).as("of one that does not say").isEmpty();
    assertThat(isolation(log.commit(isolated(full(0, 0, 3, 4), Isolation.READ_COMMITTED))))
        .isEmpty();
    log.openIncarnation(
        new Genesis(
            "orders",
            "cluster",
            "other",
            Isolation.READ_UNCOMMITTED,
            List.of(new PartitionStart(0, 0))),
        new Acceptance("me", "again"),
        AUTHOR,
        NOON);
    CommitRequest next =
        request(
            0, List.of(new OffsetRange(1, 0, 0, 1)), List.of(), List.of(file(segment(1, 0, 0, 0))));
    assertThat(isolation(log.commit(isolated(next, Isolation.READ_UNCOMMITTED))))
        .as("as the incarnation's genesis says")
        .isEmpty();
  }

  @Test
  void whatOpenedTheIncarnationIsFoundInALogThatDoesNotSayItAsWell() throws Exception {
    ManifestLog log = opened(new PartitionStart(0, 0));
    log.commit(full(0, 0, 0, 5));
    Genesis again =
        new Genesis(
            "orders",
            "cluster",
            "other",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 0)));
    log.openIncarnation(again, new Acceptance("me", "again"), AUTHOR, NOON);
    log.commit(
        request(
            0,
            List.of(new OffsetRange(1, 0, 0, 1)),
            List.of(),
            List.of(file(segment(1, 0, 0, 0)))));
    log.acceptLoss(
        List.of(new OffsetRange(1, 0, 1, 9)), new Acceptance("me", "gone"), AUTHOR, NOON);
    for (int sequence = 0; sequence <= 4; sequence++) {
      java.nio.file.Path file = directory.resolve("orders/_log/%020d.json".formatted(sequence));
      String entry = java.nio.file.Files.readString(file);
      if (sequence < 2) {
        assertThat(entry).doesNotContain("opening");
        continue;
      }
      assertThat(entry).endsWith(",\"opening\":2}");
      java.nio.file.Files.writeString(file, entry.replace(",\"opening\":2}", "}"));
    }

    ManifestLog older = open();
    assertThat(older.requireHead().opening()).isEmpty();
    assertThat(older.genesis().topicId()).isEqualTo("other");
  }

  private static Map<Integer, Divergence> differs(int partition, long offset, int epoch) {
    return Map.of(partition, new Divergence(offset, OptionalInt.of(epoch)));
  }

  @Test
  void anIncarnationOfRecordsThatTookThePlaceOfOthersBeginsWhereTheyDiffer() {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    log.commit(led(0, 20, OptionalInt.of(4)));
    log.commit(full(0, 1, 0, 7));
    Acceptance word = new Acceptance("me", "an election");
    ManifestEntry one =
        log.openDiverged(0, differs(1, 3, 2), Isolation.READ_COMMITTED, word, AUTHOR, NOON)
            .entry()
            .orElseThrow();
    assertThat(one.account(1, 0).orElseThrow().leaderEpoch())
        .as("of a partition of which nobody has said yet that it differs")
        .hasValue(4);
    ManifestEntry entry =
        log.openDiverged(1, differs(0, 12, 3), Isolation.READ_UNCOMMITTED, word, AUTHOR, NOON)
            .entry()
            .orElseThrow();
    assertThat(entry.kind()).isEqualTo(EntryKind.INCARNATION);
    assertThat(entry.accepted()).contains(word);
    assertThat(entry.watermark(2, 0)).isEqualTo(12);
    assertThat(entry.watermark(2, 1)).isEqualTo(3);
    assertThat(entry.account(2, 0).orElseThrow().leaderEpoch())
        .as("of the leader that said so")
        .hasValue(3);
    assertThat(entry.account(2, 1).orElseThrow().leaderEpoch()).hasValue(2);
    assertThat(log.genesis().sameTopic(genesis())).isTrue();
    assertThat(log.genesis().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
    assertThat(
            log.openDiverged(1, differs(0, 12, 3), Isolation.READ_COMMITTED, word, AUTHOR, NOON)
                .entry())
        .as("done twice")
        .isEmpty();
  }

  @Test
  void aTopicThatHadoopWouldHideHasAVisibleFolder() {
    assertThat(TopicFolder.of("s3a://b/raw", "_x.y").toString()).isEqualTo("s3a://b/raw/%5Fx.y");
    assertThat(TopicFolder.of("s3a://b/raw", ".x_y").toString()).isEqualTo("s3a://b/raw/%2Ex_y");
    assertThat(TopicFolder.of("s3a://b/raw", "x_.y").toString()).isEqualTo("s3a://b/raw/x_.y");
  }

  @Test
  void aBatchThatIsCommittedAgainIsHeldAlready() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    CommitRequest batch = full(0, 0, 0, 10);
    assertThat(log.commit(batch).entry()).isPresent();
    assertThat(log.commit(batch).entry()).isEmpty();
    assertThat(open().commit(batch).entry()).isEmpty();
    assertThat(log.requireHead().sequence()).isEqualTo(1);
    assertThat(offsets(log, 0, 0))
        .containsExactlyElementsOf(LongStream.range(0, 10).boxed().toList());
  }

  @Test
  void aBatchThatLeavesAGapIsRefusedWithItsOffsets() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertRefused(
        () -> log.commit(full(0, 0, 7, 10)),
        ErrorCode.ARCHIVE_GAP,
        "topic orders partition 0",
        "the offsets 0 to 6 would be lost");
    assertThat(log.requireHead().sequence()).isZero();
  }

  @Test
  void aBatchThatAnotherWriterHoldsAPartOfIsRefused() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    ManifestLog other = open();
    other.commit(byAnother(full(0, 0, 0, 8)));
    assertRefused(
        () -> log.commit(full(0, 0, 0, 10)),
        ErrorCode.ARCHIVE_CONFLICT,
        "offsets 0 to 9 of topic orders partition 0",
        "archived those below 8",
        "run-2");
    // Nor does it matter who came after it.
    other.commit(full(1, 0, 8, 9));
    assertRefused(() -> log.commit(full(0, 0, 0, 10)), ErrorCode.ARCHIVE_CONFLICT, "below 9");
  }

  private static CommitRequest byAnother(CommitRequest batch) {
    return new CommitRequest(
        new Author("run-2", "test 1"),
        batch.baseSequence(),
        batch.ingestTime(),
        batch.ranges(),
        batch.gaps(),
        batch.files());
  }

  @Test
  void aBatchThatItsOwnRunHoldsAPartOfIsToBePlannedAnew() {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    log.commit(full(0, 1, 0, 3));
    // A put that landed after the store had failed to answer for it.
    open().commit(full(1, 0, 0, 8));
    open().commit(byAnother(full(2, 1, 3, 4)));
    CommitRequest late = full(1, 0, 0, 10);
    assertRefused(
        () -> log.commit(late),
        ErrorCode.STORE_ANSWER_AMBIGUOUS,
        "Entry 2 of topic orders",
        "partition 0 up to offset 7",
        "begins at 0");
    assertThat(log.requireHead().sequence()).isEqualTo(3);
    assertThat(log.commit(full(3, 0, 8, 10)).entry()).isPresent();
    assertThat(offsets(log, 0, 0))
        .containsExactlyElementsOf(LongStream.range(0, 10).boxed().toList());
  }

  @Test
  void onlyTheRangesThatContinueAreTakenFromABatchThatIsPartlyHeld() {
    ManifestLog log = opened(new PartitionStart(0, 0), new PartitionStart(1, 0));
    log.commit(full(0, 0, 0, 10));
    CommitRequest batch =
        request(
            0,
            List.of(new OffsetRange(0, 0, 0, 10), new OffsetRange(0, 1, 0, 5)),
            List.of(),
            List.of(file(segment(0, 0, 0, 9), segment(0, 1, 0, 2)), file(segment(0, 1, 3, 4))));
    ManifestEntry entry = log.commit(batch).entry().orElseThrow();
    assertThat(entry.totals()).isEqualTo(new Totals(15, 40, 3));
    assertThat(offsets(log, 0, 0)).hasSize(10).doesNotHaveDuplicates();
    assertThat(offsets(log, 0, 1)).containsExactly(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void aRangeWithoutARecordIsAnEntryAllTheSame() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    ManifestEntry entry =
        log.commit(
                request(
                    0,
                    List.of(new OffsetRange(0, 0, 0, 4)),
                    List.of(Gap.of(0, 0, 0, 4, GapKind.TRANSACTIONAL)),
                    List.of()))
            .entry()
            .orElseThrow();
    assertThat(entry.watermark(0, 0)).isEqualTo(4);
    assertThat(entry.account(0, 0).orElseThrow().gapOffsets()).isEqualTo(4);
    assertThat(entry.files()).isEmpty();
  }

  @Test
  void aBatchOfEmptyRangesIsNoEntry() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertThat(
            log.commit(request(0, List.of(new OffsetRange(0, 0, 0, 0)), List.of(), List.of()))
                .entry())
        .isEmpty();
  }

  @Test
  void aPartitionThatIsNewBeginsAtZero() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertRefused(() -> log.commit(full(0, 5, 1, 2)), ErrorCode.ARCHIVE_GAP, "partition 5");
    assertThat(log.commit(full(0, 5, 0, 2)).entry().orElseThrow().watermark(0, 5)).isEqualTo(2);
  }

  private static void assertUnaccounted(
      ManifestLog log, Segment[] segments, Gap[] gaps, String problem) {
    assertRefused(
        () ->
            log.commit(
                request(
                    0,
                    List.of(new OffsetRange(0, 0, 0, 10)),
                    List.of(gaps),
                    List.of(file(segments)))),
        ErrorCode.UNACCOUNTED,
        problem);
  }

  private static Gap gap(long start, long end) {
    return Gap.of(0, 0, start, end, GapKind.COMPACTED);
  }

  private static Segment holed(long first, long last, long records) {
    return new Segment(0, 0, first, last, records, 0, 10, 20, "00000000", 1, 2);
  }

  @Test
  void anOffsetThatIsThereTwiceWhileAnotherIsMissingIsRefusedThoughTheCountsAreRight() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertUnaccounted(
        log,
        new Segment[] {segment(0, 0, 0, 4)},
        new Gap[] {gap(0, 5)},
        "the gap [0, 5) holds a record's offset");
    assertUnaccounted(
        log,
        new Segment[] {segment(0, 0, 2, 6)},
        new Gap[] {gap(0, 3), gap(8, 10)},
        "the gap [0, 3) holds a record's offset");
    assertUnaccounted(
        log,
        new Segment[] {segment(0, 0, 4, 9)},
        new Gap[] {gap(0, 2), gap(1, 3)},
        "the gap at offset 1 is there twice");
    assertUnaccounted(
        log,
        new Segment[] {holed(0, 7, 6)},
        new Gap[] {gap(3, 4), gap(4, 5), gap(6, 7), gap(8, 9)},
        "9 records and offsets without one do not fill the segment 0 to 7");
    assertUnaccounted(
        log,
        new Segment[] {holed(0, 7, 6)},
        new Gap[] {
          gap(3, 4), new Gap(0, 0, 8, 10, GapKind.TRANSACTIONAL, OptionalLong.of(1)), gap(8, 10)
        },
        "7 records and offsets without one do not fill the segment 0 to 7");
  }

  @Test
  void holesBetweenAndInsideSegmentsAreTakenWholeAndAsSpans() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    log.commit(
        request(
            0,
            List.of(new OffsetRange(0, 0, 0, 20)),
            List.of(
                gap(0, 1),
                gap(4, 6),
                new Gap(0, 0, 2, 19, GapKind.TRANSACTIONAL, OptionalLong.of(4)),
                gap(19, 20)),
            List.of(file(holed(1, 8, 5), holed(11, 18, 7)))));
    assertThat(log.requireHead().watermark(0, 0)).isEqualTo(20);
    assertThat(log.requireHead().totals().records()).isEqualTo(12);
  }

  @Test
  void offsetsThatNothingAccountsForAreRefused() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    assertRefused(
        () ->
            log.commit(
                request(
                    0,
                    List.of(new OffsetRange(0, 0, 0, 4)),
                    List.of(),
                    List.of(file(segment(0, 0, 0, 2))))),
        ErrorCode.UNACCOUNTED,
        "3 records and 0 offsets without one do not fill it");
    assertRefused(
        () ->
            log.commit(
                request(
                    0,
                    List.of(new OffsetRange(0, 0, 0, 4)),
                    List.of(),
                    List.of(file(segment(0, 0, 0, 1), segment(0, 0, 1, 2))))),
        ErrorCode.UNACCOUNTED,
        "the offset 1 is there twice");
    assertRefused(
        () ->
            log.commit(
                request(
                    0,
                    List.of(new OffsetRange(0, 0, 0, 4)),
                    List.of(),
                    List.of(file(segment(0, 0, 0, 3), segment(0, 1, 0, 2))))),
        ErrorCode.UNACCOUNTED,
        "no range of the batch holds it");
  }

  @Test
  void theIngestTimeNeverGoesBack() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    CommitRequest batch = full(0, 0, 0, 1);
    CommitRequest earlier =
        new CommitRequest(AUTHOR, 0, NOON - 5_000, batch.ranges(), batch.gaps(), batch.files());
    assertThat(log.commit(earlier).entry().orElseThrow().ingestTime()).isEqualTo(NOON);
  }

  @Test
  void aWriterWhoseHeadIsOutOfDateLooksAgainBeforeItRefuses() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    ManifestLog operator = open();
    operator.acceptLoss(
        List.of(new OffsetRange(0, 0, 0, 7)), new Acceptance("me", "gone"), AUTHOR, NOON);
    assertThat(log.commit(full(0, 0, 7, 9)).entry().orElseThrow().sequence()).isEqualTo(2);
  }

  @Test
  void aLoserWhoseRangesStillContinueTakesTheNextSequence() throws Exception {
    int writers = 8;
    int rounds = 12;
    opened(
        IntStream.range(0, writers)
            .mapToObj(p -> new PartitionStart(p, 0))
            .toArray(PartitionStart[]::new));
    CyclicBarrier barrier = new CyclicBarrier(writers);
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Callable<Void>> tasks =
          IntStream.range(0, writers)
              .<Callable<Void>>mapToObj(
                  partition ->
                      () -> {
                        ManifestLog log = open();
                        for (long round = 0; round < rounds; round++) {
                          barrier.await();
                          assertThat(
                                  log.commit(full(0, partition, round * 3, round * 3 + 3)).entry())
                              .isPresent();
                        }
                        return null;
                      })
              .toList();
      for (Future<Void> task : threads.invokeAll(tasks)) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }
    ManifestLog log = open();
    assertThat(log.requireHead().sequence()).isEqualTo((long) writers * rounds);
    for (int partition = 0; partition < writers; partition++) {
      assertThat(offsets(log, 0, partition))
          .containsExactlyElementsOf(LongStream.range(0, rounds * 3L).boxed().toList());
    }
  }

  @Test
  void ofWritersThatRaceForTheSameOffsetsOneCommitsThem() throws Exception {
    int writers = 8;
    opened(new PartitionStart(0, 0));
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      for (long round = 0; round < 20; round++) {
        CyclicBarrier barrier = new CyclicBarrier(writers);
        long start = round * 4;
        List<Callable<Boolean>> tasks =
            IntStream.range(0, writers)
                .<Callable<Boolean>>mapToObj(
                    writer ->
                        () -> {
                          ManifestLog log = open();
                          barrier.await();
                          return log.commit(full(0, 0, start, start + 4)).entry().isPresent();
                        })
                .toList();
        int winners = 0;
        for (Future<Boolean> task : threads.invokeAll(tasks)) {
          winners += task.get() ? 1 : 0;
        }
        assertThat(winners).isEqualTo(1);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(offsets(open(), 0, 0))
        .containsExactlyElementsOf(LongStream.range(0, 80).boxed().toList());
  }

  @Test
  void aLossIsAcceptedOnceAndInOrder() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    Acceptance word = new Acceptance("ada", "retention was too short");
    List<OffsetRange> lost = List.of(new OffsetRange(0, 0, 0, 90));
    ManifestEntry entry = log.acceptLoss(lost, word, AUTHOR, NOON).entry().orElseThrow();
    assertThat(entry.kind()).isEqualTo(EntryKind.ACCEPTED_LOSS);
    assertThat(entry.accepted()).contains(word);
    assertThat(entry.account(0, 0))
        .contains(new PartitionAccount(0, 0, 90, 0, Map.of(GapKind.ACCEPTED_LOSS, 90L)));
    assertThat(log.acceptLoss(lost, word, AUTHOR, NOON).entry()).isEmpty();
    assertRefused(
        () -> log.acceptLoss(List.of(new OffsetRange(0, 0, 95, 99)), word, AUTHOR, NOON),
        ErrorCode.ARCHIVE_GAP,
        "90 to 94");
  }

  @Test
  void aNewIncarnationCountsFromTheBeginningAndShutsTheOldOneOut() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    ManifestLog zombie = open();
    zombie.requireHead();
    log.commit(full(0, 0, 0, 10));
    Genesis again =
        new Genesis(
            "orders",
            "cluster",
            "topic-id-2",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 2)));
    Acceptance word = new Acceptance("ada", "recreated on purpose");
    ManifestEntry entry = log.openIncarnation(again, word, AUTHOR, NOON).entry().orElseThrow();
    assertThat(entry.incarnation()).isEqualTo(1);
    assertThat(entry.totals().records()).isEqualTo(10);
    assertThat(log.openIncarnation(again, word, AUTHOR, NOON).entry()).isEmpty();
    assertThat(log.genesis()).isEqualTo(again);
    assertThat(open().genesis()).isEqualTo(again);
    assertRefused(
        () -> zombie.commit(full(0, 0, 10, 12)),
        ErrorCode.ARCHIVE_CONFLICT,
        "incarnation 0 of topic orders",
        "at incarnation 1");
    log.commit(
        request(
            2,
            List.of(new OffsetRange(1, 0, 2, 4)),
            List.of(),
            List.of(file(segment(1, 0, 2, 3)))));
    assertThat(offsets(log, 1, 0)).containsExactly(2L, 3L);
    assertThat(log.requireHead().watermark(0, 0)).isEqualTo(10);
  }

  @Test
  void timesAndOffsetsAreFoundBySearch() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    for (long n = 0; n < 20; n++) {
      CommitRequest batch = full(n, 0, n * 10, n * 10 + 10);
      log.commit(
          new CommitRequest(
              AUTHOR, n, NOON + (n + 1) * 1000, batch.ranges(), batch.gaps(), batch.files()));
    }
    assertThat(log.sequenceAt(0)).isEqualTo(OptionalLong.of(0));
    assertThat(log.sequenceAt(NOON + 1)).isEqualTo(OptionalLong.of(1));
    assertThat(log.sequenceAt(NOON + 7000)).isEqualTo(OptionalLong.of(7));
    assertThat(log.sequenceAt(NOON + 20_001)).isEmpty();
    assertThat(log.sequenceOf(0, 0, 0)).isEqualTo(OptionalLong.of(1));
    assertThat(log.sequenceOf(0, 0, 9)).isEqualTo(OptionalLong.of(1));
    assertThat(log.sequenceOf(0, 0, 10)).isEqualTo(OptionalLong.of(2));
    assertThat(log.sequenceOf(0, 0, 199)).isEqualTo(OptionalLong.of(20));
    assertThat(log.sequenceOf(0, 0, 200)).isEmpty();
    assertThat(log.sequenceOf(0, 1, 0)).isEmpty();
  }

  @Test
  void anEntryOfALaterReleaseIsRefused() {
    MemoryStore store = new MemoryStore();
    ManifestLog log = new ManifestLog("orders", new Path("/a/orders"), store);
    log.createGenesis(genesis(), AUTHOR, NOON);
    Path next = new Path("/a/orders/_log/00000000000000000001.json");
    byte[] genesis = store.read(new Path("/a/orders/_log/00000000000000000000.json")).orElseThrow();
    String json =
        new String(genesis, StandardCharsets.UTF_8).replace("\"sequence\":0", "\"sequence\":1");
    store.overwrite(
        next,
        json.replace("\"genesis\",\"id\"", "\"merge\",\"id\"").getBytes(StandardCharsets.UTF_8));
    assertRefused(log::head, ErrorCode.FORMAT_UNKNOWN, "kind 'merge'", "Entry 1 of /a/orders");
    store.overwrite(
        next, "{\"format\":2,\"everything\":\"else\"}".getBytes(StandardCharsets.UTF_8));
    assertRefused(log::head, ErrorCode.FORMAT_UNKNOWN, "the format 2", "reads up to 1");
    store.overwrite(
        next, json.replace("\"format\":1", "\"format\":2").getBytes(StandardCharsets.UTF_8));
    assertRefused(log::head, ErrorCode.FORMAT_UNKNOWN, "the format 2");
    store.overwrite(
        next,
        json.replace("\"files\"", "\"news\":{\"a\":1},\"files\"").getBytes(StandardCharsets.UTF_8));
    assertThat(log.requireHead().sequence()).isEqualTo(1);
  }

  @Test
  void anEntryThatContradictsItselfIsRefused() {
    MemoryStore store = new MemoryStore();
    ManifestLog log = new ManifestLog("orders", new Path("/a/orders"), store);
    log.createGenesis(genesis(new PartitionStart(0, 5)), AUTHOR, NOON);
    Path path = new Path("/a/orders/_log/00000000000000000000.json");
    String json = new String(store.read(path).orElseThrow(), StandardCharsets.UTF_8);
    store.overwrite(
        path, json.replace("\"next\":5", "\"next\":6").getBytes(StandardCharsets.UTF_8));
    assertRefused(() -> log.entry(0), ErrorCode.LOG_CORRUPT, "does not balance", "next offset 6");
    store.overwrite(
        path, json.replace("\"sequence\":0", "\"sequence\":3").getBytes(StandardCharsets.UTF_8));
    assertRefused(() -> log.entry(0), ErrorCode.LOG_CORRUPT, "says that it is entry 3");
    store.overwrite(path, "{\"format\":1,\"kind\":\"data\"}".getBytes(StandardCharsets.UTF_8));
    assertRefused(() -> log.entry(0), ErrorCode.LOG_CORRUPT, "lacks a field");
    store.overwrite(path, "nonsense".getBytes(StandardCharsets.UTF_8));
    assertRefused(() -> log.entry(0), ErrorCode.LOG_CORRUPT, "it is not JSON");
  }

  @Test
  void anIncarnationOfATopicThatWasHereBeforeGoesOnWhereThatOneEnded() {
    ManifestLog log = opened(new PartitionStart(0, 0));
    log.commit(full(0, 0, 0, 10));
    Acceptance word = new Acceptance("operator", "moved");
    List<PartitionStart> start = List.of(new PartitionStart(0, 0), new PartitionStart(1, 3));
    log.openIncarnation(
        new Genesis("orders", "other", "topic-id", Isolation.READ_COMMITTED, start),
        word,
        AUTHOR,
        NOON);

    ManifestEntry back =
        log.openIncarnation(
                new Genesis("orders", "cluster", "topic-id", Isolation.READ_COMMITTED, start),
                word,
                AUTHOR,
                NOON)
            .entry()
            .orElseThrow();

    assertThat(back.watermark(1, 0)).isZero();
    assertThat(back.account(2, 0))
        .contains(new PartitionAccount(2, 0, 10, 0, Map.of(GapKind.BEFORE_START, 10L)));
    assertThat(back.watermark(2, 1)).isEqualTo(3);
    assertThat(back.genesis().orElseThrow().start())
        .containsExactly(new PartitionStart(0, 10), new PartitionStart(1, 3));
  }
}
