package dev.tributary.local.demo;

import dev.tributary.cli.StoreConfiguration;
import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.core.error.ErrorCategory;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.local.DemoStack;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;

/**
 * Real records from a real broker through both phases into tables on a real S3 server, while a
 * driver is killed and a column is added; in the end the accounts must balance.
 */
public final class Demo {
  /** What the demo can be told. */
  public static final Program PROGRAM =
      Program.of(
          "tributary demo",
          "Shows the whole way on this machine and checks it. Exit code 0 only if every record is"
              + " accounted for and the tables are what they must be.",
          DemoSettings.DEMO,
          DemoSettings.SERVERS);

  private static final Duration FEED = Duration.ofSeconds(40);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long TICK_MILLIS = 500;
  private static final double DDL_AT = 0.35;
  private static final double KILL_AT = 0.6;

  private final PrintStream out = System.out;
  private final ProgressLine line;
  private final Path home = Path.of(System.getProperty("tributary.home"));
  private final DemoStack stack;
  private final String root;
  private final long events;
  private final List<DemoDataset> datasets;
  private final Configuration configuration;

  private Demo(Settings settings, DemoStack stack, ProgressLine line) {
    this.stack = stack;
    this.line = line;
    String run = "demo-" + Instant.now().getEpochSecond();
    this.root = stack.bucketUri() + "/" + run;
    this.events = settings.get(DemoSettings.EVENTS);
    this.datasets = DemoDataset.all(stack.ownsKafka() ? "" : run + "-");
    this.configuration =
        StoreConfiguration.of(
            Program.of("demo", "-", dev.tributary.streaming.DriverSettings.STORE)
                .resolve(List.of(), stack.environment(), Path.of("/")));
    stack.credentials(configuration);
  }

  /** Runs the demo; answers the exit code. */
  public static int run(Settings settings) throws InterruptedException {
    ProgressLine line = ProgressLine.onStandardOutput();
    line.say(DemoStack.plan(settings));
    try (DemoStack stack = DemoStack.start(settings, () -> line.show("Waiting for the servers"))) {
      line.say("Up: " + stack.describe());
      return new Demo(settings, stack, line).run();
    }
  }

  private int run() throws InterruptedException {
    MetastoreAdmin metastore =
        new HttpMetastoreAdmin(MetastoreConnection.to(URI.create(stack.metastoreUrl())));
    register(metastore);
    Path logs = stack.logs();
    List<String> flags =
        List.of(
            "--all",
            "--trigger",
            "1s",
            "--discovery-interval",
            "1s",
            "--metrics.host",
            "127.0.0.1");
    try (DriverProcess phase1 =
            new DriverProcess(
                "phase1", home, flags, stack.environment(), logs.resolve("phase1.log"));
        DriverProcess phase2 =
            new DriverProcess(
                "phase2", home, flags, stack.environment(), logs.resolve("phase2.log"));
        Feeder feeder = new Feeder(stack.kafka(), shares(), events, FEED)) {
      phase1.start();
      phase2.start();
      line.say(
          "Started the drivers: phase 1 (process %d) and phase 2 (process %d)"
              .formatted(phase1.pid(), phase2.pid()));
      feeder.start();
      follow(feeder, phase1, phase2, metastore);
      line.say("Everything arrived; the drivers are told to leave");
      stop("phase 1", phase1);
      stop("phase 2", phase2);
    }
    return report();
  }

  private void register(MetastoreAdmin metastore) {
    Map<String, Integer> topics = new TreeMap<>();
    datasets.forEach(each -> topics.put(each.messages().topic(), each.partitions()));
    Feeder.createTopics(stack.kafka(), topics);
    for (DemoDataset each : datasets) {
      metastore.putSource(each.source(stack.kafka(), root));
      metastore.putDataset(each.dataset(root));
      line.say("Registered dataset %s: %s".formatted(each.name(), each.what()));
    }
  }

