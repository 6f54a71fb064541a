package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import java.sql.Connection;
import java.sql.SQLException;
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
        change.source());
  }
}
