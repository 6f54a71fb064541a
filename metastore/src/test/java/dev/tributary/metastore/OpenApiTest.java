package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document and the service know the same routes. */
final class OpenApiTest {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

  @TempDir private Path folder;

  @Test
  void theDocumentDescribesExactlyTheRoutesOfTheService() throws IOException {
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      JsonNode document = Json.yaml().readTree(metastore.get("/openapi.yaml").response().body());
      Set<String> described = new TreeSet<>();
      document
          .path("paths")
          .properties()
          .forEach(
              path ->
                  path.getValue()
                      .fieldNames()
                      .forEachRemaining(
                          method -> {
                            if (METHODS.contains(method)) {
                              described.add(
                                  method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                            }
                          }));
      assertThat(described).isEqualTo(metastore.routes());
    }
  }

  @Test
  void everyReferenceInTheDocumentLeadsSomewhere() throws IOException {
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      JsonNode document = Json.yaml().readTree(metastore.get("/openapi.yaml").response().body());
      assertThat(document.findValuesAsText("$ref"))
          .isNotEmpty()
          .allSatisfy(
              reference ->
                  assertThat(document.at(reference.substring(1)).isMissingNode())
                      .as(reference)
                      .isFalse());
    }
  }
}
