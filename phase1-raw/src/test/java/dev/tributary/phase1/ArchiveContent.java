package dev.tributary.phase1;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The oracle: every record by coordinates, with all its bytes, in the archive and in Kafka. */
final class ArchiveContent {
  private ArchiveContent() {}

  /** A list, so that a record that is there twice is seen. */
  static List<String> ofArchive(SparkSession spark, String archive, String topic) {
    List<String> records = new ArrayList<>();
    for (Row row :
        spark
            .read()
            .format("raw-archive")
            .option("path", archive)
            .option("topic", topic)
            .load()
            .select(
                "_incarnation", "_partition", "_offset", "_timestamp", "key", "value", "headers")
            .collectAsList()) {
      StringBuilder headers = new StringBuilder();
      List<Row> list = row.isNullAt(6) ? List.of() : row.getList(6);
      list.forEach(
          header -> headers.append(header.getString(0)).append('=').append(text(header.getAs(1))));
      records.add(
          "%d/%d/%d t=%d k=%s v=%s h=%s"
              .formatted(
                  row.getInt(0),
                  row.getInt(1),
                  row.getLong(2),
                  row.getTimestamp(3).getTime(),
                  text(row.getAs(4)),
                  text(row.getAs(5)),
                  headers));
    }
    return records;
  }

  /** What a committed reader of Kafka gets. */
  static List<String> ofKafka(String bootstrapServers, String topic, int incarnation) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("isolation.level", "read_committed");
    List<String> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          StringBuilder headers = new StringBuilder();
          record
              .headers()
              .forEach(
                  header -> headers.append(header.key()).append('=').append(text(header.value())));
          records.add(
              "%d/%d/%d t=%d k=%s v=%s h=%s"
                  .formatted(
                      incarnation,
                      record.partition(),
                      record.offset(),
                      record.timestamp(),
                      text(record.key()),
                      text(record.value()),
                      headers));
        }
      }
    }
    return records;
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "null" : Base64.getEncoder().encodeToString(bytes);
  }
}
