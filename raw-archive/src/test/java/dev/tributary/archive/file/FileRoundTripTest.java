package dev.tributary.archive.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TestRecord;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileRoundTripTest {
  private static final String TOPIC = "orders";

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aFileOfSeveralPartitionsComesBackSegmentBySegment(Compression compression)
      throws IOException {
    List<TestRecord> records = records(2_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    ArchiveFile file = write(records, compression, out);

    byte[] stored = out.toByteArray();
    assertThat(file.bytes()).isEqualTo(stored.length);
    assertThat(file.segments()).extracting(Segment::partition).containsExactly(0, 1, 2);
    assertThat(file.segments().get(0).start()).isZero();
    assertThat(file.segments().get(1).start()).isEqualTo(file.segments().get(0).length());
    assertThat(file.segments())
        .allSatisfy(
            segment -> {
              List<TestRecord> held =
                  records.stream()
                      .filter(record -> record.partition() == segment.partition())
                      .toList();
              assertThat(segment.records()).isEqualTo(held.size());
              assertThat(segment.first()).isEqualTo(held.get(0).offset());
              assertThat(segment.last()).isEqualTo(held.get(held.size() - 1).offset());
              assertThat(segment.minTimestamp())
                  .isEqualTo(held.stream().mapToLong(TestRecord::timestamp).min().orElseThrow());
              assertThat(segment.maxTimestamp())
                  .isEqualTo(held.stream().mapToLong(TestRecord::timestamp).max().orElseThrow());
            });
    assertThat(read(file, stored)).isEqualTo(records);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aLongRunOfOnePartitionIsCutIntoSegmentsThatAReaderCanHold(Compression compression)
      throws IOException {
    byte[] value = ("{\"text\":\"" + "x".repeat(99_000) + "\"}").getBytes();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveFile file;
    try (FileWriter writer = new FileWriter(out, TOPIC, compression)) {
      for (int offset = 0; offset < 250; offset++) {
        writer.begin(0, 0, offset, -1, TimestampType.NONE).value(value);
        writer.end();
      }
      file = writer.finish("f");
    }

    assertThat(file.segments()).hasSize(3);
    assertThat(file.segments())
        .allSatisfy(
            segment ->
                assertThat(segment.decodedLength()).isLessThan(FileWriter.SEGMENT_BYTES + 300_000));
    assertThat(read(file, out.toByteArray()))
        .extracting(TestRecord::offset)
        .containsExactlyElementsOf(IntStream.range(0, 250).mapToObj(Long::valueOf).toList());
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aDamagedByteAnywhereIsFoundOut(Compression compression) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveFile file = write(records(20), compression, out);
    Segment segment = file.segments().get(0);
    byte[] stored = stored(segment, out.toByteArray());
    for (int at = 0; at < stored.length; at++) {
      byte[] damaged = stored.clone();
      damaged[at] ^= 1;
      assertThatThrownBy(() -> SegmentReader.open(TOPIC, file, segment, damaged))
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.ARCHIVE_CHECKSUM))
          .hasMessageContaining("is not what the manifest says")
          .hasMessageContaining(segment.crc32());
    }
    assertThatThrownBy(
            () ->
                SegmentReader.open(TOPIC, file, segment, Arrays.copyOf(stored, stored.length - 1)))
        .hasMessageContaining("it has %d bytes".formatted(stored.length - 1));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aManifestThatSaysSomethingElseIsFoundOut(Compression compression) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveFile file = write(records(50), compression, out);
    Segment right = file.segments().get(0);
    byte[] stored = stored(right, out.toByteArray());
    List<Segment> wrong =
        List.of(
            changed(right, 0, -1, 0, 0),
            changed(right, 0, 0, 1, 0),
            changed(right, 0, 0, 0, 1),
            changed(right, 0, 0, 0, -1),
            changed(right, 1, 0, 0, 0));
    assertThat(wrong)
        .allSatisfy(
            segment ->
                assertThatThrownBy(
                        () -> {
                          SegmentReader reader = SegmentReader.open(TOPIC, file, segment, stored);
                          while (reader.next()) {
                            reader.line();
                          }
                        })
                    .isInstanceOfSatisfying(
                        TributaryException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.ARCHIVE_CHECKSUM)));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aFileIsDescribedInTheManifestsOwnJson(Compression compression) throws IOException {
    ArchiveFile file = write(records(20), compression, new ByteArrayOutputStream());

    String json = Json.mapper().writeValueAsString(file);

    assertThat(Json.mapper().readValue(json, ArchiveFile.class)).isEqualTo(file);
    assertThat(json)
        .startsWith(
            "{\"path\":\"f\",\"compression\":\"%s\",\"bytes\":".formatted(name(compression)))
        .contains("\"segments\":[{\"incarnation\":2,\"partition\":0,\"first\":")
        .contains("\"decodedLength\":", "\"crc32\":\"", "\"minTimestamp\":");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aWriterThatIsDroppedLeavesTheStreamToItsCaller(Compression compression) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FileWriter writer = new FileWriter(out, TOPIC, compression);
    writer.begin(0, 0, 5, -1, TimestampType.NONE).value(new byte[1000]);
    writer.end();
    int before = out.size();

    writer.close();

    assertThat(out.size()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void anOffsetThatComesAgainIsRefused(Compression compression) throws IOException {
    try (FileWriter writer = new FileWriter(new ByteArrayOutputStream(), TOPIC, compression)) {
      writer.begin(0, 0, 5, -1, TimestampType.NONE);
      writer.end();

      assertThatThrownBy(() -> writer.begin(0, 0, 5, -1, TimestampType.NONE))
          .hasMessageContaining("Offset 5 of partition 0 came after offset 5");
    }
  }

  private static String name(Compression compression) {
    return switch (compression) {
      case ZSTD -> "zstd";
      case GZIP -> "gzip";
      case NONE -> "none";
    };
  }

  private static Segment changed(
      Segment of, int partition, long first, long last, long decodedLength) {
    return new Segment(
        of.incarnation(),
        of.partition() + partition,
        of.first() + first,
        of.last() + last,
        of.records(),
        of.start(),
        of.length(),
        of.decodedLength() + decodedLength,
        of.crc32(),
        of.minTimestamp(),
        of.maxTimestamp());
  }

  private static List<TestRecord> records(int count) {
    Random random = new Random(count);
    return IntStream.range(0, count)
        .mapToObj(offset -> TestRecord.random(random, 10 + 2L * offset))
        .sorted(Comparator.comparing(TestRecord::partition).thenComparing(TestRecord::offset))
        .toList();
  }

  private static ArchiveFile write(
      List<TestRecord> records, Compression compression, ByteArrayOutputStream out)
      throws IOException {
    try (FileWriter writer = new FileWriter(out, TOPIC, compression)) {
      for (TestRecord record : records) {
        LineEncoder line =
            writer.begin(2, record.partition(), record.offset(), record.timestamp(), record.type());
        record.appendBodyTo(line);
        writer.end();
      }
      return writer.finish("f");
    }
  }

  private static byte[] stored(Segment segment, byte[] file) {
    return Arrays.copyOfRange(
        file, (int) segment.start(), (int) (segment.start() + segment.length()));
  }

  private static List<TestRecord> read(ArchiveFile file, byte[] stored) {
    List<TestRecord> records = new ArrayList<>();
    for (Segment segment : file.segments()) {
      SegmentReader reader = SegmentReader.open(TOPIC, file, segment, stored(segment, stored));
      while (reader.next()) {
        records.add(TestRecord.of(reader.line()));
      }
    }
    return records;
  }
}
