package dev.tributary.metastore.catalog;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TableColumns;
import dev.tributary.metastore.catalog.CatalogTable.Column;
import dev.tributary.metastore.catalog.CatalogTable.Lifecycle;
import dev.tributary.metastore.store.CatalogRepository.Due;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.StoredDataset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Describes tables as drivers make them: the declared columns, and those of the platform. */
final class CatalogTables {
  private final Database database;
  private final DatasetRepository datasets = new DatasetRepository();

  CatalogTables(Database database) {
    this.database = database;
  }

  /** What the catalog is to say; of a retired dataset what its table was last. */
  CatalogTable of(Due due) {
    StoredDataset noted =
        database.read(
            connection -> datasets.find(connection, due.dataset(), due.version()).orElseThrow());
    DatasetSpec spec = spec(noted);
    if (spec.state() != SpecState.RETIRED) {
      return table(spec, due, Lifecycle.ACTIVE);
    }
    Optional<StoredDataset> inForce =
        database.read(connection -> datasets.inForce(connection, due.dataset()));
    return table(inForce.map(CatalogTables::spec).orElse(spec), due, Lifecycle.RETIRED);
  }

  private static DatasetSpec spec(StoredDataset dataset) {
    return Json.read(dataset.spec().getBytes(StandardCharsets.UTF_8), DatasetSpec.class);
  }

  private CatalogTable table(DatasetSpec spec, Due due, Lifecycle lifecycle) {
    List<DatasetSpec> earlier =
        database
            .read(connection -> datasets.layoutsBefore(connection, due.dataset(), due.version()))
            .stream()
            .map(CatalogTables::spec)
            .toList();
    return new CatalogTable(
        spec.name(),
        due.version(),
        spec.target().path(),
        TableColumns.of(spec, earlier).stream().map(CatalogTables::column).toList(),
        lifecycle);
  }

  private static Column column(ColumnSpec column) {
    return new Column(column.name(), column.type(), column.comment());
  }
}
