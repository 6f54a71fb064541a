package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TopicIngestTest {
  private static final long INGESTED = 1_763_712_000_000L;

  @TempDir Path folder;

  @Test
  void aRecordOfTheFutureDoesNotHideTheLag() throws Exception {
    String archive = folder.toUri().toString();
    ManifestLog log = ManifestLog.open(archive, "orders", new Configuration());
    Author author = new Author("test", "test");
    log.createGenesis(
        new Genesis("orders", "cluster", "id", Isolation.READ_COMMITTED, List.of()),
        author,
        INGESTED - 1_000);
    long nanoseconds = INGESTED * 1_000_000;
    Segment segment = new Segment(0, 0, 0, 9, 10, 0, 1, 1, "00000000", nanoseconds, nanoseconds);
    log.commit(
        new CommitRequest(
            author,
            0,
            INGESTED,
            List.of(new OffsetRange(0, 0, 0, 10)),
            List.of(),
            List.of(new ArchiveFile("date=2025-11-21/f", Compression.NONE, 1, List.of(segment)))));
    TopicIngest topic = new TopicIngest(source(archive), log, new HashSet<>());
    topic.advance(log.requireHead());
    topic.found(
        new TopicAnswer.Found("id", Map.of(0, new TopicAnswer.Held(0, 12))),
        Instant.ofEpochMilli(INGESTED + 60_000));

    assertThat(topic.oldestWaiting(Instant.ofEpochMilli(INGESTED + 60_000))).contains(INGESTED);
  }

  @Test
  void aSweepSinceDoesNotHideTheLagOfAStart() throws Exception {
    String archive = folder.toUri().toString();
    ManifestLog log = ManifestLog.open(archive, "orders", new Configuration());
    Author author = new Author("test", "test");
    log.createGenesis(
        new Genesis("orders", "cluster", "id", Isolation.READ_COMMITTED, List.of()),
        author,
        INGESTED - 1_000);
    commit(log, INGESTED, 1, 0, 10);
    // More entries of another partition than a start reads one by one.
    for (int batch = 0; batch < 20; batch++) {
      commit(log, INGESTED + 1_000 + batch, 0, 10L * batch, 10L * batch + 10);
    }
    long swept = INGESTED + 3_600_000;
    new ArchiveSweep(log).sweep(Duration.ofDays(1), author, swept);
    Instant now = Instant.ofEpochMilli(swept + 1_000);
    Map<Integer, TopicAnswer.Held> held = new HashMap<>();
    held.put(0, new TopicAnswer.Held(0, 201));
    held.put(1, new TopicAnswer.Held(0, 10));
    assertThat(start(log, held, now).oldestWaiting(now)).contains(INGESTED + 1_019 - 500);
    held.put(1, new TopicAnswer.Held(0, 11));
    assertThat(start(log, held, now).oldestWaiting(now)).contains(INGESTED - 500);
    // Of a partition that is new nothing else is known than what was archived last of the others.
    held.put(1, new TopicAnswer.Held(0, 10));
    held.put(0, new TopicAnswer.Held(0, 200));
    held.put(2, new TopicAnswer.Held(0, 1));
    assertThat(start(log, held, now).oldestWaiting(now)).contains(INGESTED + 1_019);
  }

  private static TopicIngest start(
      ManifestLog log, Map<Integer, TopicAnswer.Held> held, Instant now) throws Exception {
    TopicIngest topic = new TopicIngest(source("file:/unused"), log, new HashSet<>());
    TopicAnswer.Found found = new TopicAnswer.Found("id", Map.copyOf(held));
    topic.lookBack(log.requireHead(), found);
    topic.advance(log.requireHead());
    topic.found(found, now);
    return topic;
  }

  private static void commit(ManifestLog log, long ingested, int partition, long start, long end) {
    long timestamp = ingested - 500;
    Segment segment =
        new Segment(
            0, partition, start, end - 1, end - start, 0, 1, 1, "00000000", timestamp, timestamp);
    String path = "date=2025-11-21/%d-%d".formatted(partition, start);
    log.commit(
        new CommitRequest(
            new Author("test", "test"),
            log.requireHead().sequence(),
            ingested,
            List.of(new OffsetRange(0, partition, start, end)),
            List.of(),
            List.of(new ArchiveFile(path, Compression.NONE, 1, List.of(segment)))));
  }

  private static SourceSpec source(String archive) throws Exception {
    String json =
        "{'name':'orders','bootstrapServers':'h:9092','topic':'orders','archive':{'location':'%s'}}"
            .formatted(archive);
    return Json.mapper().readValue(json.replace('\'', '"'), SourceSpec.class);
  }
}
