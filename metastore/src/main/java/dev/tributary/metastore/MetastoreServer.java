package dev.tributary.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.metastore.access.Tokens;
import dev.tributary.metastore.api.ApiLimits;
import dev.tributary.metastore.api.MetastoreApi;
import dev.tributary.metastore.catalog.CatalogOutbox;
import dev.tributary.metastore.catalog.CatalogSync;
import dev.tributary.metastore.catalog.Catalogs;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Defaults;
import dev.tributary.metastore.change.Recovery;
import dev.tributary.metastore.change.Reports;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.change.Transforms;
import dev.tributary.metastore.jars.JarPlaces;
import dev.tributary.metastore.jars.JarStore;
import dev.tributary.metastore.jars.S3Place;
import dev.tributary.metastore.store.AuditRepository;
import dev.tributary.metastore.store.CatalogRepository;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.RunRepository;
import dev.tributary.metastore.store.SourceRepository;
import dev.tributary.metastore.store.TableRepository;
import dev.tributary.metastore.store.TransformRepository;
import io.javalin.Javalin;
import io.javalin.util.JavalinException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metastore's service: one process, one SQLite file. */
public final class MetastoreServer implements AutoCloseable {
  private final Database database;
  private final Optional<CatalogSync> catalog;
  private final JarPlaces places;
  private final Javalin application;
  private final URI address;

  private MetastoreServer(
      Database database,
      Optional<CatalogSync> catalog,
      JarPlaces places,
      Javalin application,
      URI address) {
    this.database = database;
    this.catalog = catalog;
    this.places = places;
    this.application = application;
    this.address = address;
  }

