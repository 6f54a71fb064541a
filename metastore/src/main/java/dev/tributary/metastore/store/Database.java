package dev.tributary.metastore.store;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * One SQLite file in WAL mode: one connection writes, a few read beside it. A change is on disk
 * when {@link #write} returns. Must not lie on a network file system. Thread-safe.
 */
public final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int READERS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 10_000;

  /** What is done with a connection. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does it. */
    T with(Connection connection) throws SQLException;
  }

  private final Path file;
  private final Connection writer;
  private final ReentrantLock writing = new ReentrantLock(true);
  private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);
  private final List<Connection> all = new ArrayList<>();

  private Database(Path file) throws SQLException {
    this.file = file;
    this.writer = connect(false);
    execute("BEGIN IMMEDIATE");
    try {
      Migrations.apply(writer);
      execute("COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(e);
      throw e;
    }
    for (int i = 0; i < READERS; i++) {
      Connection reader = connect(true);
      reader.setAutoCommit(false);
      readers.add(reader);
    }
  }

  /** Refuses a file that is not there, for what has nothing to do with a new database. */
  public static void requireThere(Path file) {
    if (!Files.exists(file)) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "There is no database %s.".formatted(file),
          "Give the file that the service uses.");
    }
  }

  /** Opens the file, creating it and its folder where they are missing, and migrates it. */
  public static Database open(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return new Database(file.toAbsolutePath());
    } catch (SQLException | IOException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The database %s cannot be opened or made.".formatted(file),
          "Give the path of a file that this process may write, not on a network file system.",
          e);
    }
  }

  private Connection connect(boolean readOnly) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(readOnly);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.enforceForeignKeys(true);
    if (!readOnly) {
      config.setJournalMode(JournalMode.WAL);
      // What was answered with success must outlive a power cut.
      config.setSynchronous(SynchronousMode.FULL);
    }
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    all.add(connection);
    return connection;
  }

  /** Reads what was committed before, all of it from one snapshot. */
  public <T> T read(Work<T> work) {
    Connection connection = null;
    try {
      connection = readers.take();
      return work.with(connection);
    } catch (SQLException e) {
      throw unavailable(file, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(file, e);
    } finally {
      if (connection != null) {
        endSnapshot(connection);
        readers.add(connection);
      }
    }
  }

  private static void endSnapshot(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.warn("A read could not be ended; the next one may see old data", e);
    }
  }

  /** What a write would come to: it is carried out, and then taken back whatever it did. */
  public <T> T tryOut(Work<T> work) {
    return write(work, "ROLLBACK");
  }

  /** Writes in one transaction that begins before the first read of it: all of it or nothing. */
  public <T> T write(Work<T> work) {
    return write(work, "COMMIT");
  }

  private <T> T write(Work<T> work, String end) {
    writing.lock();
    try {
      // Begun here and not by the driver, which would keep the file locked between transactions.
      execute("BEGIN IMMEDIATE");
      T result = work.with(writer);
      execute(end);
      return result;
    } catch (SQLException e) {
      rollback(e);
      throw unavailable(file, e);
    } catch (RuntimeException | Error e) {
      // Errors too: what is left open here would be committed with, or fail, the next change.
      rollback(e);
      throw e;
    } finally {
      writing.unlock();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = writer.createStatement()) {
      statement.execute(sql);
    }
  }

  private void rollback(Throwable cause) {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private static TributaryException unavailable(Path file, Exception cause) {
    return TributaryException.of(
        ErrorCode.STORE_UNAVAILABLE,
        "The metastore's database %s cannot be used now.".formatted(file.getFileName()),
        "Try again; if it stays so, see the metastore's log.",
        cause);
  }

  @Override
  public void close() {
    writing.lock();
    try {
      for (Connection connection : all) {
        connection.close();
      }
    } catch (SQLException e) {
      throw unavailable(file, e);
    } finally {
      writing.unlock();
    }
  }
}
