package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlanLogTest {
  @TempDir Path folder;
  private PlanLog log;

  @BeforeEach
  void open() {
    log = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
  }

  @Test
  void aPlanIsReadAsItWasPutAndItsNumberIsTakenOnce() {
    assertThat(log.head()).isEmpty();
    Plan plan = plan(0, "run-1");

    assertThat(log.put(plan)).isTrue();
    assertThat(log.put(plan(0, "run-2"))).isFalse();

    assertThat(log.plan(0)).contains(plan);
    assertThat(log.head()).hasValue(0);
    assertThat(log.plan(1)).isEmpty();
    assertThat(folder.resolve("lake/_plans/orders/00000/00000000000000000000.json")).exists();
    assertThat(log.application()).isEqualTo("tributary:orders:0");
  }

  @Test
  void theLatestAccountIsThatOfThePlanBeforeWhileTheHeadIsNotDone() {
    log.put(plan(0, "run"));
    log.put(account(0));
    log.put(plan(1, "run"));

    assertThat(log.latestAccount()).contains(account(0));
    assertThat(log.account(1)).isEmpty();
    assertThat(log.put(account(0))).as("put twice").isFalse();
  }

  @Test
  void aFieldOfALaterReleaseIsIgnoredAndALaterFormatRefused() throws Exception {
    Path first = folder.resolve("lake/_plans/orders/00000/00000000000000000000.json");
    log.put(plan(0, "run"));
    String text = Files.readString(first);
    Files.writeString(first, text.replaceFirst("\\{", "{\"later\":1,"), StandardCharsets.UTF_8);
    assertThat(log.plan(0)).contains(plan(0, "run"));

    Files.writeString(first, text.replace("\"format\":1", "\"format\":3"));
    assertThatThrownBy(() -> log.plan(0))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("has format 3; this release knows 2");
    Files.writeString(first, text.replace("\"live\"", "\"cut-over\""));
    assertThatThrownBy(() -> log.plan(0)).hasMessageContaining("kind 'cut-over'");
  }

  @Test
  void anOperatorRulesOnceAndOnlyOnAPlanThatIsNotDone() {
    PlanRulings rulings = new PlanRulings(log, Clock.systemUTC());
    assertThatThrownBy(() -> rulings.accept(0, "ann", "known"))
        .hasMessageContaining("there are no plans");
    log.put(plan(0, "run"));

    rulings.accept(0, "ann", "known");
    rulings.accept(0, "bob", "known too");
    assertThat(log.ruling(0)).map(Ruling::by).contains("ann");
    assertThatThrownBy(() -> rulings.voidPlan(0, "bob", "no"))
        .hasMessageContaining("ann has already ruled");

    log.put(account(0));
    assertThatThrownBy(() -> rulings.accept(0, "ann", "again"))
        .hasMessageContaining("waits for no ruling");
  }

  @Test
  void aPlanOfABackfillIsWrittenAsItIsDescribed() throws Exception {
    Plan plan =
        new Plan(
            1,
            0,
            0,
            "id",
            PlanKind.BACKFILL,
            "orders",
            2,
            "run",
            17,
            new PlanSource(
                "file:/raw",
                List.of(new EntryRange("orders", 3, 4)),
                Optional.of(
                    new RecordRange(
                        Map.of(
                            "orders",
                            new RecordRange.TopicOffsets(
                                0, Map.of(0, new RecordRange.Offsets(17, Optional.of(90L))))),
                        Optional.of(5L),
                        Optional.empty()))),
            List.of(),
            Map.of("orders", Map.of("orders", 15L)),
            Optional.empty(),
            Optional.of(
                new BackfillChunk(
                    "again",
                    BackfillMode.REPLACE,
                    "9f86d081884c7d65",
                    1,
                    3,
                    1000,
                    List.of(new EntryRange("orders", 1, 9)))));

    log.put(plan);

    assertThat(folder.resolve("lake/_plans/orders/00000/00000000000000000000.json"))
        .hasContent(
            "{\"format\":1,\"plan\":0,\"generation\":0,\"id\":\"id\",\"kind\":\"backfill\","
                + "\"dataset\":\"orders\",\"datasetVersion\":2,\"run\":\"run\",\"plannedAt\":17,"
                + "\"source\":{\"archive\":\"file:/raw\",\"ranges\":[{\"topic\":\"orders\",\"from\":3,\"to\":4}],"
                + "\"within\":{\"offsets\":{\"orders\":{\"incarnation\":0,\"partitions\":{\"0\":{\"from\":17,\"to\":90}}}},"
                + "\"fromTime\":5}},\"jars\":[],\"positions\":{\"orders\":{\"orders\":15}},"
                + "\"backfill\":{\"id\":\"again\",\"mode\":\"replace\",\"asked\":\"9f86d081884c7d65\",\"chunk\":1,"
                + "\"chunks\":3,\"chunkRecords\":1000,\"ranges\":[{\"topic\":\"orders\",\"from\":1,\"to\":9}]}}");
    assertThat(log.plan(0)).contains(plan);
    assertThat(plan.replaces()).isTrue();
  }

  @Test
  void aReplayIsWrittenAsItIsDescribedAndIsNoPartOfABackfill() throws Exception {
    Plan plan =
        new Plan(
            1,
            0,
            0,
            "id",
            PlanKind.REPLAY,
            "orders",
            2,
            "run",
            17,
            new PlanSource("file:/raw", List.of(new EntryRange("orders", 3, 4))),
            List.of(),
            Map.of("orders", Map.of("orders", 15L)),
            Optional.empty(),
            Optional.empty(),
            Optional.of(
                new ReplaySelection(
                    List.of("missing-column"), List.of(), 7, Map.of("orders", 14L))));

    log.put(plan);
    log.put(
        new BadRecords(
            1, 0, "id", "run", List.of(), List.of(new BadRecords.Absent("orders", 0, 1, 17))));

    Path plans = folder.resolve("lake/_plans/orders/00000");
    assertThat(plans.resolve("00000000000000000000.json"))
        .hasContent(
            "{\"format\":1,\"plan\":0,\"generation\":0,\"id\":\"id\",\"kind\":\"replay\","
                + "\"dataset\":\"orders\",\"datasetVersion\":2,\"run\":\"run\",\"plannedAt\":17,"
                + "\"source\":{\"archive\":\"file:/raw\",\"ranges\":[{\"topic\":\"orders\",\"from\":3,\"to\":4}]},"
                + "\"jars\":[],\"positions\":{\"orders\":{\"orders\":15}},"
                + "\"replay\":{\"codes\":[\"missing-column\"],\"records\":7,\"asOf\":{\"orders\":14}}}");
    assertThat(plans.resolve("00000000000000000000.bad.json"))
        .hasContent(
            "{\"format\":1,\"plan\":0,\"planId\":\"id\",\"run\":\"run\",\"records\":[],"
                + "\"absent\":[{\"topic\":\"orders\",\"incarnation\":0,\"partition\":1,\"offset\":17}]}");
    assertThat(log.plan(0)).contains(plan);
    assertThat(log.badRecords(0).orElseThrow().absent()).hasSize(1);
    assertThat(plan.releases()).isTrue();
    assertThat(plan.replaces()).isFalse();
  }

  @Test
  void anErasureIsWrittenAsItIsDescribedAndNamesNoKey() throws Exception {
    Plan plan =
        new Plan(
                1,
                0,
                0,
                "id",
                PlanKind.ERASE,
                "orders",
                2,
                "run",
                17,
                new PlanSource("file:/raw", List.of()),
                List.of(),
                Map.of("orders", Map.of("orders", 15L)),
                Optional.empty())
            .erasing(
                new Erasure(
                    "e1",
                    "request 17",
                    0,
                    2,
                    true,
                    List.of(new Erasure.Offsets("orders", 0, 3, List.of(18L, 17L)))));
    log.put(plan);

    assertThat(Files.readString(folder.resolve("lake/_plans/orders/00000/%020d.json".formatted(0))))
        .contains(
            "\"kind\":\"erase\"",
            "\"source\":{\"archive\":\"file:/raw\",\"ranges\":[]}",
            "\"erasure\":{\"id\":\"e1\",\"reason\":\"request 17\",\"part\":0,\"parts\":2,\"archive\":true,"
                + "\"records\":[{\"topic\":\"orders\",\"incarnation\":0,\"partition\":3,\"offsets\":[17,18]}]}");
    assertThat(log.plan(0)).contains(plan);
    assertThat(plan.releases()).isTrue();
    assertThat(plan.replaces()).isFalse();
    assertThat(plan.again(1, "other", "run", 18).erasure()).isEqualTo(plan.erasure());
    assertThat(plan.erasure().orElseThrow().count()).isEqualTo(2);
    assertThat(plan.erasure().orElseThrow().names("orders", 0, 3, 17)).isTrue();
    assertThat(plan.erasure().orElseThrow().names("orders", 0, 3, 19)).isFalse();
    assertThat(plan.erasure().orElseThrow().names("orders", 1, 3, 17)).isFalse();
  }

  @Test
  void whatErasedRecordsHeldIsForgottenAndWhichTheyWereIsNot() {
    log.put(plan(0, "run"));
    BadRecords.Bad first = bad(1);
    BadRecords.Bad second = bad(2);
    log.put(new BadRecords(1, 0, "id", "run", List.of(first, second), List.of()));

    log.forget(0, each -> each.offset() == 1);
    log.forget(0, each -> each.offset() == 1);
    log.forget(1, each -> true);

    List<BadRecords.Bad> left = log.badRecords(0).orElseThrow().records();
    assertThat(left).hasSize(2).last().isEqualTo(second);
    assertThat(left.get(0).key()).isEmpty();
    assertThat(left.get(0).message()).isEmpty();
    assertThat(left.get(0).offset()).isEqualTo(1);
    assertThat(left.get(0).code()).isEqualTo("not-json");
  }

  private static BadRecords.Bad bad(long offset) {
    return new BadRecords.Bad(
        "orders",
        0,
        0,
        offset,
        Optional.empty(),
        17,
        3,
        Optional.of("k"),
        "decode",
        "not-json",
        Optional.of("k is none"),
        List.of());
  }

  @Test
  void aLogFromBeforeThereWereBackfillsIsReadAndItsAccountsStayAsTheyWere() throws Exception {
    Path plans = folder.resolve("lake/_plans/orders/00000");
    Files.createDirectories(plans);
    String account =
        "{\"format\":1,\"plan\":0,\"generation\":0,\"planId\":\"id\",\"run\":\"run\",\"doneAt\":18,"
            + "\"outcome\":\"committed\",\"dataset\":\"orders\",\"datasetVersion\":3,"
            + "\"counts\":{\"read\":3,\"inserted\":2,\"updated\":0,\"deleted\":0,\"filtered\":0,\"quarantined\":1,"
            + "\"superseded\":0,\"late\":0,\"unmatched\":0},\"versions\":{\"table\":17},\"steps\":[],"
            + "\"positions\":{\"orders\":{\"orders\":15}},\"inForce\":{\"orders\":3},"
            + "\"totals\":{\"orders\":{\"read\":3,\"inserted\":2,\"updated\":0,\"deleted\":0,\"filtered\":0,"
            + "\"quarantined\":1,\"superseded\":0,\"late\":0,\"unmatched\":0}}}";
    Files.writeString(
        plans.resolve("00000000000000000000.json"),
        "{\"format\":1,\"plan\":0,\"generation\":0,\"id\":\"id\",\"kind\":\"live\",\"dataset\":\"orders\","
            + "\"datasetVersion\":3,\"run\":\"run\",\"plannedAt\":17,\"source\":{\"archive\":\"file:/raw\","
            + "\"ranges\":[{\"topic\":\"orders\",\"from\":10,\"to\":14}]},\"jars\":[],"
            + "\"positions\":{\"orders\":{\"orders\":15}}}");
    Files.writeString(plans.resolve("00000000000000000000.done.json"), account);

    assertThat(log.plan(0).orElseThrow().backfill()).isEmpty();
    assertThat(log.plan(0).orElseThrow().source().within()).isEmpty();
    PlanAccount read = log.account(0).orElseThrow();
    assertThat(read.counts().held()).isZero();
    assertThat(read.counts().balanced()).isTrue();
    assertThat(read.backfilled()).isEmpty();
    assertThat(new BackfillHistory(log).newest(Optional.of(read))).isEmpty();
    assertThat(Json.mapper().writeValueAsString(read)).isEqualTo(account);
  }

  @Test
  void whatExpectationsCountedIsWrittenAsItIsDescribed() throws Exception {
    Path plans = folder.resolve("lake/_plans/orders/00000");
    Files.createDirectories(plans);
    String bad =
        "{\"format\":1,\"plan\":0,\"planId\":\"id\",\"run\":\"run\",\"records\":[{\"topic\":\"orders\","
            + "\"incarnation\":0,\"partition\":3,\"offset\":4711,\"ingestTime\":17,\"sequence\":14,"
            + "\"step\":\"checks\",\"code\":\"expectation\",\"expectations\":[\"known\",\"recent\"]}]}";
    log.put(plan(0, "run"));
    Files.writeString(plans.resolve("00000000000000000000.bad.json"), bad);
    PlanAccount account = account(0);
    String counts =
        "\"expectations\":[{\"name\":\"known\",\"policy\":\"a later one\",\"failed\":2}]}";
    String text = Json.mapper().writeValueAsString(account);
    assertThat(text).doesNotContain("expectations");
    Files.writeString(
        plans.resolve("00000000000000000000.done.json"),
        text.substring(0, text.length() - 1) + "," + counts);

    BadRecords records = log.badRecords(0).orElseThrow();
    assertThat(records.records().get(0).expectations()).containsExactly("known", "recent");
    assertThat(Json.mapper().writeValueAsString(records)).isEqualTo(bad);
    PlanAccount read = log.account(0).orElseThrow();
    assertThat(read.expectations())
        .containsExactly(new ExpectationCount("known", "a later one", 2));
    assertThat(Json.mapper().writeValueAsString(read)).endsWith(counts);
  }

  @Test
  void aSegmentIsInARangeWhollyPartlyOrNotAtAll() {
    RecordRange offsets =
        new RecordRange(
            Map.of(
                "orders",
                new RecordRange.TopicOffsets(
                    1, Map.of(0, new RecordRange.Offsets(10, Optional.of(20L))))),
            Optional.empty(),
            Optional.empty());
    assertThat(offsets.share("orders", segment(1, 0, 10, 19, 5)))
        .isEqualTo(RecordRange.Share.WHOLE);
    assertThat(offsets.share("orders", segment(1, 0, 10, 20, 5))).isEqualTo(RecordRange.Share.SOME);
    assertThat(offsets.share("orders", segment(1, 0, 20, 30, 5))).isEqualTo(RecordRange.Share.NONE);
    assertThat(offsets.share("orders", segment(0, 0, 10, 19, 5))).isEqualTo(RecordRange.Share.NONE);
    assertThat(offsets.share("orders", segment(1, 1, 10, 19, 5))).isEqualTo(RecordRange.Share.NONE);
    assertThat(offsets.share("others", segment(1, 0, 10, 19, 5))).isEqualTo(RecordRange.Share.NONE);
    assertThat(offsets.contains("orders", 1, 0, 19, -1)).isTrue();
    assertThat(offsets.contains("orders", 1, 0, 20, -1)).isFalse();

    RecordRange times = new RecordRange(Map.of(), Optional.empty(), Optional.of(100L));
    assertThat(times.share("orders", segment(0, 0, 1, 2, 99))).isEqualTo(RecordRange.Share.WHOLE);
    assertThat(times.share("orders", segment(0, 0, 1, 2, 100))).isEqualTo(RecordRange.Share.NONE);
    assertThat(times.share("orders", segment(0, 0, 1, 2, -1)))
        .as("without a timestamp")
        .isEqualTo(RecordRange.Share.NONE);
    assertThat(times.contains("orders", 0, 0, 1, -1)).isFalse();
  }

  @Test
  void theStartOfAVersionIsThePlanThatPutItInForce() {
    for (long n = 0; n < 20; n++) {
      long version = n < 7 ? 1 : n < 12 ? 3 : 4;
      log.put(plan(n, "run"));
      log.put(account(n, Map.of("others", 9L, "orders", version)));
    }
    PlanAccount latest = log.latestAccount().orElseThrow();
    assertThat(VersionStart.find(log, "orders", 4, latest).plan()).isEqualTo(12);
    assertThat(VersionStart.find(log, "orders", 3, latest).plan()).isEqualTo(7);
    assertThat(VersionStart.find(log, "orders", 2, latest).plan()).as("never alone").isEqualTo(7);
    assertThat(VersionStart.find(log, "orders", 1, latest).plan()).isZero();
    assertThat(VersionStart.find(log, "orders", 5, latest)).as("no longer known").isEqualTo(latest);
  }

  private static Segment segment(
      int incarnation, int partition, long first, long last, long timestamp) {
    return new Segment(
        incarnation, partition, first, last, 1, 0, 1, 1, "00000000", timestamp, timestamp);
  }

  @Test
  void countsBalanceWhereEveryRecordIsThereOnceAndNoneIsNegative() {
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 1, 1, 0).balanced()).isTrue();
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 1, 0, 0).balanced()).isFalse();
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 4, -2, 0).balanced()).isFalse();
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 1, 0, 0, 1).balanced()).isTrue();
  }

  private static Plan plan(long n, String run) {
    return new Plan(
        1,
        n,
        0,
        "id-" + n + run,
        PlanKind.LIVE,
        "orders",
        3,
        run,
        17,
        new PlanSource("file:/raw", List.of(new EntryRange("orders", 10, 14))),
        List.of("00"),
        Map.of("orders", Map.of("orders", 15L)),
        Optional.empty());
  }

  private static PlanAccount account(long n) {
    return account(n, Map.of("orders", 3L));
  }

  private static PlanAccount account(long n, Map<String, Long> inForce) {
    PlanCounts counts = new PlanCounts(100, 90, 5, 1, 1, 2, 1, 0, 0);
    return new PlanAccount(
        1,
        n,
        0,
        "id-0run",
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        3,
        counts,
        new TableVersions(Optional.of(17L), Optional.empty(), Optional.empty()),
        List.of(new StepLedger("decode", 100, 0, 98, 0, 0, 2)),
        Map.of("orders", Map.of("orders", 15L)),
        inForce,
        Map.of("orders", counts),
        Optional.empty(),
        List.of());
  }
}
