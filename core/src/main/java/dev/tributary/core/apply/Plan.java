package dev.tributary.core.apply;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.apply.Step.Kind;
import java.util.List;
import java.util.Locale;

/**
 * What applying a file would do, in order.
 *
 * @param steps each source and dataset once
 */
public record Plan(List<Step> steps) {
  /** Copies the list. */
  public Plan {
    steps = List.copyOf(steps);
  }

  /** How many steps are of a kind. */
  public long count(Kind kind) {
    return steps.stream().filter(step -> step.kind() == kind).count();
  }

  /** Whether there is anything to do. */
  public boolean changesAnything() {
    return steps.stream().anyMatch(step -> step.kind() != Kind.NOTHING);
  }

  /** For people: each step, with what it changes, and a last line that counts. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      if (step.kind() == Kind.NOTHING && step.kept().isEmpty()) {
        continue;
      }
      text.append(
          "%s %s (%s)%n"
              .formatted(
                  step.kind().sign(), step.path(), step.kind().name().toLowerCase(Locale.ROOT)));
      step.refusal().ifPresent(reason -> text.append("    %s%n".formatted(reason)));
      if (step.kind() == Kind.CHANGE) {
        step.differences().forEach(difference -> text.append(line(difference)));
      }
      step.kept()
          .forEach(
              column ->
                  text.append("    = /columns/%s: kept, as drivers added it%n".formatted(column)));
    }
    return text.append(
            "%d to create, %d to change, %d to retire, %d as they are, %d refused%n"
                .formatted(
                    count(Kind.CREATE),
                    count(Kind.CHANGE),
                    count(Kind.RETIRE),
                    count(Kind.NOTHING),
                    count(Kind.REFUSED)))
        .toString();
  }

  private static String line(JsonNode difference) {
    String path = difference.path("path").asText();
    return switch (difference.path("change").asText()) {
      case "added" -> "    + %s: %s%n".formatted(path, difference.path("to"));
      case "removed" -> "    - %s: %s%n".formatted(path, difference.path("from"));
      default ->
          "    ~ %s: %s -> %s%n".formatted(path, difference.path("from"), difference.path("to"));
    };
  }
}
