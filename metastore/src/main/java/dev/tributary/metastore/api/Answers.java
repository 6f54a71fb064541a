package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Precondition;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.PageSize;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** What answers look like. */
final class Answers {
  private Answers() {}

  static ObjectNode of(StoredSource source) {
    ObjectNode node =
        Json.mapper()
            .createObjectNode()
            .put("name", source.name())
            .put("version", source.version())
            .put("createdAt", source.createdAt())
            .put("operation", source.operation());
    return by(node, source.note()).putRawValue("spec", new RawValue(source.spec()));
  }

  static ObjectNode of(StoredDataset dataset) {
    ObjectNode node =
        Json.mapper()
            .createObjectNode()
            .put("name", dataset.name())
            .put("version", dataset.version())
            .put("latestVersion", dataset.latest())
            .put("createdAt", dataset.createdAt())
            .put("operation", dataset.operation());
    by(node, dataset.note()).put("state", dataset.state().text());
    if (dataset.awaitsRebuild()) {
      node.put("rebuild", true);
    }
    dataset.activation().ifPresent(json -> node.putRawValue("activation", new RawValue(json)));
    return node.putRawValue("spec", new RawValue(dataset.spec()));
  }

  private static ObjectNode by(ObjectNode node, Note note) {
    node.put("by", note.actor());
    note.reason().ifPresent(reason -> node.put("reason", reason));
    return node;
  }

  /**
   * A page of {@code limit} items, made from up to one more; some are long, so that fewer may make
   * a page.
   *
   * @param length of an item, about
   * @param last what the next page begins after
   */
  static <T> ObjectNode page(
      List<T> found,
      int limit,
      ToLongFunction<T> length,
      Function<T, ObjectNode> shown,
      Function<T, String> last) {
    ObjectNode page = Json.mapper().createObjectNode();
    ArrayNode items = page.putArray("items");
    int count = PageSize.of(found, limit, length);
    found.stream().limit(count).map(shown).forEach(items::add);
    if (found.size() > count) {
      page.put("nextPageToken", Requests.pageToken(last.apply(found.get(count - 1))));
    }
    return page;
  }

  static void send(Context context, ObjectNode body) {
    context.contentType("application/json").result(Json.write(body));
  }

  /** With its entity tag; 304 where the caller has it already, and no body is made. */
  static void sendTagged(Context context, String etag, Supplier<ObjectNode> body) {
    context.header("ETag", etag);
    String known = context.header("If-None-Match");
    if (known != null && Precondition.tags(known).contains(etag)) {
      context.status(HttpStatus.NOT_MODIFIED);
      return;
    }
    send(context, body.get());
  }

  /** 201 for something new, 200 otherwise. */
  static HttpStatus status(Change.Outcome outcome) {
    return outcome == Change.Outcome.CREATED ? HttpStatus.CREATED : HttpStatus.OK;
  }
}
