package dev.tributary.local.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Flights as they are; once they are used up, the same ones of later years. */
final class FlightMessages implements MessageFactory {
  private final String topic;
  private final List<ObjectNode> flights;
  private long made;

  FlightMessages(String topic, List<ObjectNode> flights) {
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
      ObjectNode flight = ofYear(flights, made);
      messages.add(
          new DemoMessage(
              topic(),
              Optional.of(flight.get("origin").textValue()),
              Optional.of(flight.toString().getBytes(StandardCharsets.UTF_8))));
    }
    return messages;
  }

  /** The record of the given number; the year counts how often the real ones were used up. */
  static ObjectNode ofYear(List<ObjectNode> flights, long number) {
    ObjectNode flight = flights.get((int) (number % flights.size()));
    long round = number / flights.size();
    if (round == 0) {
      return flight;
    }
    String date = flight.get("date").textValue();
    return flight.deepCopy().put("date", (2001 + round) + date.substring(4));
  }

  @Override
  public Expected expected() {
    return new Expected(made, made, 0);
  }
}