  /** Serves until SIGTERM, or carries out the command that the first argument names. */
  public static void main(String[] arguments) {
    int exitCode =
        arguments.length > 0 && !arguments[0].startsWith("-")
            ? MetastoreCommands.run(arguments)
            : MetastoreServerSettings.PROGRAM.run(arguments, MetastoreServer::serve);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int serve(Settings settings) throws IOException, InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    MetastoreServer server = start(settings);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.close();
                  stopped.countDown();
                },
                "metastore-stop"));
    if (settings.find(MetastoreServerSettings.ADDRESS_FILE).isPresent()) {
      publish(settings.get(MetastoreServerSettings.ADDRESS_FILE), server.address());
    }
    stopped.await();
    return 0;
  }

  /** Starts as the settings say, and returns once requests are answered. */
  static MetastoreServer start(Settings settings) {
    String host = settings.get(MetastoreServerSettings.HOST);
    boolean asked = settings.get(MetastoreServerSettings.TOKENS) || !loopback(host);
    Optional<Tls> tls = Tls.of(settings);
    Database database = Database.open(settings.get(MetastoreServerSettings.DATABASE));
    Optional<CatalogSync> catalog = Optional.empty();
    try {
      catalog = Catalogs.start(settings, database, new CatalogRepository(), Clock.systemUTC());
      int port = settings.get(MetastoreServerSettings.PORT);
      JarStore jars =
          new JarStore(
              settings.get(MetastoreServerSettings.JAR_FOLDER),
              settings.get(MetastoreServerSettings.MAX_JAR));
      JarPlaces places =
          new JarPlaces(
              settings.get(MetastoreServerSettings.JAR_FOLDERS),
              jars,
              new S3Place(
                  settings.find(MetastoreServerSettings.S3_ENDPOINT),
                  settings.find(MetastoreServerSettings.S3_REGION),
                  settings.get(MetastoreServerSettings.S3_PATH_STYLE)));
      Javalin application = application(settings, database, catalog, jars, places, asked, tls);
      application.start(host, port);
      URI address =
          URI.create(
              "%s://%s:%d"
                  .formatted(
                      tls.isPresent() ? "https" : "http", bracketed(host), application.port()));
      log()
          .info(
              "The metastore answers at {}{}",
              address,
              asked ? "" : ", to everybody on this machine, without asking for tokens");
      return new MetastoreServer(database, catalog, places, application, address);
    } catch (JavalinException e) {
      catalog.ifPresent(CatalogSync::close);
      database.close();
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The metastore cannot listen on %s port %d."
              .formatted(host, settings.get(MetastoreServerSettings.PORT)),
          "Give another host or port; 0 is any free one.",
          e);
    }
  }

  /**
   * What was revoked after the backup was made is not known to be, and lets its bearer in again.
   */
  private static void nameThoseThatMayHaveBeenRevoked(Tokens tokens) {
    List<String> valid =
        tokens.all().stream()
            .filter(token -> token.revokedAt().isEmpty())
            .map(token -> "%s (%s)".formatted(token.id(), token.name()))
            .toList();
    log()
        .warn(
            "Tokens that were revoked after the backup was made are valid again. Revoke what should"
                + " not be: tributary metastore token-revoke --id ID. Valid are {}",
            valid);
  }

  private static Javalin application(
      Settings settings,
      Database database,
      Optional<CatalogSync> catalog,
      JarStore jars,
      JarPlaces places,
      boolean asked,
      Optional<Tls> tls) {
    Clock clock = Clock.systemUTC();
    CatalogOutbox outbox =
        catalog.isPresent()
            ? CatalogOutbox.kept(new CatalogRepository(), clock)
            : CatalogOutbox.none();
    SourceRepository sourceRepository = new SourceRepository();
    DatasetRepository datasetRepository = new DatasetRepository();
    Defaults defaults =
        new Defaults(
            settings.find(MetastoreServerSettings.BOOTSTRAP_SERVERS),
            settings.find(MetastoreServerSettings.ARCHIVE_LOCATION),
            settings.find(MetastoreServerSettings.TABLE_LOCATION));
    Sources sources = new Sources(database, sourceRepository, datasetRepository, defaults, clock);
    Transforms transforms = new Transforms(database, new TransformRepository(), clock);
    Datasets datasets =
        new Datasets(
            database,
            datasetRepository,
            sourceRepository,
            sources,
            transforms,
            defaults,
            outbox,
            clock);
    Recovery recovery = new Recovery(database, datasets, sourceRepository);
    recovery
        .backupOf()
        .ifPresent(
            at ->
                log()
                    .warn(
                        "The database is a backup of {}. Datasets can be changed once it has learned"
                            + " which versions were given out since: ./tributary recover",
                        Instant.ofEpochMilli(at)));
    Reports reports =
        new Reports(
            database,
            datasetRepository,
            new RunRepository(),
            new TableRepository(),
            new AuditRepository(),
            outbox,
            clock);
    Optional<Tokens> tokens = asked ? Optional.of(new Tokens(database, clock)) : Optional.empty();
    if (recovery.backupOf().isPresent()) {
      tokens.ifPresent(MetastoreServer::nameThoseThatMayHaveBeenRevoked);
    }
    tokens
        .filter(known -> known.all().isEmpty())
        .ifPresent(
            known ->
                log()
                    .warn(
                        "Callers have to bear tokens, and there are none yet. Make one: tributary"
                            + " metastore token-create --name NAME --scope admin"));
    return new MetastoreApi(
            database,
            sources,
            datasets,
            reports,
            transforms,
            jars,
            places,
            recovery,
            catalog,
            tokens,
            new ApiLimits(
                settings.get(MetastoreServerSettings.MAX_BODY),
                settings.get(MetastoreServerSettings.REQUEST_RATE),
                bracketed(settings.get(MetastoreServerSettings.HOST))),
            clock)
        .application(
            config ->
                tls.ifPresent(
                    secure ->
                        config.jetty.addConnector(
                            (server, http) ->
                                secure.connector(
                                    server,
                                    http,
                                    settings.get(MetastoreServerSettings.HOST),
                                    settings.get(MetastoreServerSettings.PORT)))));
  }

  /** Not a field: what is asked for by {@code --log.format} must be heard before it is made. */
  private static Logger log() {
    return LoggerFactory.getLogger(MetastoreServer.class);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The host '%s' has no address.".formatted(host),
          "Give an address of this machine.",
          e);
    }
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /** The file appears whole: who waits for it never reads a part. */
  private static void publish(Path file, URI address) throws IOException {
    Path whole = file.toAbsolutePath();
    Files.createDirectories(whole.getParent());
    Path temporary = Files.createTempFile(whole.getParent(), "address-", ".tmp");
    Files.writeString(temporary, address + "\n");
    Files.move(
        temporary, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Where it answers. */
  URI address() {
    return address;
  }

  /** Every route, as {@code GET /sources/{name}}. */
  Set<String> routes() {
    return application.unsafe.internalRouter.allHttpHandlers().stream()
        .filter(handler -> handler.endpoint.method.isHttpMethod())
        .map(handler -> handler.endpoint.method + " " + handler.endpoint.path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Lets running requests finish, then closes the database. */
  @Override
  public void close() {
    application.stop();
    catalog.ifPresent(CatalogSync::close);
    places.close();
    database.close();
    log().info("The metastore has stopped");
  }
}
