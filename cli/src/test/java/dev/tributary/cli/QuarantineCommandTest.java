package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.RecordPlace;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quarantine list} and {@code show}, of a quarantine and an archive on local disk. */
final class QuarantineCommandTest {
  private static final Instant FIRST = OrdersFixture.FIRST;
  private static final Duration DAY = Duration.ofDays(1);
  private static final byte[] BINARY = {(byte) 0xff, 0, (byte) 0xfe, 7};
  private static final List<Optional<byte[]>> VALUES =
      List.of(
          value("{\"id\":\n \"three\"}"),
          value("not json \u001b[2J at all"),
          Optional.of(BINARY),
          Optional.empty(),
          value("ééééé"));

  @TempDir private Path folder;
  private OrdersFixture orders;

  @BeforeEach
  void anArchiveOfTwoDays() throws IOException {
    orders = new OrdersFixture(folder);
    orders.archive(0, FIRST, VALUES);
    orders.archive(1, FIRST.plus(DAY), VALUES);
  }

  @AfterEach
  void stop() {
    orders.close();
  }

  private static Optional<byte[]> value(String text) {
    return Optional.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Of a partition, which is archived whole by one entry and on one day. */
  private static Object[] bad(
      String dataset, int partition, long offset, String code, String step, String message) {
    long micros = FIRST.plus(DAY.multipliedBy(partition)).toEpochMilli() * 1_000;
    return new Object[] {
      "orders",
      0,
      partition,
      offset,
      micros,
      micros,
      1L + partition,
      "k" + offset,
      step,
      code,
      message,
      dataset,
      3L,
      7L,
      0
    };
  }

  private void quarantineOfAllRecords() throws IOException {
    KernelTable table = KernelTable.quarantine(orders.quarantine());
    // Not in the order of the archive, and not alone.
    for (int partition : new int[] {1, 0}) {
      List<Object[]> rows = new ArrayList<>();
      for (long offset : new long[] {4, 0, 2, 1, 3}) {
        rows.add(
            bad(
                "orders",
                partition,
                offset,
                offset == 0 ? "wrong-type" : "not-json",
                offset == 1 ? "flatten" : "decode",
                "about %d/%d".formatted(partition, offset)));
      }
      rows.add(bad("others", partition, 9, "not-json", "decode", "of another dataset"));
      table.append(Map.of(), rows);
    }
  }

  private String quarantine(int exitCode, String... arguments) {
    Clock clock = Clock.fixed(FIRST.plus(DAY).plusSeconds(60), ZoneOffset.UTC);
    return orders.run(new QuarantineCommand(clock), exitCode, arguments);
  }

  private List<JsonNode> shown(String... arguments) {
    List<String> all = new ArrayList<>(List.of("show", "orders", "--json"));
    all.addAll(List.of(arguments));
    return quarantine(0, all.toArray(String[]::new))
        .lines()
        .map(QuarantineCommandTest::json)
        .toList();
  }

  private static JsonNode json(String line) {
    return Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }

  private static String place(JsonNode record) {
    return record.path("partition") + ":" + record.path("offset");
  }

  @Test
  void theRecordsAreCountedByCodeAndStepWithTheFirstTheLastAndAnExample() throws IOException {
    quarantineOfAllRecords();

    assertThat(quarantine(0, "list", "orders"))
        .isEqualTo(
            """
            code        step     records  first       archived              last        last archived
            ──────────  ───────  ───────  ──────────  ────────────────────  ──────────  ────────────────────
            not-json    decode         6  orders/0:2  2025-11-21T12:00:00Z  orders/1:4  2025-11-22T12:00:00Z
            not-json    flatten        2  orders/0:1  2025-11-21T12:00:00Z  orders/1:1  2025-11-22T12:00:00Z
            wrong-type  decode         2  orders/0:0  2025-11-21T12:00:00Z  orders/1:0  2025-11-22T12:00:00Z

            not-json at decode: about 1/4
            not-json at flatten: about 1/1
            wrong-type at decode: about 1/0

            The records:  ./tributary quarantine show --dataset orders
            Once the cause is mended:  ./tributary quarantine replay --dataset orders
            """);
    assertThat(quarantine(0, "list", "orders", "--limit", "1")).contains("and 2 more codes");
    assertThat(quarantine(0, "list", "orders", "--since", "2h", "--code", "wrong-type", "--json"))
        .isEqualTo(
            """
            {"dataset":"orders","code":"wrong-type","step":"decode","records":1,\
            "first":{"topic":"orders","incarnation":0,"partition":1,"offset":0,"ingestTime":1763812800000},\
            "last":{"topic":"orders","incarnation":0,"partition":1,"offset":0,"ingestTime":1763812800000},\
            "example":"about 1/0"}
            """);
  }

  @Test
  void theNewestRecordsAreShownWithTheirOwnBytesInTheOrderOfTheArchive() throws IOException {
    quarantineOfAllRecords();

    List<JsonNode> all = shown("--value");

    assertThat(all)
        .extracting(QuarantineCommandTest::place)
        .containsExactly("0:0", "0:1", "0:2", "0:3", "0:4", "1:0", "1:1", "1:2", "1:3", "1:4");
    for (JsonNode record : all) {
      JsonNode value = record.path("value");
      Optional<byte[]> archived = VALUES.get(record.path("offset").asInt());
      Optional<byte[]> read =
          value.has("base64")
              ? Optional.of(Base64.getDecoder().decode(value.path("base64").asText()))
              : Optional.of(value.path("text"))
                  .filter(JsonNode::isTextual)
                  .map(text -> text.asText().getBytes(StandardCharsets.UTF_8));
      assertThat(read.isPresent()).as(record.toString()).isEqualTo(archived.isPresent());
      archived.ifPresent(bytes -> assertThat(read).hasValue(bytes));
      assertThat(value.path("bytes").asLong())
          .isEqualTo(archived.map(bytes -> (long) bytes.length).orElse(0L));
      assertThat(value.path("absent").asText()).isEqualTo(archived.isEmpty() ? "tombstone" : "");
    }
    assertThat(shown("--limit", "3", "--step", "decode"))
        .extracting(QuarantineCommandTest::place)
        .containsExactly("1:2", "1:3", "1:4");
    assertThat(shown("--limit", "1").get(0).toString())
        .isEqualTo(
            """
            {"topic":"orders","incarnation":0,"partition":1,"offset":4,"timestamp":1763812800000,\
            "ingestTime":1763812800000,"sequence":2,"key":"k4","step":"decode","code":"not-json",\
            "message":"about 1/4","dataset":"orders","datasetVersion":3,"plan":7}""");
  }

  @Test
  void forPeopleAValueIsCutBetweenCharactersAndSteersNoTerminal() throws IOException {
    quarantineOfAllRecords();

    String text = quarantine(0, "show", "orders", "--value", "--limit", "5", "--value-bytes", "15");

    assertThat(text)
        .contains("orders/1:0  wrong-type at decode\n    message    about 1/0\n    key        k0\n")
        .contains("    archived   2025-11-22T12:00:00Z, entry 2\n")
        .contains("    set aside  by plan 7, orders version 3\n")
        .contains("    value      {\"id\":\n                \"three\"… (cut; 16 bytes in all")
        .contains("    value      not json �[2J a… (cut; 20 bytes")
        .contains("    value      base64 " + Base64.getEncoder().encodeToString(BINARY) + "\n")
        .contains("    value      none: the record is a tombstone\n")
        .contains("    value      ééééé\n")
        .endsWith("The newest 5 of 10; --limit shows more\n");
    assertThat(quarantine(0, "show", "orders", "--value", "--limit", "1", "--value-bytes", "5"))
        .contains("    value      éé… (cut; 10 bytes in all");
  }

  @Test
  void ofARecordThatExpiredOrWasErasedTheReasonIsShown() throws IOException {
    quarantineOfAllRecords();
    long now = FIRST.plus(DAY).toEpochMilli();
    new ArchiveErasure(orders.log())
        .erase(List.of(new RecordPlace(0, 1, 1)), OrdersFixture.AUTHOR, now);
    new ArchiveRetention(orders.log()).expire(now, OrdersFixture.AUTHOR, now).orElseThrow();

    assertThat(shown("--value"))
        .extracting(record -> place(record) + " " + record.path("value").path("absent").asText())
        .containsExactly(
            "0:0 expired",
            "0:1 expired",
            "0:2 expired",
            "0:3 expired",
            "0:4 expired",
            "1:0 ",
            "1:1 erased",
            "1:2 ",
            "1:3 tombstone",
            "1:4 ");
  }

  @Test
  void ofARecordThatExpiredTheQuarantineHasTheValue() throws IOException {
    KernelTable table = KernelTable.quarantineOfValues(orders.quarantine());
    List<Object[]> rows = new ArrayList<>();
    for (int partition : new int[] {1, 0}) {
      for (int offset = 0; offset < 5; offset++) {
        rows.add(valued(bad("orders", partition, offset, "not-json", "decode", "bad")));
      }
    }
    rows.add(bad("orders", 0, 1, "not-json", "decode", "by a release from before"));
    rows.replaceAll(row -> Arrays.copyOf(row, 17));
    rows.add(valued(bad("others", 0, 0, "not-json", "decode", "of another dataset")));
    rows.get(rows.size() - 1)[15] = "another dataset's";
    table.append(Map.of(), rows);
    List<JsonNode> archived = shown("--value", "--value-bytes", "15");
    long now = FIRST.plus(DAY).toEpochMilli();
    new ArchiveErasure(orders.log())
        .erase(List.of(new RecordPlace(0, 1, 1)), OrdersFixture.AUTHOR, now);
    new ArchiveRetention(orders.log()).expire(now, OrdersFixture.AUTHOR, now).orElseThrow();

    List<JsonNode> kept = shown("--value", "--value-bytes", "15");

    for (int i = 0; i < archived.size(); i++) {
      String place = place(archived.get(i));
      JsonNode value = kept.get(i).path("value");
      String absent = value.path("absent").asText();
      switch (place) {
        case "1:1" -> assertThat(absent).as("an erasure is on its way").isEqualTo("erased");
        case "0:3" -> assertThat(absent).as("a tombstone").isEqualTo("expired");
        default -> assertThat(value).as(place).isEqualTo(archived.get(i).path("value"));
      }
    }
  }

  @Test
  void ofARecordWhoseFileIsGoneTheQuarantineHasTheValue() throws IOException {
    List<Object[]> rows = new ArrayList<>();
    for (int partition : new int[] {1, 0}) {
      rows.add(valued(bad("orders", partition, 0, "not-json", "decode", "bad")));
    }
    KernelTable.quarantineOfValues(orders.quarantine()).append(Map.of(), rows);
    List<JsonNode> archived = shown("--value");
    try (Stream<Path> files = Files.walk(Path.of(orders.log().folder().toUri().getPath()))) {
      for (Path file : files.filter(each -> each.toString().contains(".jsonl")).toList()) {
        Files.delete(file);
      }
    }

    List<String> shown = quarantine(0, "show", "orders", "--json", "--value").lines().toList();
    assertThat(shown.subList(0, 2).stream().map(QuarantineCommandTest::json))
        .containsExactlyElementsOf(archived);
    assertThat(shown.get(2)).contains("is gone", "What is shown of it is the quarantine's.");
  }

  /** The value of the archive's record at this offset, as phase 2 writes it. */
  private static Object[] valued(Object[] bad) {
    Object[] row = Arrays.copyOf(bad, bad.length + 2);
    VALUES
        .get(((Long) bad[3]).intValue())
        .ifPresent(
            value -> {
              boolean binary = Arrays.equals(value, BINARY);
              row[bad.length] = binary ? null : new String(value, StandardCharsets.UTF_8);
              row[bad.length + 1] = binary ? Base64.getEncoder().encodeToString(value) : null;
            });
    return row;
  }

  @Test
  void whatAReplayHasResolvedIsShownWhereItIsAskedFor() throws IOException {
    KernelTable table = KernelTable.replayedQuarantine(orders.quarantine());
    table.append(
        Map.of(),
        List.of(
            resolvedBy(11, bad("orders", 0, 0, "wrong-type", "decode", "mended")),
            resolvedBy(-1, bad("orders", 0, 1, "not-json", "decode", "as it was"))));

    assertThat(shown()).extracting(QuarantineCommandTest::place).containsExactly("0:1");
    assertThat(shown("--state", "all"))
        .extracting(QuarantineCommandTest::place)
        .containsExactly("0:0", "0:1");
    JsonNode resolved = shown("--state", "resolved").get(0);
    assertThat(resolved.path("resolved").path("plan").asLong()).isEqualTo(11);
    assertThat(resolved.path("resolved").path("at").asLong()).isEqualTo(FIRST.toEpochMilli());
    assertThat(quarantine(0, "list", "orders"))
        .contains("not-json  decode")
        .doesNotContain("wrong-type")
        .contains("1 more records are resolved; --state resolved shows them");
    assertThat(quarantine(0, "show", "orders", "--state", "resolved"))
        .contains("    resolved   by plan 11, 2025-11-21T12:00:00Z\n");
    assertThat(quarantine(0, "show", "orders", "--code", "wrong-type"))
        .startsWith("Of the 1 records of dataset 'orders' in quarantine none is one of code");
  }

  private static Object[] resolvedBy(long plan, Object[] bad) {
    Object[] row = Arrays.copyOf(bad, bad.length + 2);
    if (plan >= 0) {
      row[bad.length] = FIRST.toEpochMilli() * 1_000;
      row[bad.length + 1] = plan;
    }
    return row;
  }

  @Test
  void whereThereIsNothingToShowTheReasonIsSaid() throws IOException {
    assertThat(quarantine(0, "list", "orders"))
        .startsWith("Nothing of dataset 'orders' was ever set aside: its quarantine ")
        .contains("does not exist.");
    KernelTable table = KernelTable.quarantine(orders.quarantine());
    table.append(Map.of(), List.<Object[]>of(bad("others", 0, 0, "not-json", "decode", "other")));
    assertThat(quarantine(0, "show", "orders"))
        .startsWith("Nothing of dataset 'orders' is in its quarantine ");
    assertThat(shown()).isEmpty();
    table.append(Map.of(), List.<Object[]>of(bad("orders", 0, 0, "not-json", "decode", "own")));
    assertThat(quarantine(0, "list", "orders", "--code", "not-jsn"))
        .isEqualTo(
            "Of the 1 records of dataset 'orders' in quarantine none is one of code 'not-jsn'."
                + " Did you mean not-json?\n");
    assertThat(quarantine(0, "list", "orders", "--since", "5m"))
        .contains("none is one archived since 2025-11-22T11:56:00Z.");
    assertThat(quarantine(2, "list", "ordrs"))
        .contains("not-found: There is no dataset 'ordrs'. Did you mean orders? Name one of");
    assertThat(quarantine(2, "show", "orders", "--since", "noon"))
        .contains("since", "noon", "Use an age such as 2h");
  }
}
