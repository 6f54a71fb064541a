package dev.tributary.phase2;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.scheduler.EventLoggingListener;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;

/** The module's one session, and the folder of its fault points. */
public final class TestSpark {
  private static final Path FAULTS = faults();
  private static final SparkSession SESSION = session();

  private TestSpark() {}

  /** The session. */
  public static SparkSession get() {
    return SESSION;
  }

  /** Lets the named point fail at its next visit. */
  public static void failAt(String point) throws IOException {
    Files.writeString(FAULTS.resolve(point), "fail");
  }

  /**
   * Does the work while whoever comes to the named point next waits there.
   *
   * @param point it must not be one that is visited by others meanwhile
   */
  public static void at(String point, Work work) throws Exception {
    Path gate = FAULTS.resolve(point);
    Process made = new ProcessBuilder("mkfifo", gate.toString()).start();
    if (made.waitFor() != 0) {
      throw new IOException("mkfifo %s failed.".formatted(gate));
    }
    // Opened once the other side reads, which goes on when it is closed.
    try (OutputStream out = Files.newOutputStream(gate)) {
      Files.delete(gate);
      work.run();
      out.write("fail 0".getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Something that may throw. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** How many Spark jobs the work starts. */
  public static int jobsDuring(Work work) throws Exception {
    AtomicInteger jobs = new AtomicInteger();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart job) {
            jobs.incrementAndGet();
          }
        };
    SESSION.sparkContext().addSparkListener(listener);
    try {
      work.run();
      SESSION.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      SESSION.sparkContext().removeSparkListener(listener);
    }
    return jobs.get();
  }

  /** What Spark writes into an event log, which the history server and the UI show, meanwhile. */
  public static String eventLogDuring(Work work) throws Exception {
    Path folder = Files.createTempDirectory("events-");
    EventLoggingListener log =
        new EventLoggingListener(
            SESSION.sparkContext().applicationId(),
            scala.Option.empty(),
            folder.toUri(),
            SESSION
                .sparkContext()
                .getConf()
                .set("spark.eventLog.compress", "false")
                .set("spark.eventLog.rolling.enabled", "false"),
            SESSION.sparkContext().hadoopConfiguration());
    log.start();
    SESSION.sparkContext().addSparkListener(log);
    try {
      work.run();
      SESSION.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      SESSION.sparkContext().removeSparkListener(log);
      log.stop();
    }
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        text.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return text.toString();
  }

  private static Path faults() {
    try {
      Path folder = Files.createTempDirectory("faults-");
      // The hook reads it once, when its class is loaded.
      System.setProperty("tributary.fault.dir", folder.toString());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SparkSession session() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .appName("phase2-tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            // Delta's queries of its log are generated anew in every task, which is half the time
            // of these suites; the drivers of the delivery suites generate them as usual.
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.sql.warehouse.dir", FAULTS.resolveSibling("warehouse").toString());
    Phase2.SPARK_SETTINGS.forEach(builder::config);
    return builder.getOrCreate();
  }
}
