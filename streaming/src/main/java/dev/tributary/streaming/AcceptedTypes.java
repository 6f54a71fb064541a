package dev.tributary.streaming;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The media types that a request's {@code Accept} header takes, and how gladly (RFC 9110, 12.5.1).
 */
final class AcceptedTypes {
  private final List<Range> ranges;

  private AcceptedTypes(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /** A media range and its weight, from 0 to 1. */
  private record Range(String type, double weight) {
    /** What cannot be read is nothing that is asked for. */
    static Optional<Range> of(String text) {
      String[] parts = text.trim().toLowerCase(Locale.ROOT).split("\\s*;\\s*", -1);
      double weight = 1;
      for (String parameter : Arrays.asList(parts).subList(1, parts.length)) {
        if (parameter.startsWith("q=")) {
          if (!parameter.matches("q=(0(\\.\\d{0,3})?|1(\\.0{0,3})?)")) {
            return Optional.empty();
          }
          weight = Double.parseDouble(parameter.substring(2));
        }
      }
      return Optional.of(new Range(parts[0], weight));
    }
  }

  /** What the values of the header say; none stand for {@code *}{@code /*}. */
  static AcceptedTypes of(List<String> header) {
    return new AcceptedTypes(
        header.stream()
            .flatMap(value -> Arrays.stream(value.split(",")))
            .flatMap(part -> Range.of(part).stream())
            .toList());
  }

  /** Whether {@code type} is asked for more gladly than {@code other}. */
  boolean prefers(String type, String other) {
    return weight(type) > weight(other);
  }

  /** The weight of the most specific range that holds the type; 0 where none does. */
  private double weight(String type) {
    String family = type.substring(0, type.indexOf('/')) + "/*";
    for (String range : List.of(type, family, "*/*")) {
      List<Range> matching = ranges.stream().filter(each -> each.type().equals(range)).toList();
      if (!matching.isEmpty()) {
        return matching.stream().mapToDouble(Range::weight).max().getAsDouble();
      }
    }
    return 0;
  }
}
