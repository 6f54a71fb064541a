package dev.tributary.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MessageFactoryTest {
  @Test
  void theSameMessagesComeEveryTimeHoweverTheyAreAskedFor() {
    EarthquakeMessages atOnce = new EarthquakeMessages("earthquakes", RealRecords.earthquakes());
    EarthquakeMessages inParts = new EarthquakeMessages("earthquakes", RealRecords.earthquakes());

    List<String> whole = texts(atOnce.next(6000));
    List<String> parts = texts(inParts.next(1));
    parts.addAll(texts(inParts.next(999)));
    parts.addAll(texts(inParts.next(5000)));

    assertThat(parts).isEqualTo(whole);
    assertThat(inParts.expected()).isEqualTo(atOnce.expected());
  }

  @Test
  void earthquakesRepeatKeysComeOutOfOrderAndAreDeleted() throws IOException {
    EarthquakeMessages factory = new EarthquakeMessages("earthquakes", RealRecords.earthquakes());
    Map<String, Long> newest = new HashMap<>();
    int late = 0;
    int tombstones = 0;
    for (DemoMessage message : factory.next(5000)) {
      if (message.value().isEmpty()) {
        tombstones++;
        continue;
      }
      JsonNode value = Json.mapper().readTree(message.value().get());
      long updated = value.at("/properties/updated").longValue();
      Long before = newest.merge(message.key().orElseThrow(), updated, Math::max);
      late += before > updated ? 1 : 0;
    }

    assertThat(newest.size()).isLessThan(2500);
    assertThat(late).isGreaterThan(300);
    assertThat(tombstones).isGreaterThan(50);
    assertThat(factory.expected().rows()).isLessThan(newest.size()).isGreaterThan(1000);
  }

  @Test
  void whatTheTableMustHoldIsKnownWithoutEveryIdInMemory() throws IOException {
    EarthquakeMessages factory = new EarthquakeMessages("earthquakes", RealRecords.earthquakes());
    Map<String, Long> newest = new HashMap<>();
    Set<String> live = new HashSet<>();
    for (int asked = 0; asked < 40; asked++) {
      for (DemoMessage message : factory.next(501)) {
        String id = message.key().orElseThrow();
        if (message.value().isEmpty()) {
          live.remove(id);
          continue;
        }
        JsonNode value = Json.mapper().readTree(message.value().get());
        long updated = value.at("/properties/updated").longValue();
        if (newest.merge(id, updated, Math::max) == updated) {
          live.add(id);
        }
      }
      assertThat(factory.expected().rows()).isEqualTo(live.size());
      assertThat(factory.remembered()).isLessThanOrEqualTo(40);
    }
    assertThat(newest.size()).as("the real ones were used up").isGreaterThan(5_000);
  }

  @Test
  void oneDepartureInTwentyIsBrokenInEachOfFourWays() {
    DepartureMessages factory = new DepartureMessages("departures", RealRecords.flights());
    Set<String> ways = new HashSet<>();
    long broken = 0;
    for (DemoMessage message : factory.next(800)) {
      String way = brokenHow(message.value().orElseThrow());
      broken += way.isEmpty() ? 0 : 1;
      ways.add(way);
    }

    assertThat(ways).containsExactlyInAnyOrder("", "json", "delay", "origin", "departed");
    assertThat(factory.expected()).isEqualTo(new MessageFactory.Expected(800, 760, 40));
    assertThat(broken).isEqualTo(40);
  }

  @Test
  void flightsBeyondTheRealOnesAreOfLaterYears() {
    FlightMessages factory = new FlightMessages("flights", RealRecords.flights());
    List<String> years =
        texts(factory.next(20_001)).stream()
            .map(text -> text.substring(text.indexOf("date\":\"") + 7).substring(0, 4))
            .toList();

    assertThat(years.get(0)).isEqualTo("2001");
    assertThat(years.get(10_000)).isEqualTo("2002");
    assertThat(years.get(20_000)).isEqualTo("2003");
  }

  private static String brokenHow(byte[] bytes) {
    try {
      JsonNode value = Json.mapper().readTree(bytes);
      if (!value.path("delay").isInt()) {
        return "delay";
      }
      if (!value.has("origin")) {
        return "origin";
      }
      return value.get("departed").textValue().endsWith("Z") ? "" : "departed";
    } catch (JsonProcessingException e) {
      return "json";
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> texts(List<DemoMessage> messages) {
    return messages.stream()
        .map(message -> message.key() + " " + message.value().map(String::new))
        .collect(Collectors.toList());
  }
}
