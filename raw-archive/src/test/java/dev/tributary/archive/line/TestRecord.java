package dev.tributary.archive.line;

import dev.tributary.archive.RandomJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** A record that can be compared by its bytes. */
public record TestRecord(
    int partition,
    long offset,
    long timestamp,
    TimestampType type,
    Optional<byte[]> key,
    List<Header> headers,
    Optional<byte[]> value) {

  /** A header that can be compared by its bytes. */
  public record Header(String name, Optional<byte[]> value) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Header header
          && name.equals(header.name)
          && same(value, header.value);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  /** A record of that value alone. */
  public static TestRecord of(byte[] value) {
    return new TestRecord(
        0, 1, -1, TimestampType.NONE, Optional.empty(), List.of(), Optional.of(value));
  }

  /** Any record of that offset. */
  public static TestRecord random(Random random, long offset) {
    TimestampType type = TimestampType.values()[random.nextInt(3)];
    long timestamp = type == TimestampType.NONE ? -1 : random.nextLong() >>> random.nextInt(1, 64);
    List<Header> headers = new ArrayList<>();
    for (int count = random.nextInt(6) - 3; count > 0; count--) {
      headers.add(
          new Header(random.nextBoolean() ? "name" : RandomJson.document(random), some(random)));
    }
    return new TestRecord(
        random.nextInt(3), offset, timestamp, type, some(random), headers, some(random));
  }

  private static Optional<byte[]> some(Random random) {
    return random.nextInt(8) == 0 ? Optional.empty() : Optional.of(RandomJson.bytes(random));
  }

  /** The record that a line holds. */
  public static TestRecord of(LineView line) {
    return new TestRecord(
        line.partition(),
        line.offset(),
        line.timestamp(),
        line.timestampType(),
        line.hasKey() ? Optional.of(line.key()) : Optional.empty(),
        IntStream.range(0, line.headerCount())
            .mapToObj(
                index ->
                    new Header(
                        new String(line.headerName(index), StandardCharsets.UTF_8),
                        line.headerHasValue(index)
                            ? Optional.of(line.headerValue(index))
                            : Optional.empty()))
            .toList(),
        line.isTombstone() ? Optional.empty() : Optional.of(line.value()));
  }

  /** A whole line. */
  public void appendTo(LineEncoder encoder) {
    encoder.begin(partition, offset, timestamp, type);
    appendBodyTo(encoder);
    encoder.end();
  }

  /** What follows the coordinates. */
  public void appendBodyTo(LineEncoder encoder) {
    key.ifPresent(encoder::key);
    for (Header header : headers) {
      byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
      header
          .value()
          .ifPresentOrElse(
              bytes -> encoder.header(name, bytes), () -> encoder.headerWithoutValue(name));
    }
    value.ifPresent(encoder::value);
  }

  private static boolean same(Optional<byte[]> one, Optional<byte[]> other) {
    return one.isPresent() == other.isPresent()
        && (one.isEmpty() || Arrays.equals(one.get(), other.get()));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TestRecord record
        && partition == record.partition
        && offset == record.offset
        && timestamp == record.timestamp
        && type == record.type
        && same(key, record.key)
        && headers.equals(record.headers)
        && same(value, record.value);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(offset);
  }
}
