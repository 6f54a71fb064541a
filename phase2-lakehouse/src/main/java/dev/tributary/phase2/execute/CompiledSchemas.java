package dev.tributary.phase2.execute;

import dev.tributary.core.json.Json;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.spec.JsonSchemaSpec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The schemas that the tasks of this process use, each compiled once. An executor has no place of
 * its own where tasks could hand them on, so that they are kept by class.
 */
final class CompiledSchemas {
  private static final int MOST = 64;
  private static final CompiledSchemas OF_PROCESS = new CompiledSchemas();

  private final Map<String, MessageSchema> byDocument =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, MessageSchema> eldest) {
          return size() > MOST;
        }
      };

  private CompiledSchemas() {}

  static CompiledSchemas ofProcess() {
    return OF_PROCESS;
  }

  /** Of a {@link JsonSchemaSpec} as JSON. */
  synchronized MessageSchema get(String document) {
    return byDocument.computeIfAbsent(
        document,
        json ->
            MessageSchema.of(
                Json.read(json.getBytes(StandardCharsets.UTF_8), JsonSchemaSpec.class)));
  }
}
