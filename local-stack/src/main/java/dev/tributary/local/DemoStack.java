package dev.tributary.local;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.local.demo.DemoSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** The local stack of one demo: starts in an empty folder, and stops unless it is to be kept. */
public final class DemoStack implements AutoCloseable {
  private static final String MARKER = ".demo";

  private final StackFolder folder;
  private final StackState state;
  private final boolean keep;
  private final AtomicBoolean stopped = new AtomicBoolean();

  private DemoStack(StackFolder folder, StackState state, boolean keep) {
    this.folder = folder;
    this.state = state;
    this.keep = keep;
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop-demo-stack"));
  }

  /** What {@link #start} will start, and what runs already, in a line. */
  public static String plan(Settings settings) {
    List<String> own = new ArrayList<>();
    List<String> given = new ArrayList<>();
    (settings.find(LocalSettings.KAFKA).isPresent() ? given : own).add("Kafka");
    (settings.find(LocalSettings.S3_ENDPOINT).isPresent() ? given : own).add("S3");
    own.add("the metastore");
    return "Starting %s on this machine%s"
        .formatted(
            String.join(", ", own), given.isEmpty() ? "" : "; given: " + String.join(", ", given));
  }

  /** Starts it; the ticker runs every so often until it is up. */
  public static DemoStack start(Settings settings, Runnable ticker) throws InterruptedException {
    StackFolder folder = new StackFolder(settings.get(DemoSettings.DATA));
    if (folder.running().isPresent()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "An earlier demo is still up in %s. Stop it: ./tributary local down --data %s"
              .formatted(folder.root(), folder.root()));
    }
    GivenServers.require(settings);
    clear(folder.root());
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<StackState> up = executor.submit(() -> LocalUp.start(folder, flags(settings, folder)));
      while (true) {
        try {
          StackState state = up.get(250, TimeUnit.MILLISECONDS);
          return new DemoStack(folder, state, settings.get(DemoSettings.KEEP));
        } catch (TimeoutException e) {
          ticker.run();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TributaryException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      executor.shutdownNow();
    }
  }

  private static List<String> flags(Settings settings, StackFolder folder) {
    List<String> flags = new ArrayList<>(List.of("--data=" + folder.root()));
    settings.find(LocalSettings.KAFKA).ifPresent(kafka -> flags.add("--kafka=" + kafka));
    settings.find(LocalSettings.S3_ENDPOINT).ifPresent(s3 -> flags.add("--s3-endpoint=" + s3));
    flags.add("--bucket=" + settings.get(LocalSettings.BUCKET));
    flags.add("--kafka-port=" + settings.get(LocalSettings.KAFKA_PORT));
    flags.add("--s3-port=" + settings.get(LocalSettings.S3_PORT));
    flags.add("--metastore-port=" + settings.get(LocalSettings.METASTORE_PORT));
    return flags;
  }

  /** Deletes what an earlier demo left; any other folder is refused. */
  private static void clear(Path root) {
    try {
      boolean empty = !Files.exists(root);
      if (!empty) {
        try (Stream<Path> children = Files.list(root)) {
          empty = children.findAny().isEmpty();
        }
      }
      if (!empty && !Files.exists(root.resolve(MARKER))) {
        throw new TributaryException(
            ErrorCode.SETTING_INVALID,
            "The folder '%s' is not empty and no demo made it. Name another one with --data."
                .formatted(root));
      }
      if (!empty) {
        try (Stream<Path> all = Files.walk(root)) {
          for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
      Files.createDirectories(root);
      Files.createFile(root.resolve(MARKER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bootstrap servers. */
  public String kafka() {
    return state.kafka();
  }

  /** Whether the broker is the stack's own. */
  public boolean ownsKafka() {
    return state.servers().stream().anyMatch(server -> server.name().equals("kafka"));
  }

  /** Where the metastore is. */
  public String metastoreUrl() {
    return state.metastoreUrl();
  }

  /** The bucket as Hadoop names it. */
  public String bucketUri() {
    return "s3a://" + state.bucket();
  }

  /** What points a command at the stack. */
  public Map<String, String> environment() {
    return state.environment();
  }

  /** Puts the credentials of the stack's own S3 server into a configuration. */
  public void credentials(Configuration configuration) {
    state
        .credentials()
        .ifPresent(
            own -> {
              configuration.set("fs.s3a.access.key", own.accessKey());
              configuration.set("fs.s3a.secret.key", own.secretKey());
            });
  }

  /** Where logs go. */
  public Path logs() {
    return folder.logs();
  }

  /** Its addresses in a line. */
  public String describe() {
    return "Kafka %s, S3 %s (bucket %s), metastore %s"
        .formatted(state.kafka(), state.s3Endpoint(), state.bucket(), state.metastoreUrl());
  }

  /** Where everything lies and how to go on, for people. */
  public List<String> whereabouts() {
    List<String> lines = new ArrayList<>();
    if (state.credentials().isPresent()) {
      lines.add("as files     " + folder.root().resolve("s3/buckets").resolve(state.bucket()));
    }
    lines.add("logs         " + folder.logs());
    if (keep) {
      lines.add("");
      lines.add("The servers are still up. To go on by hand:");
      lines.add("  . " + folder.env());
      lines.add("  ./tributary status");
      lines.add("  ./tributary phase1 --all --trigger 2s      (in a terminal of its own)");
      lines.add("  ./tributary phase2 --all --trigger 2s      (in another)");
      lines.add("  ./tributary reconcile --dataset flights --deep");
      lines.add("  ./tributary local down --data " + folder.root());
    }
    return lines;
  }

  @Override
  public void close() {
    if (keep || stopped.getAndSet(true)) {
      return;
    }
    try {
      LocalDown.stop(folder, state);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
