package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.TransformJar;
import dev.tributary.metastore.change.TransformJar.Described;
import dev.tributary.metastore.change.Transforms;
import dev.tributary.metastore.jars.JarDescription;
import dev.tributary.metastore.jars.JarPlaces;
import dev.tributary.metastore.jars.JarStore;
import dev.tributary.metastore.jars.JarStore.Received;
import dev.tributary.metastore.store.TransformRepository.StoredJar;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** {@code /transforms}: JARs by the SHA-256 of their content. */
final class TransformRoutes {
  private static final String JAR_TYPE = "application/java-archive";

  private final Transforms transforms;
  private final JarStore store;
  private final JarPlaces places;
  private final Writes writes;

  TransformRoutes(Transforms transforms, JarStore store, JarPlaces places, Writes writes) {
    this.transforms = transforms;
    this.store = store;
    this.places = places;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.get("/transforms", this::list, Scope.READ);
    routes.get("/transforms/{sha256}", this::get, Scope.READ);
    routes.put("/transforms/{sha256}", this::put, Scope.DATASETS_WRITE);
    routes.get("/transforms/{sha256}/jar", this::download, Scope.READ);
    routes.delete("/transforms/{sha256}", this::delete, Scope.DATASETS_WRITE);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            transforms.list(Requests.after(context), limit + 1),
            limit,
            StoredJar::length,
            TransformRoutes::shown,
            StoredJar::sha256));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    Answers.send(context, shown(transforms.get(context.pathParam("sha256"))));
  }

  private void put(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    if (uploads(context)) {
      upload(context);
      return;
    }
    String sha256 = Transforms.requireHash(context.pathParam("sha256"));
    String uri = Requests.body(context, Registration.class).uri();
    Transforms.requireElsewhere(sha256, uri);
    // Before the transaction, which holds up everybody else's.
    if (writes.replayed(context)) {
      return;
    }
    TransformJar jar = new TransformJar(uri, places.read(uri, sha256));
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            reply("register_transforms", transforms.put(connection, sha256, jar, note)));
  }

  /** What PUT /transforms/{sha256} takes of a JAR that lies elsewhere. */
  record Registration(String uri) {
    Registration {
      if (uri == null) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID, "The field uri is missing.", "Say where the JAR lies.")
            .at("/uri");
      }
    }
  }

  /** Whether the body is the JAR itself, and not where one lies. */
  static boolean uploads(Context context) {
    return String.valueOf(context.contentType()).startsWith(JAR_TYPE);
  }

  private void upload(Context context) {
    String sha256 = Transforms.requireHash(context.pathParam("sha256"));
    try (Received received = receive(context)) {
      if (!received.sha256().equals(sha256)) {
        throw Requests.invalid(
            "The body's SHA-256 is %s, the path's %s.".formatted(received.sha256(), sha256),
            "Send the JAR whole, to the path of what sha256sum prints for it.");
      }
      List<Described> described = JarDescription.of(received.file());
      if (!Requests.dryRun(context)) {
        // What is kept and then not registered is in nobody's way: its name is its content.
        store.keep(received);
      }
      writes.carryOut(
          context,
          Requests.reason(context),
          (connection, note) ->
              reply("register_transforms", transforms.upload(connection, sha256, described, note)));
    } catch (IOException e) {
      throw JarStore.unavailable(e);
    }
  }

  private Received receive(Context context) throws IOException {
    return store
        .receive(context.bodyInputStream())
        .orElseThrow(() -> new HttpResponseException(HttpStatus.CONTENT_TOO_LARGE.getCode()));
  }

  private void download(Context context) {
    Requests.allowQuery(context);
    String sha256 = transforms.get(context.pathParam("sha256")).sha256();
    Path file =
        store
            .find(sha256)
            .orElseThrow(
                () ->
                    TributaryException.of(
                        ErrorCode.NOT_FOUND,
                        "The transform JAR %s was registered and not uploaded.".formatted(sha256),
                        "Read it at its uri."));
    try {
      context.header("Content-Length", String.valueOf(Files.size(file)));
      context.contentType(JAR_TYPE).result(Files.newInputStream(file));
    } catch (IOException e) {
      throw JarStore.unavailable(e);
    }
  }

  private void delete(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String sha256 = context.pathParam("sha256");
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) -> reply("delete_transforms", transforms.delete(connection, sha256)));
  }

  private static Reply reply(String action, Change<StoredJar> change) {
    return new Reply(
        Answers.status(change.outcome()),
        "",
        action,
        OptionalLong.empty(),
        change.outcome() != Change.Outcome.UNCHANGED,
        shown(change.version()));
  }

  private static ObjectNode shown(StoredJar jar) {
    return Json.mapper()
        .createObjectNode()
        .put("sha256", jar.sha256())
        .put("uri", jar.uri())
        .put("createdAt", jar.createdAt())
        .put("by", jar.actor())
        .putRawValue("transforms", new RawValue(jar.described()));
  }
}
