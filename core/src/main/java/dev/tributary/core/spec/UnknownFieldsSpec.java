package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a dataset does with fields that no column is declared for. In JSON the policy ({@code
 * "rescue"}), or {@code {"policy": "rescue", "column": "_rest"}}.
 *
 * @param policy what becomes of them
 * @param column where rescued ones are kept; of no meaning where nothing is rescued
 */
public record UnknownFieldsSpec(UnknownFields policy, String column) {
  /** The column of rescued fields, unless it is given. */
  public static final String RESCUED = "_rescued";

  private static final List<String> FIELDS = List.of("policy", "column");
  private static final String POLICIES = "Use ignore, rescue, evolve or quarantine.";

  /** Fills in the defaults; refuses a column that nothing is rescued into, and a bad name. */
  public UnknownFieldsSpec {
    policy = policy == null ? UnknownFields.IGNORE : policy;
    column = column == null ? RESCUED : column;
    if (!column.matches("[A-Za-z_][A-Za-z0-9_]{0,126}")) {
      throw SpecChecks.invalid(
          "unknownFields.column",
          column,
          "Use a letter or an underscore, then up to 126 letters, digits and underscores.");
    }
    if (policy.whenDecoded() != UnknownFields.RESCUE && !column.equals(RESCUED)) {
      throw SpecChecks.invalid(
          "unknownFields.column",
          column,
          "Leave it out: only the policies rescue and evolve have a column.");
    }
  }

  /** They are left out. */
  public static UnknownFieldsSpec ignored() {
    return new UnknownFieldsSpec(null, null);
  }

  /** They are kept in this column. */
  public static UnknownFieldsSpec rescued(String column) {
    return new UnknownFieldsSpec(UnknownFields.RESCUE, column);
  }

  /** They become columns; those that cannot are kept in this column. */
  public static UnknownFieldsSpec evolved(String column) {
    return new UnknownFieldsSpec(UnknownFields.EVOLVE, column);
  }

  /** Their records go to quarantine. */
  public static UnknownFieldsSpec quarantined() {
    return new UnknownFieldsSpec(UnknownFields.QUARANTINE, null);
  }

  /** Whether they, or those that become no columns, are kept in a column. */
  public boolean rescues() {
    return policy.whenDecoded() == UnknownFields.RESCUE;
  }

  /** Whether they become columns. */
  public boolean evolves() {
    return policy == UnknownFields.EVOLVE;
  }

  /** Reads the JSON form. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static UnknownFieldsSpec of(JsonNode json) {
    if (json.isTextual()) {
      return new UnknownFieldsSpec(policy(json), null);
    }
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!FIELDS.contains(name)) {
                throw refused(
                    "The field unknownFields.%s is not known.".formatted(name),
                    NearestName.didYouMean(name, FIELDS, "Known are policy and column."));
              }
            });
    JsonNode column = json.path("column");
    if (!json.path("policy").isTextual()
        || !(column.isTextual() || column.isNull() || column.isMissingNode())) {
      throw refused(
          "The field unknownFields has the value '%s', which is not allowed.".formatted(json),
          "Use ignore, rescue, evolve or quarantine, or {\"policy\": \"rescue\", \"column\":"
              + " \"_rest\"}.");
    }
    return new UnknownFieldsSpec(policy(json.path("policy")), column.textValue());
  }

  private static UnknownFields policy(JsonNode text) {
    return UnknownFields.of(text.textValue())
        .orElseThrow(
            () ->
                refused(
                    "The field unknownFields has the value '%s', which is not allowed."
                        .formatted(text.textValue()),
                    POLICIES));
  }

  private static TributaryException refused(String problem, String remedy) {
    return TributaryException.of(ErrorCode.SPEC_INVALID, problem, remedy);
  }

  /** The JSON form. */
  @JsonValue
  Object json() {
    if (column.equals(RESCUED)) {
      return policy;
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("policy", policy);
    json.put("column", column);
    return json;
  }
}
