package dev.tributary.metastore.api;

import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Reports;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.store.Database;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;

/** The REST interface over its services. */
public final class MetastoreApi {
  private final Database database;
  private final Sources sources;
  private final Datasets datasets;
  private final Reports reports;
  private final long maxBodyBytes;

  /** An interface over the given services that refuses larger bodies. */
  public MetastoreApi(
      Database database, Sources sources, Datasets datasets, Reports reports, long maxBodyBytes) {
    this.database = database;
    this.sources = sources;
    this.datasets = datasets;
    this.reports = reports;
    this.maxBodyBytes = maxBodyBytes;
  }

  /** An application that is not started yet. */
  public Javalin application() {
    return Javalin.create(this::configure);
  }

  private void configure(JavalinConfig config) {
    RequestMetrics metrics = new RequestMetrics();
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.http.maxRequestSize = maxBodyBytes;
    config.http.prefer405over404 = true;
    config.http.generateEtags = false;
    config.router.ignoreTrailingSlashes = false;
    config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
    config.jetty.modifyServer(server -> server.setErrorHandler(new ServerErrors()));
    metrics.register(config);
    new SourceRoutes(sources).register(config.routes);
    new DatasetRoutes(datasets).register(config.routes);
    new ChangeRoutes(datasets).register(config.routes);
    new ReportRoutes(reports).register(config.routes);
    new ServiceRoutes(database, metrics).register(config.routes);
    Problems.register(config.routes);
  }
}
