package dev.tributary.core.metastore;

import static dev.tributary.core.metastore.HttpMetastore.segment;
import static dev.tributary.core.metastore.HttpMetastore.versioned;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.MetastoreTransport.Answer;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Changes over HTTP. */
public final class HttpMetastoreAdmin implements MetastoreAdmin {
  private static final int REPLACE_ATTEMPTS = 5;
  private static final int PAGE = 500;
  private static final String JAR = "application/java-archive";
  private static final String JSON = "application/json";

  private final MetastoreTransport transport;

  /** A client that asks for the given service. */
  public HttpMetastoreAdmin(MetastoreConnection connection) {
    this.transport = new MetastoreTransport(connection);
  }

  @Override
  public Versioned<SourceSpec> putSource(SourceSpec spec) {
    return versioned(put("sources/" + segment(spec.name()), Json.write(spec)), SourceSpec.class);
  }

  @Override
  public Versioned<DatasetSpec> putDataset(DatasetSpec spec) {
    return versioned(put("datasets/" + segment(spec.name()), Json.write(spec)), DatasetSpec.class);
  }

  /**
   * Replaces whatever is there. It is safe to repeat: the service gives what is the same already no
   * new version.
   */
  private JsonNode put(String path, byte[] body) {
    return put(path, "", body);
  }

  private JsonNode put(String path, String query, byte[] body) {
    for (int attempt = 1; ; attempt++) {
      Answer current = transport.get(path);
      if (current.status() != 200 && current.status() != 404) {
        throw MetastoreTransport.refused("GET /" + path, current);
      }
      Map<String, String> condition =
          current.etag().map(etag -> Map.of("If-Match", etag)).orElse(Map.of());
      Answer answer = transport.send("PUT", path + query, body, condition);
      if (answer.status() < 300) {
        return answer.body();
      }
      boolean overtaken = answer.status() == 412 || answer.status() == 428;
      if (!overtaken || attempt >= REPLACE_ATTEMPTS) {
        throw MetastoreTransport.refused("PUT /" + path, answer);
      }
    }
  }

  @Override
  public Versioned<DatasetSpec> ddl(String table, List<DdlOperation> operations) {
    return operations(
        "ddl",
        table,
        operations.stream().map(operation -> Json.mapper().<JsonNode>valueToTree(operation)));
  }

  @Override
  public Versioned<DatasetSpec> dml(String table, List<DmlOperation> operations) {
    return operations(
        "dml",
        table,
        operations.stream().map(operation -> Json.mapper().<JsonNode>valueToTree(operation)));
  }

  @Override
  public Versioned<DatasetSpec> pause(String table) {
    return dml(table, List.of(new DmlOperation.Pause()));
  }

  @Override
  public Versioned<DatasetSpec> resume(String table) {
    return dml(table, List.of(new DmlOperation.Resume()));
  }

  private Versioned<DatasetSpec> operations(
      String path, String table, Stream<JsonNode> operations) {
    ObjectNode body = Json.mapper().createObjectNode().put("table", table);
    operations.forEach(body.putArray("operations")::add);
    return versioned(operate(path, body, Trial.NO), DatasetSpec.class);
  }

  @Override
  public JsonNode upload(String sha256, Path jar) throws IOException {
    String path = "transforms/" + segment(sha256);
    return taken(path, transport.upload(path, BodyPublishers.ofFile(jar), JAR));
  }

  @Override
  public JsonNode register(String sha256, String uri) {
    String path = "transforms/" + segment(sha256);
    byte[] body = Json.write(Map.of("uri", uri));
    return taken(path, transport.upload(path, BodyPublishers.ofByteArray(body), JSON));
  }

  private static JsonNode taken(String path, Answer answer) {
    if (answer.status() >= 300) {
      throw MetastoreTransport.refused("PUT /" + path, answer);
    }
    return answer.body();
  }

  @Override
  public JsonNode operate(String kind, JsonNode body, Trial trial) {
    // With its key, what was carried out although its answer was lost is not carried out again.
    Map<String, String> key = Map.of("Idempotency-Key", UUID.randomUUID().toString());
    String path = kind + (trial == Trial.YES ? "?dryRun=true" : "");
    Answer answer = transport.send("POST", path, Json.write(body), key);
    if (answer.status() >= 300) {
      throw MetastoreTransport.refused("POST /" + kind, answer);
    }
    return answer.body();
  }

