package dev.tributary.phase2;

import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/** A small raw archive of one topic on local disk. */
public final class TestArchive {
  private final Path folder;
  private final String topic;
  private final ManifestLog log;
  private final TreeMap<Integer, Long> next = new TreeMap<>();
  private long time = 1_763_712_000_000L;

  /** A record; empty key or value: null. */
  public record Message(
      int partition,
      Optional<byte[]> keyBytes,
      Optional<byte[]> value,
      Map<String, Optional<byte[]>> headers) {
    /** One whose key is text, without headers. */
    public Message(int partition, Optional<String> key, Optional<byte[]> value) {
      this(partition, key.map(text -> text.getBytes(StandardCharsets.UTF_8)), value, Map.of());
    }
  }

  /**
   * An archive that holds nothing but its genesis, or goes on where the one that is there ended.
   */
  public TestArchive(Path folder, String topic) {
    this.folder = folder;
    this.topic = topic;
    this.log = ManifestLog.open(location(), topic, new Configuration());
    log.createGenesis(
        new Genesis(topic, "cluster", "topic-id", Isolation.READ_COMMITTED, List.of()),
        author(),
        time);
    ManifestEntry head = log.requireHead();
    time = head.ingestTime();
    long held = head.watermark(0, 0);
    if (held > 0) {
      next.put(0, held);
    }
  }

  /** Its URI. */
  public String location() {
    return folder.toUri().toString().replaceAll("/$", "");
  }

  /** The topic. */
  public String topic() {
    return topic;
  }

  /** A record of partition 0 with a text value. */
  public static Message message(String key, String value) {
    return new Message(0, Optional.of(key), Optional.of(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** A record of partition 0 without a value. */
  public static Message tombstone(String key) {
    return new Message(0, Optional.of(key), Optional.empty());
  }

  /** Puts one manifest entry that holds the records, a second after the one before. */
  public void put(List<Message> messages) throws IOException {
    put(time + 1_000, messages);
  }

  /** Puts one manifest entry that was ingested at a time, which does not go back. */
  public void put(long ingestTime, List<Message> messages) throws IOException {
    time = ingestTime;
    putAt(time, messages);
  }

  /** Puts one manifest entry, of records with this timestamp. */
  public void putAt(long timestamp, List<Message> messages) throws IOException {
    TreeMap<Integer, Long> from = new TreeMap<>(next);
    String name = "date=2025-11-21/%s.jsonl.zst".formatted(UUID.randomUUID());
    Path file = folder.resolve(topic).resolve(name);
    Files.createDirectories(file.getParent());
    FileWriter writer = new FileWriter(Files.newOutputStream(file), topic, Compression.ZSTD);
    for (Message message :
        messages.stream().sorted((a, b) -> a.partition() - b.partition()).toList()) {
      long offset = next.getOrDefault(message.partition(), 0L);
      next.put(message.partition(), offset + 1);
      LineEncoder encoder =
          writer.begin(0, message.partition(), offset, timestamp, TimestampType.CREATE_TIME);
      message.keyBytes().ifPresent(encoder::key);
      message
          .headers()
          .forEach(
              (header, bytes) -> {
                byte[] label = header.getBytes(StandardCharsets.UTF_8);
                bytes.ifPresentOrElse(
                    held -> encoder.header(label, held), () -> encoder.headerWithoutValue(label));
              });
      message.value().ifPresent(encoder::value);
      writer.end();
    }
    ArchiveFile written = writer.finish(name);
    List<OffsetRange> ranges =
        next.entrySet().stream()
            .map(
                entry ->
                    new OffsetRange(
                        0, entry.getKey(), from.getOrDefault(entry.getKey(), 0L), entry.getValue()))
            .toList();
    log.commit(
        new CommitRequest(
            author(),
            log.requireHead().sequence(),
            time,
            ranges,
            List.of(),
            messages.isEmpty() ? List.of() : List.of(written)));
  }

  private static Author author() {
    return new Author("test", "test");
  }
}
