package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.change.Templates;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What changes are answered with. */
final class Changes {
  private Changes() {}

  static Reply of(Connection connection, Sources sources, Change<StoredSource> change)
      throws SQLException {
    StoredSource source = change.version();
    ObjectNode body = Answers.of(source);
    if (change.outcome() == Change.Outcome.CHANGED) {
      body.set("diff", sources.diff(connection, source));
    }
    return new Reply(
        Answers.status(change.outcome()),
        Sources.etag(source),
        source.operation(),
        OptionalLong.of(source.version()),
        change.outcome() != Change.Outcome.UNCHANGED,
        body);
  }

  /** With what changed. */
  static Reply of(Connection connection, Datasets datasets, Change<StoredDataset> change)
      throws SQLException {
    StoredDataset dataset = change.version();
    ObjectNode body = Answers.of(dataset);
    if (change.outcome() == Change.Outcome.CHANGED) {
      body.set("diff", datasets.diff(connection, dataset));
    }
    return new Reply(
        Answers.status(change.outcome()),
        Datasets.etag(dataset),
        dataset.operation(),
        OptionalLong.of(dataset.version()),
        change.outcome() != Change.Outcome.UNCHANGED,
        body,
        change.source().map(source -> List.of(beside(source))).orElse(List.of()));
  }

  /** With what became of each topic. */
  static Reply of(Connection connection, Sources sources, Templates.Found found)
      throws SQLException {
    Reply reply = of(connection, sources, found.source());
    List<Reply.Beside> beside = new ArrayList<>();
    for (Change<StoredDataset> each : found.registered()) {
      StoredDataset dataset = each.version();
      StoredSource source = each.source().orElseThrow();
      reply
          .body()
          .withArray("registered")
          .addObject()
          .put("source", source.name())
          .put("dataset", dataset.name());
      beside.add(beside(source));
      beside.add(
          new Reply.Beside(
              dataset.operation(),
              "/datasets/" + dataset.name(),
              OptionalLong.of(dataset.version())));
    }
    for (Templates.Refused each : found.refused()) {
      reply
          .body()
          .withArray("refused")
          .addObject()
          .put("topic", each.topic())
          .put("code", each.reason().code().code())
          .put("detail", each.reason().getMessage());
      beside.add(
          new Reply.Beside(
              "refused: " + each.reason().getMessage(),
              "/sources/%s/topics/%s".formatted(found.source().version().name(), each.topic()),
              OptionalLong.empty()));
    }
    return new Reply(
        reply.status(),
        reply.etag(),
        reply.action(),
        reply.version(),
        reply.changed(),
        reply.body(),
        beside);
  }

  private static Reply.Beside beside(StoredSource source) {
    return new Reply.Beside(
        source.operation(), "/sources/" + source.name(), OptionalLong.of(source.version()));
  }
}
