package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Draft202012;
import com.networknt.schema.dialect.Draft7;
import com.networknt.schema.keyword.KeywordType;
import com.networknt.schema.path.PathType;
import java.util.Locale;
import java.util.Optional;

/** The drafts of JSON Schema that datasets can use. */
enum SchemaDraft {
  DRAFT_7("http://json-schema.org/draft-07/schema", Draft7.getInstance()),
  DRAFT_2020_12("https://json-schema.org/draft/2020-12/schema", Draft202012.getInstance());

  /** Stops at the first error; formats are checked in both drafts. Fetches nothing. */
  static final SchemaRegistryConfig CONFIG =
      SchemaRegistryConfig.builder()
          .failFast(true)
          .formatAssertionsEnabled(true)
          .losslessNarrowing(true)
          .locale(Locale.ROOT)
          .pathType(PathType.JSON_POINTER)
          .regularExpressionFactory(new LinearRegex())
          .build();

  private final String id;
  private final Dialect dialect;

  SchemaDraft(String id, Dialect dialect) {
    this.id = id;
    this.dialect =
        Dialect.builder(dialect)
            // Of a later draft than 7; a strict schema is closed by it.
            .keyword(KeywordType.UNEVALUATED_PROPERTIES)
            .formats(
                formats -> {
                  formats.clear();
                  formats.putAll(BoundedFormat.all());
                })
            .build();
  }

  /** The draft that a schema names, 2020-12 where it names none; empty: another one. */
  static Optional<SchemaDraft> of(JsonNode schema) {
    if (!schema.has("$schema")) {
      return Optional.of(DRAFT_2020_12);
    }
    String named = schema.path("$schema").asText().replaceFirst("#$", "");
    for (SchemaDraft draft : values()) {
      if (named.replaceFirst("^https?:", "").equals(draft.id.replaceFirst("^https?:", ""))) {
        return Optional.of(draft);
      }
    }
    return Optional.empty();
  }

  String id() {
    return id;
  }

  Dialect dialect() {
    return dialect;
  }

  /** Where subschemas that something else refers to are kept. */
  String definitions() {
    return this == DRAFT_7 ? "definitions" : "$defs";
  }
}
