package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document and the service know the same routes. */
final class OpenApiTest {
  @TempDir private Path folder;

  @Test
  void theDocumentDescribesExactlyTheRoutesOfTheService() {
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      Set<String> described = new TreeSet<>();
      RunningMetastore.DOCUMENT.operations().forEach(op -> described.add(op.toString()));
      assertThat(described).isEqualTo(metastore.routes());
    }
  }

  @Test
  void everyBodyHasAnExampleAndEveryExampleIsWhatItsSchemaSays() {
    JsonNode root = RunningMetastore.DOCUMENT.root();
    List<JsonNode> contents = new ArrayList<>();
    root.path("paths").findParents("requestBody").stream()
        .map(operation -> operation.at("/requestBody/content"))
        .forEach(contents::add);
    root.at("/components/responses").forEach(response -> contents.add(response.path("content")));
    assertThat(contents).hasSizeGreaterThan(10);
    for (JsonNode content : contents) {
      for (JsonNode body : content) {
        assertThat(body.has("example")).as(content.toString()).isTrue();
        assertThat(
                RunningMetastore.DOCUMENT
                    .schemas()
                    .problems(body.path("schema"), body.path("example")))
            .as(body.path("example").toString())
            .isEmpty();
      }
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