  @Override
  public void retireDataset(String name) {
    retireDataset(name, Optional.empty(), Trial.NO);
  }

  @Override
  public JsonNode retireDataset(String name, Optional<String> reason, Trial trial) {
    List<String> query = new ArrayList<>();
    reason.ifPresent(text -> query.add("reason=" + segment(text)));
    if (trial == Trial.YES) {
      query.add("dryRun=true");
    }
    String path = "datasets/" + segment(name);
    return delete(query.isEmpty() ? path : path + "?" + String.join("&", query));
  }

  @Override
  public void retireSource(String name) {
    delete("sources/" + segment(name));
  }

  private JsonNode delete(String path) {
    Answer answer = transport.send("DELETE", path, new byte[0], Map.of());
    if (answer.status() >= 300) {
      throw MetastoreTransport.refused("DELETE /" + path, answer);
    }
    return answer.body();
  }

  @Override
  public JsonNode show(String path) {
    Answer answer = transport.get(path);
    if (answer.status() != 200) {
      throw MetastoreTransport.refused("GET /" + path, answer);
    }
    return answer.body();
  }

  @Override
  public Optional<JsonNode> find(String path) {
    Answer answer = transport.get(path);
    if (answer.status() == 404) {
      return Optional.empty();
    }
    if (answer.status() != 200) {
      throw MetastoreTransport.refused("GET /" + path, answer);
    }
    return Optional.of(answer.body());
  }

  @Override
  public List<JsonNode> list(String collection) {
    return list(collection, Integer.MAX_VALUE);
  }

  @Override
  public List<JsonNode> list(String collection, int most) {
    List<JsonNode> items = new ArrayList<>();
    String token = "";
    do {
      JsonNode page =
          show(
              "%s?limit=%d%s"
                  .formatted(
                      collection,
                      Math.min(PAGE, most - items.size()),
                      token.isEmpty() ? "" : "&pageToken=" + segment(token)));
      page.path("items").forEach(items::add);
      token = page.path("nextPageToken").asText("");
    } while (!token.isEmpty() && items.size() < most);
    return List.copyOf(items);
  }

  @Override
  public JsonNode tryPut(String path, JsonNode document) {
    return put(path, "?dryRun=true", Json.write(document));
  }

  @Override
  public JsonNode put(String path, JsonNode document) {
    return put(path, Json.write(document));
  }

  @Override
  public JsonNode put(String path, JsonNode document, Optional<JsonNode> seen) {
    return only("PUT", path, Json.write(document), seen);
  }

  @Override
  public void retire(String path, JsonNode seen) {
    only("DELETE", path, new byte[0], Optional.of(seen));
  }

  private JsonNode only(String method, String path, byte[] body, Optional<JsonNode> seen) {
    Map<String, String> headers = new HashMap<>();
    // With its key, what was carried out although its answer was lost is no change of another's.
    headers.put("Idempotency-Key", UUID.randomUUID().toString());
    seen.ifPresentOrElse(
        node -> headers.put("If-Match", tag(node)), () -> headers.put("If-None-Match", "*"));
    Answer answer = transport.send(method, path, body, headers);
    if (answer.status() >= 300) {
      throw MetastoreTransport.refused(method + " /" + path, answer);
    }
    return answer.body();
  }

  /** The part of an entity tag that counts as a precondition. */
  private static String tag(JsonNode seen) {
    String version = seen.path("version").asText();
    return seen.has("latestVersion")
        ? "\"%s.%s\"".formatted(version, seen.path("latestVersion").asText())
        : "\"%s\"".formatted(version);
  }

  @Override
  public JsonNode post(String path, JsonNode document) {
    Answer answer = transport.send("POST", path, Json.write(document), Map.of());
    if (answer.status() >= 300) {
      throw MetastoreTransport.refused("POST /" + path, answer);
    }
    return answer.body();
  }

  @Override
  public void retire(String path) {
    delete(path);
  }
}
