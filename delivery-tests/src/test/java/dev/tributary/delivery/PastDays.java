package dev.tributary.delivery;

import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Archives what a topic holds as on another day: with the product's own writer and log, by a clock
 * that stands elsewhere. The day of an archive's records is that of their ingest.
 */
final class PastDays {
  private static final Author AUTHOR = new Author("past-days", "delivery-tests");

  private final Pipeline pipeline;
  private final Clock clock;

  PastDays(Pipeline pipeline, Clock clock) {
    this.pipeline = pipeline;
    this.clock = clock;
  }

  /** Archives all that the archive does not have yet, as one entry. */
  void archive() {
    try (AdminClient admin = pipeline.admin();
        KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      TopicDescription topic =
          admin.describeTopics(List.of(pipeline.name())).allTopicNames().get().get(pipeline.name());
      ManifestLog log = pipeline.log();
      if (log.head().isEmpty()) {
        log.createGenesis(
            genesis(topic, admin.describeCluster().clusterId().get()), AUTHOR, clock.millis());
      }
      commit(log, consumer, topic.partitions().size());
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Genesis genesis(TopicDescription topic, String clusterId) {
    List<PartitionStart> start =
        topic.partitions().stream().map(each -> new PartitionStart(each.partition(), 0)).toList();
    return new Genesis(
        pipeline.name(), clusterId, topic.topicId().toString(), Isolation.READ_COMMITTED, start);
  }

  private void commit(ManifestLog log, KafkaConsumer<byte[], byte[]> consumer, int partitions)
      throws IOException {
    ManifestEntry head = log.requireHead();
    String path =
        "date=%s/00000-%020d-%s%s"
            .formatted(
                LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC),
                head.watermark(0, 0),
                UUID.randomUUID().toString().replace("-", ""),
                Compression.ZSTD.suffix());
    List<OffsetRange> ranges = new ArrayList<>();
    ArchiveFile file;
    try (FileWriter writer =
        new FileWriter(
            log.store().create(new Path(log.folder(), path)), pipeline.name(), Compression.ZSTD)) {
      for (int partition = 0; partition < partitions; partition++) {
        ranges.add(copy(consumer, partition, head.watermark(0, partition), writer));
      }
      file = writer.finish(path);
    }
    log.commit(
        new CommitRequest(
            AUTHOR, head.sequence(), clock.millis(), ranges, List.of(), List.of(file)));
  }

  private OffsetRange copy(
      KafkaConsumer<byte[], byte[]> consumer, int partition, long start, FileWriter writer)
      throws IOException {
    TopicPartition from = new TopicPartition(pipeline.name(), partition);
    consumer.assign(List.of(from));
    consumer.seek(from, start);
    long end = consumer.endOffsets(List.of(from)).get(from);
    while (consumer.position(from) < end) {
      for (ConsumerRecord<byte[], byte[]> each :
          consumer.poll(Duration.ofSeconds(1)).records(from)) {
        LineEncoder line =
            writer.begin(0, partition, each.offset(), each.timestamp(), TimestampType.CREATE_TIME);
        if (each.key() != null) {
          line.key(each.key());
        }
        for (Header header : each.headers()) {
          byte[] name = header.key().getBytes(StandardCharsets.UTF_8);
          if (header.value() == null) {
            line.headerWithoutValue(name);
          } else {
            line.header(name, header.value());
          }
        }
        line.value(each.value());
        writer.end();
      }
    }
    return new OffsetRange(0, partition, start, end);
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", DeliveryStack.shared().kafka().bootstrapServers()),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
