package dev.tributary.core.spec;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The JSON Schema that the values of a dataset's records have to meet. Whether the schema itself is
 * one is looked at when the dataset is changed, not here.
 *
 * @param schema a JSON Schema, draft-07 or 2020-12; not to be changed
 * @param mode how it is read; lenient unless it is given
 * @param policy what becomes of a record that does not meet it; warn unless it is given
 */
public record JsonSchemaSpec(JsonNode schema, SchemaMode mode, CheckPolicy policy) {
  /** Copies the schema, fills in the defaults and refuses what is no object. */
  public JsonSchemaSpec {
    SpecChecks.present("checks.jsonSchema.schema", schema);
    if (!schema.isObject()) {
      throw SpecChecks.invalid(
          "checks.jsonSchema.schema", schema, "Give a JSON Schema, which is an object.");
    }
    schema = schema.deepCopy();
    mode = mode == null ? SchemaMode.LENIENT : mode;
    policy =
        CheckPolicy.notOfLateRows(
            "checks.jsonSchema.policy", policy == null ? CheckPolicy.WARN : policy);
  }
}
