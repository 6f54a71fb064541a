package dev.tributary.phase2.table;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.skipping.clustering.ClusteredTableUtils;
import org.apache.spark.sql.delta.skipping.clustering.ClusteringColumn;
import org.apache.spark.sql.delta.skipping.clustering.temp.ClusterBySpec;
import org.apache.spark.sql.functions;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** What of Delta's internal API knows how tables are clustered. */
final class Clustering {
  private Clustering() {}

  /** What turns the feature on when a table is created. */
  static Map<String, String> feature() {
    return CollectionConverters.asJava(
        ClusteredTableUtils.getTableFeatureProperties(MetadataChange.scalaMap(Map.of())));
  }

  /**
   * What the commit that creates a table holds besides its metadata, which the transaction has by
   * now.
   */
  static List<Action> actions(OptimisticTransaction transaction, List<String> clusterBy) {
    return List.copyOf(
        CollectionConverters.asJava(
            ClusteredTableUtils.getDomainMetadataFromTransaction(
                Option.apply(
                    ClusterBySpec.fromColumnNames(CollectionConverters.asScala(clusterBy).toSeq())),
                transaction)));
  }

  /** Refuses a definition that is clustered otherwise than the table that is there. */
  static void require(Snapshot snapshot, TableDefinition definition) {
    List<ClusteringColumn> wanted =
        definition.clusterBy().stream()
            .flatMap(name -> past(definition, name).stream())
            .map(name -> ClusteringColumn.apply(snapshot.schema(), name))
            .toList();
    if (!wanted.equals(columns(snapshot))) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table is there, and not clustered by %s. Leave target.clusterBy out, or make another table."
              .formatted(definition.clusterBy()));
    }
  }

  /** What the table calls a column; empty: it is a new one. */
  private static Optional<String> past(TableDefinition definition, String name) {
    return definition.columns().stream()
        .filter(column -> column.field().name().equalsIgnoreCase(name))
        .findFirst()
        .flatMap(TableColumn::past);
  }

  /** Whether a file has still to be clustered; empty: the table is not clustered. */
  static Optional<Column> pending(Snapshot snapshot) {
    return columns(snapshot).isEmpty()
        ? Optional.empty()
        : Optional.of(functions.col("clusteringProvider").isNull());
  }

  /** Whether the table is clustered. */
  static boolean clustered(Snapshot snapshot) {
    return !columns(snapshot).isEmpty();
  }

  private static List<ClusteringColumn> columns(Snapshot snapshot) {
    Option<Seq<ClusteringColumn>> columns =
        ClusteredTableUtils.getClusteringColumnsOptional(snapshot);
    return columns.isEmpty() ? List.of() : CollectionConverters.asJava(columns.get());
  }
}
