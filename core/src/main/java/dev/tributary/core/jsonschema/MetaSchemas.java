package dev.tributary.core.jsonschema;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;

/** The drafts' own schemas, each read from the validator's JAR and compiled at its first use. */
final class MetaSchemas {
  private MetaSchemas() {}

  private static final class Draft7 {
    static final Schema SCHEMA = compiled(SchemaDraft.DRAFT_7);
  }

  private static final class Draft202012 {
    static final Schema SCHEMA = compiled(SchemaDraft.DRAFT_2020_12);
  }

  static Schema of(SchemaDraft draft) {
    return draft == SchemaDraft.DRAFT_7 ? Draft7.SCHEMA : Draft202012.SCHEMA;
  }

  private static Schema compiled(SchemaDraft draft) {
    return SchemaRegistry.withDefaultDialect(
            draft.dialect(), registry -> registry.schemaRegistryConfig(SchemaDraft.CONFIG))
        .getSchema(SchemaLocation.of(draft.id()));
  }
}
