package dev.tributary.local.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Departures made of flights, as a careless system would send them: one in twenty is broken. */
final class DepartureMessages implements MessageFactory {
  private static final int BROKEN_EVERY = 20;

  private final String topic;
  private final List<ObjectNode> flights;
  private long made;
  private long broken;

  DepartureMessages(String topic, List<ObjectNode> flights) {
    this.topic = topic;
    this.flights = List.copyOf(flights);
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public List<DemoMessage> next(int count) {
    List<DemoMessage> messages = new ArrayList<>(count);
    for (int i = 0; i < count; i++, made++) {
      ObjectNode flight = FlightMessages.ofYear(flights, made);
      ObjectNode departure = flight.deepCopy();
      departure.remove(List.of("date", "distance"));
      departure.put("departed", isoTime(flight.get("date").textValue()));
      String key = String.valueOf(made);
      messages.add(new DemoMessage(topic(), Optional.of(key), Optional.of(bytes(departure))));
    }
    return messages;
  }

  /** {@code 2001/01/01 00:47} as ISO 8601. */
  private static String isoTime(String date) {
    return date.replace('/', '-').replace(' ', 'T') + ":00Z";
  }

  private byte[] bytes(ObjectNode departure) {
    if (made % BROKEN_EVERY != BROKEN_EVERY - 1) {
      return departure.toString().getBytes(StandardCharsets.UTF_8);
    }
    int kind = (int) (broken++ % 4);
    if (kind == 0) {
      String text = departure.toString();
      return text.substring(0, text.length() / 2).getBytes(StandardCharsets.UTF_8);
    }
    if (kind == 1) {
      departure.put("delay", "late");
    } else if (kind == 2) {
      departure.remove("origin");
    } else {
      departure.put("departed", "yesterday");
    }
    return departure.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Expected expected() {
    return new Expected(made, made - broken, broken);
  }
}
