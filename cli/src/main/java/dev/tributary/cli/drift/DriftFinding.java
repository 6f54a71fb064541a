package dev.tributary.cli.drift;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Something that drifted.
 *
 * @param dataset the dataset
 * @param finding what it is
 * @param field where it stands in the messages; of an unfit value its column
 * @param declared of an unfit value: the column's type
 * @param records how many records have it
 * @param first the first of them
 * @param values by kind of JSON value: how many, and the first
 * @param type what a column for it would be, or could be widened to
 * @param operation the operation for {@code POST /ddl} that takes it in
 * @param command the command that does the same
 * @param reason why there is none
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record DriftFinding(
    String dataset,
    Kind finding,
    String field,
    Optional<String> declared,
    long records,
    Place first,
    Map<String, Met.Kinds> values,
    Optional<String> type,
    Optional<JsonNode> operation,
    Optional<String> command,
    Optional<String> reason) {
  /** What drifted. */
  public enum Kind {
    /** No column reads the field. */
    @JsonProperty("unknown-field")
    UNKNOWN_FIELD,
    /** A column does not take the value. */
    @JsonProperty("unfit-value")
    UNFIT_VALUE
  }

  /** For people: one kind of value by its name, several with their counts and where each began. */
  String kinds() {
    if (values.size() == 1) {
      return values.keySet().iterator().next();
    }
    return values.entrySet().stream()
        .map(kind -> kind.getValue().text(kind.getKey()))
        .collect(Collectors.joining(", "));
  }
}
