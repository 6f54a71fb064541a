package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.Acceptance;
import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Gap;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.StartPosition;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an archive makes of a topic that is not quite the one it began with. */
@Timeout(120)
final class ArchiveOpeningIT {
  private final TestEnvironment environment = TestEnvironment.get();
  private IngestHarness ingest;

  @BeforeEach
  void newArchive() throws Exception {
    ingest = new IngestHarness(environment.newFolder("archive"));
  }

  private static TopicAnswer.Found holding(String topicId, long earliest, long end) {
    return new TopicAnswer.Found(topicId, Map.of(0, new TopicAnswer.Held(earliest, end)));
  }

  private ManifestEntry open(
      SourceSpec source, String clusterId, TopicAnswer.Found found, String... accepted) {
    List<Acceptances.Loss> losses = new ArrayList<>();
    List<Acceptances.Recreated> incarnations = new ArrayList<>();
    for (String word : accepted) {
      if (word.contains("/")) {
        losses.add(Acceptances.Loss.parse(word));
      } else {
        incarnations.add(Acceptances.Recreated.parse(word));
      }
    }
    return open(
        source,
        clusterId,
        found,
        new Acceptances(losses, incarnations, new Acceptance("operator", "test")));
  }

  private ManifestEntry open(
      SourceSpec source, String clusterId, TopicAnswer.Found found, Acceptances accepted) {
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source))) {
      ManifestLog log = ingest.log(source.topics().get(0));
      return opening(cluster, accepted).open(source, log, clusterId, found).orElseThrow().head();
    }
  }

  private static ArchiveOpening opening(KafkaCluster cluster, Acceptances accepted) {
    return new ArchiveOpening(
        cluster,
        new StoreProbe(new Configuration(), false),
        accepted,
        new Author("run", "test"),
        Clock.systemUTC());
  }

  @Test
  void aStartInAPartitionThatTheTopicLacksIsRefusedAndOpensNoArchive() {
    SourceSpec source =
        ingest.source(
            "absent",
            new StartPosition.Offsets(Map.of("absent", Map.of(0, 5L, 1, 7L, 3, 0L))),
            Map.of(),
            Optional.empty(),
            "absent");

    assertThatThrownBy(() -> open(source, "A", holding("a", 0, 100)))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SPEC_INVALID))
        .hasMessageContaining(
            "The start of absent names partition 1, 3, but the topic has 1 partition(s)");
    assertThat(ingest.log("absent").head()).isEmpty();
  }

  @Test
  void aTopicThatComesBackGoesOnWhereItsEarlierIncarnationEnded() {
    SourceSpec source = ingest.source("back", "back");
    open(source, "A", holding("a", 0, 100));
    long archived = 40;
    ingest
        .log("back")
        .acceptLoss(
            List.of(new OffsetRange(0, 0, 0, archived)),
            new Acceptance("operator", "stands for records"),
            new Author("run", "test"),
            0);
    assertThatThrownBy(() -> open(source, "B", holding("b", 0, 70)))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ARCHIVE_OTHER_CLUSTER))
        .hasMessageContaining("--accept-incarnation back:b");
    open(source, "B", holding("b", 0, 70), "back:b");

    ManifestEntry head = open(source, "A", holding("a", 0, 100), "back:a");

    assertThat(head.incarnation()).isEqualTo(2);
    assertThat(head.watermark(2, 0)).isEqualTo(archived);

    assertThatThrownBy(() -> open(source, "B", holding("b", 9, 70), "back:b"))
        .hasMessageContaining("partition 0 from 0 to 8");
  }

  @Test
  void brokersThatDoNotTellIdsAreRefusedUnlessTheOperatorPromisesThatNoTopicIsCreatedAgain() {
    SourceSpec source = ingest.source("nameless", "nameless");
    String none = Genesis.topicId(Uuid.ZERO_UUID.toString());
    for (List<String> ids : List.of(List.of("A", none), List.of(Genesis.UNKNOWN_ID, "a"))) {
      assertThatThrownBy(() -> open(source, ids.get(0), holding(ids.get(1), 0, 100)))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_IDS_UNKNOWN))
          .hasMessageContaining("cluster id: %s, topic id: %s".formatted(ids.get(0), ids.get(1)))
          .hasMessageContaining("accept-unknown-ids");
    }
    assertThat(ingest.log("nameless").head()).isEmpty();

    open(source, "A", holding(none, 0, 100), trusting());

    assertThat(ingest.log("nameless").genesis().topicId()).isEqualTo("unknown");
    assertThat(open(source, "A", holding(none, 0, 100), trusting()).incarnation()).isZero();
  }

  @Test
  void idsThatBecomeKnownAreOfTheSameTopicOrOfANewOneByTheOperatorsWord() {
    for (String topic : List.of("kept", "anew")) {
      SourceSpec source = ingest.source(topic, topic);
      open(source, "A", holding("unknown", 0, 100), trusting());
      ingest
          .log(topic)
          .acceptLoss(
              List.of(new OffsetRange(0, 0, 0, 40)),
              new Acceptance("operator", "stands for records"),
              new Author("run", "test"),
              0);
      assertThatThrownBy(() -> open(source, "A", holding("a", 0, 100), trusting()))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_IDS_UNKNOWN))
          .hasMessageContaining("its topic id unknown; the brokers tell A and a")
          .hasMessageContaining("--accept-same-topic %s:a".formatted(topic))
          .hasMessageContaining("--accept-incarnation %s:a".formatted(topic));
    }

    ManifestEntry kept =
        open(ingest.source("kept", "kept"), "A", holding("a", 0, 100), promising("kept:a"));
    assertThat(kept.incarnation()).isEqualTo(1);
    assertThat(kept.watermark(1, 0)).isEqualTo(40);
    assertThat(open(ingest.source("kept", "kept"), "A", holding("a", 0, 100))).isEqualTo(kept);

    ManifestEntry anew = open(ingest.source("anew", "anew"), "A", holding("a", 0, 100), "anew:a");
    assertThat(anew.watermark(1, 0)).isZero();

    // Two ids that are known and differ are two topics, whatever is promised.
    assertThatThrownBy(
            () ->
                open(ingest.source("kept", "kept"), "A", holding("b", 0, 100), promising("kept:b")))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_RECREATED));
  }

  private static Acceptances trusting() {
    return new Acceptances(
        List.of(), List.of(), List.of(), true, new Acceptance("operator", "test"));
  }

  private static Acceptances promising(String same) {
    return new Acceptances(
        List.of(),
        List.of(),
        List.of(Acceptances.Recreated.parse(same)),
        false,
        new Acceptance("operator", "test"));
  }

  @Test
  void aLeaderOfAnEarlierEpochThanTheOneThatWasArchivedFromIsNotRead() {
    SourceSpec source = ingest.source("deposed", "deposed");
    open(source, "A", holding("a", 0, 10));
    ManifestLog log = ingest.log("deposed");
    log.commit(
        new CommitRequest(
            new Author("run", "test"),
            0,
            0,
            List.of(new OffsetRange(0, 0, 0, 10, OptionalInt.of(7), OptionalInt.empty())),
            List.of(Gap.of(0, 0, 0, 10, GapKind.TRANSACTIONAL)),
            List.of()));

    assertThatThrownBy(() -> open(source, "A", led(12, OptionalInt.of(6))))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE))
        .hasMessageContaining("partition 0 of topic deposed has the epoch 6, but one of epoch 7");
    // Of one that does not tell nobody knows.
    assertThat(open(source, "A", led(12, OptionalInt.empty())).sequence()).isEqualTo(1);
    assertThat(open(source, "A", led(12, OptionalInt.of(7))).sequence()).isEqualTo(1);
  }

  /** An archive of ten records of a topic that holds half of them. */
  private SourceSpec truncated(String topic) throws Exception {
    environment.createTopic(topic, 1, Map.of());
    environment.send(topic, 0, 5);
    SourceSpec source = ingest.source(topic, topic);
    open(source, "A", holding("a", 0, 10));
    archive(topic, 10);
    return source;
  }

  private void archive(String topic, long end) {
    ingest
        .log(topic)
        .commit(
            new CommitRequest(
                new Author("run", "test"),
                0,
                0,
                List.of(new OffsetRange(0, 0, 0, end, OptionalInt.of(0), OptionalInt.empty())),
                List.of(Gap.of(0, 0, 0, end, GapKind.TRANSACTIONAL)),
                List.of()));
  }

  @Test
  void whatIsAcceptedAsTruncatedIsNotAcceptedAsTakenByRetentionToo() throws Exception {
    SourceSpec source = truncated("twice");
    TopicAnswer.Found since =
        new TopicAnswer.Found("a", Map.of(0, new TopicAnswer.Held(7, 20, OptionalInt.of(1))));
    assertThatThrownBy(() -> open(source, "A", since))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_TRUNCATED))
        .hasMessageContaining("--accept-loss twice/0:5-10");
    Acceptances once = losing("twice/0:5-10");
    // Twice, as a driver does that goes on.
    for (int look = 0; look < 2; look++) {
      assertThatThrownBy(() -> open(source, "A", since, once))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_RETENTION_LOSS))
          .hasMessageContaining("--accept-loss twice/0:5-7");
    }
    assertThat(ingest.account("twice", 1, 0).leaderEpoch())
        .as("of the leader that said where they differ")
        .hasValue(0);

    open(source, "A", since, losing("twice/0:5-7"));
    assertThat(ingest.account("twice", 1, 0).gaps())
        .isEqualTo(Map.of(GapKind.BEFORE_START, 5L, GapKind.ACCEPTED_LOSS, 2L));
  }

  @Test
  void aLeaderThatHasWhatIsArchivedIsNotAskedAgain() throws Exception {
    environment.createTopic("verified", 1, Map.of());
    environment.send("verified", 0, 20);
    SourceSpec source = ingest.source("verified", "verified");
    SourceSpec silent =
        ingest.source(
            "verified",
            new StartPosition.Earliest(),
            Map.of("bootstrap.servers", "localhost:9"),
            Optional.empty(),
            "verified");
    open(source, "A", holding("a", 0, 20));
    archive("verified", 10);
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source))) {
      ArchiveOpening opening = opening(cluster, losing());
      ManifestLog log = ingest.log("verified");
      opening.open(source, log, "A", led(20, OptionalInt.of(1)));

      opening.open(silent, log, "A", led(20, OptionalInt.of(1)));

      assertThatThrownBy(() -> opening.open(silent, log, "A", led(20, OptionalInt.of(2))))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE));
    }
  }

  private static Acceptances losing(String... losses) {
    return new Acceptances(
        Stream.of(losses).map(Acceptances.Loss::parse).toList(),
        List.of(),
        new Acceptance("operator", "test"));
  }

  private static TopicAnswer.Found led(long end, OptionalInt epoch) {
    return new TopicAnswer.Found("a", Map.of(0, new TopicAnswer.Held(0, end, epoch)));
  }

  @Test
  void whatRetentionTookOfANewIncarnationIsALossThatHasToBeAccepted() {
    SourceSpec source = ingest.source("shortened", "shortened");
    open(source, "A", holding("a", 5, 10));
    assertThat(ingest.account("shortened", 0, 0).gaps())
        .isEqualTo(Map.of(GapKind.BEFORE_START, 5L));
    TopicAnswer.Found again = holding("b", 30, 50);

    assertThatThrownBy(() -> open(source, "A", again, "shortened:b"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_RETENTION_LOSS))
        .hasMessageContaining("--accept-loss shortened/0:0-30");

    open(source, "A", again, "shortened/0:0-30");
    assertThat(ingest.account("shortened", 1, 0).next()).isEqualTo(30);
    assertThat(ingest.account("shortened", 1, 0).gaps())
        .isEqualTo(Map.of(GapKind.ACCEPTED_LOSS, 30L));
  }

  @Test
  void recordsThatComeWhileAStartByTimeIsLookedUpDoNotFailIt() throws Exception {
    environment.createTopic("late", 1, Map.of("retention.ms", "-1"));
    SourceSpec source =
        ingest.source(
            "late", new StartPosition.Timestamp(2_000), Map.of(), Optional.empty(), "late");
    TopicAnswer.Found before;
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source))) {
      before = (TopicAnswer.Found) cluster.look(List.of("late"), source.isolation()).get("late");
    }
    environment.send(
        List.of(
            new ProducerRecord<>("late", 0, 1_000L, null, new byte[] {1}),
            new ProducerRecord<>("late", 0, 2_000L, null, new byte[] {2})));

    open(source, "A", before);

    assertThat(ingest.account("late", 0, 0).next()).isEqualTo(1);
  }
}
