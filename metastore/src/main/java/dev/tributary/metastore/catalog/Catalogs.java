package dev.tributary.metastore.catalog;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.metastore.store.CatalogRepository;
import dev.tributary.metastore.store.Database;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;

/** Which catalogs there are, and how one is chosen. */
public final class Catalogs {
  private static final Setting<String> GLUE_DATABASE =
      Setting.text(
          "catalog.glue.database",
          "The AWS Glue database that the tables of datasets are kept in, once they are in force;"
              + " without it there is no catalog. Credentials come from AWS's own chain.");
  private static final Setting<String> GLUE_CATALOG_ID =
      Setting.text("catalog.glue.catalog-id", "The account whose Glue it is; else the caller's.");
  private static final Setting<String> GLUE_REGION =
      Setting.text("catalog.glue.region", "Glue's region; else as AWS's own chain says.");
  private static final Setting<String> GLUE_ENDPOINT =
      Setting.text("catalog.glue.endpoint", "Glue's URL, where it is not AWS's own.");
  private static final Setting<Duration> FIRST_PAUSE =
      Setting.duration("catalog.retry.first", "How long the catalog is left alone after a failure.")
          .withDefault("1s");
  private static final Setting<Duration> LONGEST_PAUSE =
      Setting.duration("catalog.retry.cap", "The longest pause; it doubles with each failure.")
          .withDefault("5m");

  /** The settings. */
  public static final SettingsGroup SETTINGS =
      SettingsGroup.of(
          "Catalog",
          GLUE_DATABASE,
          GLUE_CATALOG_ID,
          GLUE_REGION,
          GLUE_ENDPOINT,
          FIRST_PAUSE,
          LONGEST_PAUSE);

  private Catalogs() {}

  /** Starts to keep the catalog that the settings name; empty: they name none. */
  public static Optional<CatalogSync> start(
      Settings settings, Database database, CatalogRepository repository, Clock clock) {
    return catalog(settings)
        .map(
            catalog ->
                CatalogSync.start(
                    database,
                    repository,
                    catalog,
                    new CatalogSync.Pauses(settings.get(FIRST_PAUSE), settings.get(LONGEST_PAUSE)),
                    clock));
  }

  /** The one place that knows all kinds. */
  private static Optional<TableCatalog> catalog(Settings settings) {
    return settings
        .find(GLUE_DATABASE)
        .map(
            database ->
                glue(
                    new GlueCatalog.Place(
                        database,
                        settings.find(GLUE_CATALOG_ID),
                        settings.find(GLUE_REGION),
                        settings.find(GLUE_ENDPOINT).map(URI::create))));
  }

  private static TableCatalog glue(GlueCatalog.Place place) {
    try {
      return new GlueCatalog(place);
    } catch (SdkException | IllegalArgumentException | NullPointerException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "A client of Glue cannot be made: %s".formatted(e.getMessage()),
          "Give catalog.glue.region, and catalog.glue.endpoint as a URL where it is not AWS's own.",
          e);
    }
  }
}
