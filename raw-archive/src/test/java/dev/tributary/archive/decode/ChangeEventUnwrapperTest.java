package dev.tributary.archive.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.decode.UnwrappedEvent.Changed;
import dev.tributary.archive.decode.UnwrappedEvent.Refused;
import dev.tributary.archive.json.JsonValidator;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChangeEventUnwrapperTest {
  private final ChangeEventUnwrapper unwrapper =
      new ChangeEventUnwrapper(
          List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("bio", "string")),
          UnknownFields.IGNORE);

  /** A block of a file in {@code debezium/}. */
  private record Case(String file, String name, String key, String event, String outcome) {
    @Override
    public String toString() {
      return file + ": " + name;
    }

    UnwrappedEvent unwrapped(ChangeEventUnwrapper unwrapper) {
      return unwrapper.unwrap(bytes(event), bytes(key));
    }
  }

  static Stream<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String file : List.of("postgresql", "mysql", "mongodb", "flattened", "others")) {
      for (String block : text(file).split("(?m)^--- ")) {
        if (block.isBlank()) {
          continue;
        }
        String[] lines = block.split("\n");
        boolean keyed = lines[1].startsWith("key ");
        assertThat(lines).as(lines[0]).hasSize(keyed ? 4 : 3);
        cases.add(
            new Case(
                file,
                lines[0],
                keyed ? lines[1].substring("key ".length()) : "",
                lines[keyed ? 2 : 1].substring("event ".length()),
                lines[keyed ? 3 : 2]));
      }
    }
    return cases.stream();
  }

  private static String text(String file) throws IOException {
    try (InputStream in =
        ChangeEventUnwrapperTest.class.getResourceAsStream("/debezium/" + file + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void whatAFlattenedEventHoldsBesidesItsRowIsNoUnknownFieldOfIt() {
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "int"), ColumnSpec.of("__lsn", "int"));
    String event =
        "{\"__op\":\"u\", \"id\" : 1,\"more\":[ 1.50 ],\"__source_ts_ms\":7,\"__lsn\":8,\"gone\":null}";
    String row = "{\"id\" : 1,\"more\":[ 1.50 ],\"__lsn\":8,\"gone\":null";

    assertThat(unwrapped(columns, UnknownFields.RESCUE, event)).startsWith(row + ",\"_cdc_op\":");
    assertThat(unwrapped(columns, UnknownFields.QUARANTINE, "{\"__op\":\"u\"}"))
        .startsWith("{\"_cdc_op\":\"u\"");
    assertThat(unwrapped(columns, UnknownFields.RESCUE, "{\"__op\":\"t\"}"))
        .isEqualTo("truncate-event");
  }

  @Test
  void aLargeValueThatIsNotThereIsMissedAmongRescuedFieldsToo() {
    String event = "{\"op\":\"u\",\"after\":{\"id\":1,\"x\":\"__debezium_unavailable_value\"}}";
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "int"));

    assertThat(unwrapped(columns, UnknownFields.RESCUE, event)).isEqualTo("incomplete-event");
    assertThat(unwrapped(columns, UnknownFields.IGNORE, event)).startsWith("{\"id\":1");
  }

  private static String unwrapped(
      List<ColumnSpec> columns, UnknownFields unknownFields, String event) {
    UnwrappedEvent unwrapped =
        new ChangeEventUnwrapper(columns, unknownFields).unwrap(bytes(event), new byte[0]);
    return unwrapped instanceof Changed changed
        ? new String(changed.json(), StandardCharsets.UTF_8)
        : ((Refused) unwrapped).code();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anEventBecomesTheRowByteForByteOrIsRefusedWithTheReason(Case event) {
    UnwrappedEvent unwrapped = event.unwrapped(unwrapper);
    if (event.outcome().startsWith("row ")) {
      assertThat(unwrapped).isInstanceOf(Changed.class);
      Changed changed = (Changed) unwrapped;
      assertThat("row " + new String(changed.json(), StandardCharsets.UTF_8))
          .isEqualTo(event.outcome());
      assertThat(changed.deletes()).isEqualTo(event.outcome().contains("\"_cdc_op\":\"d\""));
      return;
    }
    String[] refusal = event.outcome().split(" ", 3);
    assertThat(unwrapped).isInstanceOf(Refused.class);
    assertThat(((Refused) unwrapped).code()).isEqualTo(refusal[1]);
    assertThat(((Refused) unwrapped).message()).contains(refusal[2]);
  }

  @Test
  void positionsSortAsTheirLogsDo() {
    List<String> sources =
        List.of(
            "{\"lsn\":9}",
            "{\"lsn\":10}",
            "{\"lsn\":\"24023128\"}",
            "{\"file\":\"b.000002\",\"pos\":1000000,\"row\":3}",
            "{\"file\":\"b.000010\",\"pos\":9,\"row\":9}",
            "{\"file\":\"b.000010\",\"pos\":9,\"row\":10}",
            "{\"file\":\"b.000010\",\"pos\":10}",
            "{\"ts_ms\":1768372677999,\"ord\":9}",
            "{\"ts_ms\":1768372677000,\"ord\":10}",
            "{\"ts_ms\":1768372678000,\"ord\":1}");
    List<String> positions =
        sources.stream()
            .map(source -> SourcePosition.of(JsonSlice.of(bytes(source)).fields()))
            .toList();
    for (List<String> connector :
        List.of(positions.subList(0, 3), positions.subList(3, 7), positions.subList(7, 10))) {
      assertThat(connector).doesNotContain("").doesNotHaveDuplicates().isSorted();
    }
  }

  /** Each is where the stream has it, and as an earlier release had it where its LSN says so. */
  @Test
  void positionsOfPostgresqlSortAsItsStreamDoes() {
    assertThat(
            Stream.of(
                    // A read, and the first transaction after it.
                    "{\"lsn\":100,\"sequence\":\"[null,\\\"100\\\"]\"}",
                    "{\"lsn\":120,\"sequence\":\"[null,\\\"120\\\"]\"}",
                    // One that had written before the read.
                    "{\"lsn\":90,\"sequence\":\"[\\\"140\\\",\\\"90\\\"]\"}",
                    "{\"lsn\":95,\"sequence\":\"[\\\"140\\\",\\\"95\\\"]\"}",
                    "{\"lsn\":140,\"sequence\":\"[\\\"140\\\",\\\"140\\\"]\"}",
                    "{\"lsn\":150,\"sequence\":\"[\\\"140\\\",\\\"150\\\"]\"}",
                    // One that began before that, and a read of a later snapshot.
                    "{\"lsn\":\"93\",\"sequence\":\"[\\\"160\\\",\\\"93\\\"]\"}",
                    "{\"lsn\":170,\"sequence\":\"[\\\"160\\\",\\\"170\\\"]\",\"snapshot\":\"incremental\"}",
                    // What is no sequence says nothing.
                    "{\"lsn\":180,\"sequence\":\"?\"}",
                    "{\"lsn\":190,\"sequence\":[\"200\",\"190\"]}",
                    "{\"lsn\":210}")
                .map(source -> SourcePosition.of(JsonSlice.of(bytes(source)).fields())))
        .isSorted()
        .doesNotHaveDuplicates()
        .startsWith("00000000000000000100", "00000000000000000120")
        .contains("00000000000000000140-00000000000000000090", "00000000000000000150")
        .endsWith("00000000000000000180", "00000000000000000190", "00000000000000000210");
  }

  @Test
  void aRefusalWithoutTheValueHoldsNothingOfTheRecord() {
    for (String event :
        List.of("{\"op\":\"secret\"}", "secret", "{\"op\":\"c\",\"after\":\"secret\"}")) {
      Refused refused = (Refused) unwrapper.unwrap(bytes(event), new byte[0]);
      assertThat(refused.withoutValue()).isNotBlank().doesNotContain("secret");
    }
  }

  /**
   * Whatever came over the wire, the record is a row or goes to quarantine, and the run goes on.
   */
  @Property(tries = 100)
  void whateverAnEventBecameOnItsWayItIsARowInJsonOrRefused(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<Case> cases = cases().toList();
    for (Case event : cases) {
      byte[] value = mutated(bytes(event.event()), random);
      byte[] key = mutated(bytes(event.key()), random);
      UnwrappedEvent unwrapped = unwrapper.unwrap(value, key);
      if (unwrapped instanceof Changed changed) {
        byte[] row = changed.json();
        assertThat(new JsonValidator().isValid(row, 0, row.length))
            .as(new String(value, StandardCharsets.UTF_8))
            .isTrue();
      } else {
        assertThat(((Refused) unwrapped).code())
            .isIn("not-json", "change-event", "incomplete-event", "truncate-event");
      }
    }
  }

  /** Bytes changed, copied over others, or a whole value in another one's place. */
  private static byte[] mutated(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return bytes;
    }
    byte[] copy = Arrays.copyOf(bytes, bytes.length);
    String letters = "{}[]\":,\\$n0 \ud83d";
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(copy.length);
      switch (random.nextInt(3)) {
        case 0 -> copy[at] = (byte) letters.charAt(random.nextInt(letters.length()));
        case 1 -> {
          int from = random.nextInt(copy.length);
          int length = random.nextInt(1 + Math.min(copy.length - at, copy.length - from));
          System.arraycopy(copy, from, copy, at, length);
        }
        default -> copy = exchanged(copy, random);
      }
    }
    return copy;
  }

  /** Puts a value of the event in the place of another one, at any depth. */
  private static byte[] exchanged(byte[] json, Random random) {
    if (!new JsonValidator().isValid(json, 0, json.length)) {
      return json;
    }
    JsonSlice place = descendant(JsonSlice.of(json), random);
    JsonSlice value = descendant(JsonSlice.of(json), random);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new JsonSlice(json, 0, place.start()).writeTo(out);
    value.writeTo(out);
    new JsonSlice(json, place.end(), json.length).writeTo(out);
    return out.toByteArray();
  }

  private static JsonSlice descendant(JsonSlice value, Random random) {
    JsonSlice found = value;
    do {
      found = child(found, random);
    } while (random.nextBoolean());
    return found;
  }

  private static JsonSlice child(JsonSlice value, Random random) {
    List<JsonSlice> children = value.isObject() ? List.copyOf(value.fields().values()) : List.of();
    return children.isEmpty() ? value : children.get(random.nextInt(children.size()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
