package dev.tributary.metastore.catalog;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.metastore.store.CatalogRepository;
import dev.tributary.metastore.store.CatalogRepository.Due;
import dev.tributary.metastore.store.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a catalog what it has yet to learn, one table after the other in a thread of its own. What
 * fails is tried again after a pause that doubles; of each table only what is newest is told, so
 * that none ever goes back. A process that dies between telling and noting tells it again.
 */
public final class CatalogSync implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogSync.class);
  private static final int AT_ONCE = 100;
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final int LONGEST_ERROR = 1_000;

  private final Database database;
  private final CatalogRepository repository;
  private final CatalogTables tables;
  private final TableCatalog catalog;
  private final Pauses pauses;
  private final Clock clock;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "catalog");

  private CatalogSync(
      Database database,
      CatalogRepository repository,
      TableCatalog catalog,
      Pauses pauses,
      Clock clock) {
    this.database = database;
    this.repository = repository;
    this.tables = new CatalogTables(database);
    this.catalog = catalog;
    this.pauses = pauses;
    this.clock = clock;
  }

  /**
   * How long is waited after a failure.
   *
   * @param first after the first one
   * @param longest after many
   */
  public record Pauses(Duration first, Duration longest) {
    /** About how long after a number of failures; never the same for all. */
    Duration after(int failures) {
      long doubled = first.toMillis() << Math.min(failures - 1, 20);
      long most = Math.max(1, Math.min(doubled, longest.toMillis()));
      return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }
  }

  /** Notes what the catalog lacks, and starts to tell it. */
  static CatalogSync start(
      Database database,
      CatalogRepository repository,
      TableCatalog catalog,
      Pauses pauses,
      Clock clock) {
    CatalogSync sync = new CatalogSync(database, repository, catalog, pauses, clock);
    int missing =
        database.write(
            connection -> repository.noteMissing(connection, catalog.identity(), clock.millis()));
    LOG.info("The catalog is {}; it lacks {} tables", catalog.identity(), missing);
    sync.thread.setDaemon(true);
    sync.thread.start();
    return sync;
  }

  /** Which catalog. */
  public String identity() {
    return catalog.identity();
  }

  /** What a dataset's table is called there. */
  public String nameOf(String dataset) {
    return catalog.nameOf(dataset);
  }

  private void run() {
    try {
      do {
        try {
          tellWhatIsDue();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
          LOG.error("What the catalog has to learn cannot be read or noted now", e);
        }
      } while (!stop.await(POLL.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tellWhatIsDue() {
    List<Due> due =
        database.read(connection -> repository.due(connection, clock.millis(), AT_ONCE));
    for (Due one : due) {
      if (stop.getCount() == 0) {
        return;
      }
      tell(one);
    }
  }

  private void tell(Due due) {
    try {
      catalog.put(tables.of(due));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      // One table's description, or what a library lacks, must not end what tells all others.
      failed(due, e);
      return;
    }
    database.write(
        connection -> {
          repository.learned(connection, due, catalog.identity(), clock.millis());
          return due;
        });
    LOG.info("The catalog knows version {} of {}", due.version(), due.dataset());
  }

  private void failed(Due due, Throwable failure) {
    boolean known = failure instanceof TributaryException e && e.code() == ErrorCode.CATALOG_FAILED;
    Duration pause = pauses.after(due.attempts() + 1);
    LOG.atWarn()
        .setCause(known ? null : failure)
        .log(
            "The catalog did not take version {} of {}; it is told again in {} ms: {}",
            due.version(),
            due.dataset(),
            pause.toMillis(),
            failure.getMessage());
    String error = String.valueOf(failure.getMessage());
    database.write(
        connection -> {
          repository.failed(
              connection,
              due,
              error.substring(0, Math.min(error.length(), LONGEST_ERROR)),
              clock.millis() + pause.toMillis());
          return due;
        });
  }

  /** Lets what is being told be told. */
  @Override
  public void close() {
    stop.countDown();
    try {
      thread.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    catalog.close();
  }
}
