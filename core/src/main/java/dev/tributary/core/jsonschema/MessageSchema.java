package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.SchemaMode;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * A dataset's JSON Schema, compiled. Nothing is ever fetched for it, and what a value can cost is
 * bounded. Thread-safe.
 */
public final class MessageSchema {
  private static final String POINTER = "/checks/jsonSchema/schema";
  private static final Set<String> CLOSING =
      Set.of("additionalProperties", "unevaluatedProperties");

  private final Schema schema;

  private MessageSchema(Schema schema) {
    this.schema = schema;
  }

  /**
   * Refuses what is no JSON Schema of a draft that is known, and what could not be bounded.
   *
   * @throws TributaryException SPEC_INVALID with the pointer in the dataset's document
   */
  public static void requireValid(JsonSchemaSpec spec) {
    try {
      SchemaDraft draft = draft(spec);
      ObjectNode checked = CheckedSchema.of(spec.schema(), draft);
      MetaSchemas.of(draft).validate(ExactJson.canonical(spec.schema())).stream()
          .findFirst()
          .ifPresent(
              error -> {
                throw CheckedSchema.refused(
                    error.getInstanceLocation().toString(),
                    "This is no JSON Schema of %s: %s.".formatted(draft.id(), error.getMessage()),
                    "Correct it, or name another draft by $schema.");
              });
      compile(checked, draft, spec.mode());
    } catch (TributaryException e) {
      throw e.at(POINTER + e.pointer().orElse(""));
    }
  }

  /**
   * Compiles a schema that was found valid.
   *
   * @throws TributaryException SPEC_INVALID for one that never was
   */
  public static MessageSchema of(JsonSchemaSpec spec) {
    SchemaDraft draft = draft(spec);
    return new MessageSchema(compile(CheckedSchema.of(spec.schema(), draft), draft, spec.mode()));
  }

  private static SchemaDraft draft(JsonSchemaSpec spec) {
    return SchemaDraft.of(spec.schema())
        .orElseThrow(
            () ->
                CheckedSchema.refused(
                    "/$schema",
                    "The draft %s is not known.".formatted(spec.schema().path("$schema")),
                    "Use %s# or %s; without $schema it is the latter."
                        .formatted(SchemaDraft.DRAFT_7.id(), SchemaDraft.DRAFT_2020_12.id())));
  }

  private static Schema compile(ObjectNode checked, SchemaDraft draft, SchemaMode mode) {
    if (mode == SchemaMode.STRICT) {
      StrictSchema.close(checked, draft);
    }
    try {
      Schema schema =
          SchemaRegistry.withDialect(
                  draft.dialect(), registry -> registry.schemaRegistryConfig(SchemaDraft.CONFIG))
              .getSchema(checked);
      schema.initializeValidators();
      return schema;
    } catch (SchemaException | IllegalArgumentException e) {
      throw CheckedSchema.refused(
          "", "The JSON Schema cannot be compiled: %s.".formatted(e.getMessage()), "Correct it.");
    }
  }

  /**
   * Why a value does not meet the schema; empty: it does.
   *
   * @param json a JSON document in UTF-8
   * @param without fields of the document that are not looked at
   */
  public Optional<SchemaViolation> violation(byte[] json, Set<String> without) {
    JsonNode value;
    try {
      value = ExactJson.read(json);
    } catch (IOException e) {
      String unreadable =
          "The value cannot be checked by the JSON Schema: it is nested deeper than %d levels, or has a number beyond %,d digits."
              .formatted(ExactJson.DEEPEST, ExactJson.MOST_DIGITS);
      return Optional.of(new SchemaViolation(unreadable, unreadable));
    }
    if (value instanceof ObjectNode object && !without.isEmpty()) {
      object.remove(without);
    }
    try {
      return schema.validate(value).stream().findFirst().map(MessageSchema::violation);
    } catch (RuntimeException | StackOverflowError e) {
      // One value that the validator is not up to must not stop those beside it.
      String failed =
          "The value cannot be checked by the JSON Schema: the validator throws %s."
              .formatted(e.getClass().getSimpleName());
      return Optional.of(new SchemaViolation(failed, failed));
    }
  }

  private static SchemaViolation violation(Error error) {
    String keyword = error.getKeyword();
    String where = error.getInstanceLocation().toString();
    String problem =
        CLOSING.contains(keyword) && error.getProperty() != null
            ? "the field '%s' is not described".formatted(error.getProperty())
            : error.getMessage();
    return new SchemaViolation(
        "The value does not meet the JSON Schema at %s, %s: %s."
            .formatted(where.isEmpty() ? "its root" : where, keyword, problem),
        "The value does not meet the JSON Schema's keyword %s."
            .formatted(error.getSchemaLocation().getFragment()));
  }
}
