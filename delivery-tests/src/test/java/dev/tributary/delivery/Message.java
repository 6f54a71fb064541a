package dev.tributary.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.line.LineView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Headers;

/**
 * All that a record is besides its coordinate; bytes in hex, so that two can be compared.
 *
 * @param timestamp epoch milliseconds
 * @param timestampType Kafka's name of what it means
 * @param key empty: none
 * @param headers in their order
 * @param value empty: a tombstone
 */
record Message(
    long timestamp,
    String timestampType,
    Optional<String> key,
    List<Header> headers,
    Optional<String> value) {
  /** A header; empty: it has no value. */
  record Header(String name, Optional<String> value) {}

  /** What the producer was told of a record that it sent. */
  static Message of(ProducerRecord<byte[], byte[]> sent, RecordMetadata landed) {
    return new Message(
        landed.timestamp(),
        "CreateTime",
        hex(sent.key()),
        headers(sent.headers()),
        hex(sent.value()));
  }

  /** What Kafka holds. */
  static Message of(ConsumerRecord<byte[], byte[]> read) {
    return new Message(
        read.timestamp(),
        read.timestampType().name,
        hex(read.key()),
        headers(read.headers()),
        hex(read.value()));
  }

  /** What a line of the archive says. */
  static Message of(LineView line) {
    List<Header> headers = new ArrayList<>();
    for (int i = 0; i < line.headerCount(); i++) {
      headers.add(
          new Header(
              new String(line.headerName(i), StandardCharsets.UTF_8),
              line.headerHasValue(i) ? hex(line.headerValue(i)) : Optional.empty()));
    }
    return new Message(
        line.timestamp(),
        line.timestampType().label(),
        line.hasKey() ? hex(line.key()) : Optional.empty(),
        headers,
        line.isTombstone() ? Optional.empty() : hex(line.value()));
  }

  /** What the reader in Python printed. */
  static Message of(JsonNode printed) {
    List<Header> headers = new ArrayList<>();
    printed
        .path("headers")
        .forEach(header -> headers.add(new Header(header.path(0).asText(), hex(header.path(1)))));
    return new Message(
        printed.path("timestamp").asLong(),
        printed.path("timestampType").asText(),
        hex(printed.path("key")),
        headers,
        hex(printed.path("value")));
  }

  /** The value's bytes; of a tombstone, none. */
  byte[] bytes() {
    return HexFormat.of().parseHex(value.orElse(""));
  }

  /** What a table makes of it; empty: it goes to quarantine. */
  Optional<Event> event() {
    return Event.of(bytes());
  }

  private static List<Header> headers(Headers of) {
    List<Header> headers = new ArrayList<>();
    of.forEach(header -> headers.add(new Header(header.key(), hex(header.value()))));
    return headers;
  }

  private static Optional<String> hex(JsonNode base64) {
    return base64.isNull() ? Optional.empty() : hex(Base64.getDecoder().decode(base64.asText()));
  }

  private static Optional<String> hex(byte[] bytes) {
    return Optional.ofNullable(bytes).map(HexFormat.of()::formatHex);
  }
}
