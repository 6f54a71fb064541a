package dev.tributary.local.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Earthquakes with their revisions: a first automatic report, the real one, sometimes the same once
 * more, some withdrawn by a tombstone and a few of these reported again; shuffled, so that older
 * revisions come after newer ones. What the table must hold is folded along.
 */
final class EarthquakeMessages implements MessageFactory {
  private static final int WINDOW = 40;
  private static final long SEED = 20180207;
  private static final long DAY_MILLIS = 86_400_000L;

  /** The newest revision of an id, and whether its row is there. */
  private record State(long updated, boolean live) {}

  private final String topic;
  private final List<ObjectNode> earthquakes;
  private final Random random = new Random(SEED);
  private final Deque<DemoMessage> ready = new ArrayDeque<>();

  /** Of the ids of one window alone: no other window has them, whatever the number of messages. */
  private final Map<String, State> states = new HashMap<>();

  private long rowsOfEarlierWindows;
  private long used;
  private long made;

  EarthquakeMessages(String topic, List<ObjectNode> earthquakes) {
    this.topic = topic;
    this.earthquakes = List.copyOf(earthquakes);
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public List<DemoMessage> next(int count) {
    List<DemoMessage> messages = new ArrayList<>(count);
    while (messages.size() < count) {
      if (ready.isEmpty()) {
        refill();
      }
      DemoMessage message = ready.pop();
      fold(message);
      messages.add(message);
      made++;
    }
    return messages;
  }

  private void refill() {
    rowsOfEarlierWindows += rowsOfThisWindow();
    states.clear();
    List<DemoMessage> window = new ArrayList<>();
    for (int i = 0; i < WINDOW; i++) {
      window.addAll(revisions(used++));
    }
    Collections.shuffle(window, random);
    ready.addAll(window);
  }

  private List<DemoMessage> revisions(long number) {
    ObjectNode real = ofRound(number);
    ObjectNode first = real.deepCopy();
    ObjectNode properties = properties(first);
    properties.put("status", "automatic");
    properties.put("updated", properties.get("time").longValue() + 60_000);
    List<DemoMessage> messages = new ArrayList<>(List.of(message(first), message(real)));
    if (random.nextInt(5) == 0) {
      messages.add(message(real));
    }
    if (random.nextInt(12) == 0) {
      messages.add(
          new DemoMessage(topic(), Optional.of(real.get("id").textValue()), Optional.empty()));
      if (random.nextInt(3) == 0) {
        ObjectNode again = real.deepCopy();
        properties(again).put("updated", properties(real).get("updated").longValue() + DAY_MILLIS);
        messages.add(message(again));
      }
    }
    return messages;
  }

  private ObjectNode ofRound(long number) {
    ObjectNode real = earthquakes.get((int) (number % earthquakes.size()));
    long round = number / earthquakes.size();
    if (round == 0) {
      return real;
    }
    return real.deepCopy().put("id", real.get("id").textValue() + "-" + round);
  }

  private static ObjectNode properties(ObjectNode earthquake) {
    return (ObjectNode) earthquake.get("properties");
  }

  private DemoMessage message(ObjectNode earthquake) {
    return new DemoMessage(
        topic(),
        Optional.of(earthquake.get("id").textValue()),
        Optional.of(earthquake.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private void fold(DemoMessage message) {
    String id = message.key().orElseThrow();
    State before = states.getOrDefault(id, new State(Long.MIN_VALUE, false));
    if (message.value().isEmpty()) {
      states.put(id, new State(before.updated(), false));
      return;
    }
    long updated = updatedOf(message.value().get());
    if (updated >= before.updated()) {
      states.put(id, new State(updated, true));
    }
  }

  private static long updatedOf(byte[] value) {
    String text = new String(value, StandardCharsets.UTF_8);
    String field = "\"updated\":";
    int start = text.indexOf(field) + field.length();
    return Long.parseLong(text.substring(start, text.indexOf(',', start)));
  }

  @Override
  public Expected expected() {
    return new Expected(made, rowsOfEarlierWindows + rowsOfThisWindow(), 0);
  }

  private long rowsOfThisWindow() {
    return states.values().stream().filter(State::live).count();
  }

  /** How many ids it keeps in memory. */
  int remembered() {
    return states.size();
  }
}
