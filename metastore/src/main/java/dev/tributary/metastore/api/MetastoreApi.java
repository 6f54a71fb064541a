package dev.tributary.metastore.api;

import dev.tributary.metastore.access.RateLimit;
import dev.tributary.metastore.access.Tokens;
import dev.tributary.metastore.catalog.CatalogSync;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Recovery;
import dev.tributary.metastore.change.Reports;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.change.Templates;
import dev.tributary.metastore.change.Transforms;
import dev.tributary.metastore.jars.JarPlaces;
import dev.tributary.metastore.jars.JarStore;
import dev.tributary.metastore.store.Database;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/** The REST interface over its services. */
public final class MetastoreApi {
  private final Database database;
  private final Sources sources;
  private final Datasets datasets;
  private final Reports reports;
  private final Transforms transforms;
  private final JarStore jars;
  private final JarPlaces places;
  private final Recovery recovery;
  private final Optional<CatalogSync> catalog;
  private final Optional<Tokens> tokens;
  private final ApiLimits limits;
  private final Clock clock;

  /**
   * An interface over the given services.
   *
   * @param jars where uploaded JARs are kept
   * @param places where others are read
   * @param catalog what keeps the catalog; empty: there is none
   * @param tokens what callers have to bear; empty: nothing
   */
  public MetastoreApi(
      Database database,
      Sources sources,
      Datasets datasets,
      Reports reports,
      Transforms transforms,
      JarStore jars,
      JarPlaces places,
      Recovery recovery,
      Optional<CatalogSync> catalog,
      Optional<Tokens> tokens,
      ApiLimits limits,
      Clock clock) {
    this.database = database;
    this.sources = sources;
    this.datasets = datasets;
    this.reports = reports;
    this.transforms = transforms;
    this.jars = jars;
    this.places = places;
    this.recovery = recovery;
    this.catalog = catalog;
    this.tokens = tokens;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * An application that is not started yet.
   *
   * @param further what else is configured, such as where it listens
   */
  public Javalin application(Consumer<JavalinConfig> further) {
    return Javalin.create(
        config -> {
          configure(config);
          further.accept(config);
        });
  }

  private void configure(JavalinConfig config) {
    RequestMetrics metrics = new RequestMetrics();
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.http.maxRequestSize = limits.maxBodyBytes();
    config.http.prefer405over404 = true;
    config.http.generateEtags = false;
    config.router.ignoreTrailingSlashes = false;
    config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
    config.jetty.modifyServer(server -> server.setErrorHandler(new ServerErrors()));
    metrics.register(config);
    Writes writes = new Writes(database, recovery, clock);
    new Access(tokens, new RateLimit(limits.requestsPerSecond(), System::nanoTime), limits.host())
        .register(config.routes);
    new SourceRoutes(sources, new Templates(sources, datasets), writes).register(config.routes);
    new DatasetRoutes(datasets, writes).register(config.routes);
    new ChangeRoutes(datasets, writes).register(config.routes);
    new ReportRoutes(reports, writes).register(config.routes);
    new TableRoutes(reports, writes).register(config.routes);
    new TransformRoutes(transforms, jars, places, writes).register(config.routes);
    new RecoveryRoutes(recovery, writes).register(config.routes);
    new AuditRoutes(database).register(config.routes);
    CatalogRoutes catalogRoutes = new CatalogRoutes(database, datasets, catalog);
    catalogRoutes.register(config.routes);
    new ServiceRoutes(database, datasets, metrics, catalogRoutes).register(config.routes);
    Problems.register(config.routes);
  }
}