  private List<Feeder.Share> shares() {
    return datasets.stream().map(each -> new Feeder.Share(each.messages(), each.part())).toList();
  }

  /** Watches until everything is in the tables; things happen on the way. */
  private void follow(
      Feeder feeder, DriverProcess phase1, DriverProcess phase2, MetastoreAdmin metastore)
      throws InterruptedException {
    Progress progress = new Progress(datasets, root, configuration);
    boolean altered = false;
    boolean killed = false;
    Progress.Sample before = new Progress.Sample(0, 0, 0, 0);
    long movedAt = System.nanoTime();
    while (true) {
      phase1.requireAlive();
      phase2.requireAlive();
      Progress.Sample sample = progress.sample(feeder.sent());
      if (!sample.equals(before)) {
        before = sample;
        movedAt = System.nanoTime();
      }
      requireMovement(movedAt);
      line.show(progress.text(stage(feeder, sample), sample));
      if (!altered && sample.written() > 0 && sample.sent() >= events * DDL_AT) {
        altered = true;
        addColumn(metastore);
      }
      if (!killed && altered && sample.written() > 0 && sample.sent() >= events * KILL_AT) {
        killed = true;
        kill(phase2, sample);
      }
      if (altered && killed && feeder.finished() && sample.arrived(feeder.sent())) {
        line.say(progress.text("done", sample));
        return;
      }
      TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
    }
  }

  private static String stage(Feeder feeder, Progress.Sample sample) {
    if (sample.archived() == 0) {
      return "drivers start";
    }
    return feeder.finished() ? "draining" : "feeding and writing";
  }

  private static void requireMovement(long movedAt) {
    if (System.nanoTime() - movedAt > PATIENCE.toNanos()) {
      throw new TributaryException(
          ErrorCode.LOCAL_STACK_FAILED,
          "Nothing has moved for %d seconds. Look into the drivers' logs."
              .formatted(PATIENCE.toSeconds()));
    }
  }

  private void addColumn(MetastoreAdmin metastore) {
    long version =
        metastore
            .ddl(
                DemoDataset.WIDENED, List.of(new DdlOperation.AddColumn(DemoDataset.addedColumn())))
            .version();
    line.say(
        "POST /ddl add_column %s %s to %s: version %d"
            .formatted(
                DemoDataset.addedColumn().name(),
                DemoDataset.addedColumn().type(),
                DemoDataset.WIDENED,
                version));
  }

  private void kill(DriverProcess driver, Progress.Sample sample) throws InterruptedException {
    long pid = driver.kill();
    line.say(
        "kill -9 phase 2 (process %d) at %,d records in tables of %,d archived"
            .formatted(pid, sample.written(), sample.archived()));
    driver.start();
    line.say("Started phase 2 again (process %d)".formatted(driver.pid()));
  }

  private void stop(String name, DriverProcess driver) throws InterruptedException {
    int exitCode = driver.stop();
    // 143 is what a JVM answers that ended in good order by SIGTERM.
    line.say(name + (exitCode == 0 || exitCode == 143 ? " left" : " ended with " + exitCode));
  }

  private int report() {
    DemoReport report =
        new DemoReport(
            configuration, new Reconciler(configuration, SecretReference.ofProcess()), out);
    boolean right = true;
    for (DemoDataset each : datasets) {
      right &= report.show(each, each.dataset(root), each.source(stack.kafka(), root));
    }
    out.printf("%n══ %s ══%n", right ? "All accounts balance" : "SOMETHING IS WRONG: see above");
    out.printf("%n  raw archive  %s/raw%n  tables       %s/lake%n", root, root);
    if (!stack.ownsKafka()) {
      out.printf(
          "  topics       %s, which stay on %s%n",
          String.join(", ", datasets.stream().map(each -> each.messages().topic()).toList()),
          stack.kafka());
    }
    stack.whereabouts().forEach(text -> out.printf("  %s%n", text));
    return right ? 0 : ErrorCategory.DATA.exitCode();
  }
}
