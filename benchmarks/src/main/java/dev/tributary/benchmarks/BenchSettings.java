package dev.tributary.benchmarks;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The settings of the benchmark. */
final class BenchSettings {
  /** Which stores. */
  enum Stores {
    LOCAL(Store.LOCAL),
    S3(Store.S3),
    BOTH(Store.LOCAL, Store.S3);

    private final List<Store> stores;

    Stores(Store... stores) {
      this.stores = List.of(stores);
    }

    List<Store> list() {
      return stores;
    }
  }

  static final Setting<Long> EVENTS =
      Setting.parsed(
              "events",
              "integer",
              "How many order events, a multiple of 8.",
              BenchSettings::eventCount)
          .withDefault("2000000");

  static final Setting<Stores> STORE =
      Setting.oneOf("store", "Where the raw tier and the tables lie.", Stores.class)
          .withDefault("both");

  static final Setting<Set<Step>> STEPS =
      Setting.parsed(
              "steps",
              "limit,raw,append,upsert,growth",
              "Which parts to run; append and upsert read what raw wrote, now or before into a kept"
                  + " folder.",
              Step::parse)
          .withDefault("limit,raw,append,upsert");

  static final Setting<List<Long>> GROWTH_ROWS =
      Setting.parsed(
              "growth.rows",
              "integer,integer",
              "The sizes of the tables into which growth merges the same batches.",
              BenchSettings::tableSizes)
          .withDefault("1000000,20000000");

  static final Setting<Long> GROWTH_KEYS =
      Setting.wholeNumber(
              "growth.keys", "How many keys each of these batches has.", 80, 100_000_000)
          .withDefault("100000");

  static final Setting<Integer> GROWTH_BATCHES =
      Setting.integer(
              "growth.batches",
              "How many batches of each table count, after three that do not.",
              1,
              1_000)
          .withDefault("9");

  static final Setting<Integer> WARM_RUNS =
      Setting.integer(
              "warm-runs",
              "How often each job is run again in its JVM after the first time; the fastest counts.",
              0,
              100)
          .withDefault("1");

  static final Setting<String> MEMORY =
      Setting.text("memory", "The heap of each job, as -Xmx takes it.").withDefault("2g");

  static final Setting<Path> DATA =
      Setting.path("data", "The folder for everything; it must be empty or an earlier benchmark's.")
          .withDefault(".tributary-bench");

  static final Setting<Boolean> KEEP =
      Setting.flag("keep", "Leaves the folder, so that a later benchmark goes on from it.");

  static final Setting<Boolean> RESUME =
      Setting.flag(
          "resume",
          "Leaves out the parts that an earlier benchmark measured in this kept folder, and reports"
              + " them with the others.");

  static final Setting<Path> JSON =
      Setting.path("json", "Writes the figures to this file as JSON.");

  static final Setting<Boolean> PROFILE =
      Setting.flag("profile", "Records each job with Flight Recorder; needs --keep to be of use.");

  static final Program PROGRAM =
      Program.of(
          "tributary bench",
          "Measures both phases on this machine, against what Spark merely reads from Kafka and"
              + " against the job that a user would write by hand. Exit code 1: a bound was missed.",
          SettingsGroup.of(
              "Benchmark",
              EVENTS,
              STORE,
              STEPS,
              GROWTH_ROWS,
              GROWTH_KEYS,
              GROWTH_BATCHES,
              WARM_RUNS,
              MEMORY,
              DATA,
              KEEP,
              RESUME,
              JSON,
              PROFILE));

  private BenchSettings() {}

  private static List<Long> tableSizes(String text) {
    if (!text.matches("[1-9][0-9]{0,9}(,[1-9][0-9]{0,9})+")) {
      throw new IllegalArgumentException(
          "Use two or more numbers of rows joined by commas, at most ten digits each.");
    }
    List<Long> sizes = Stream.of(text.split(",")).map(Long::parseLong).distinct().sorted().toList();
    if (sizes.size() == 1) {
      throw new IllegalArgumentException("Use sizes that differ.");
    }
    return sizes;
  }

  private static long eventCount(String text) {
    if (!text.matches("[1-9][0-9]{0,9}") || Long.parseLong(text) % OrdersTopic.PARTITIONS != 0) {
      throw new IllegalArgumentException(
          "Use a multiple of %d, at most ten digits.".formatted(OrdersTopic.PARTITIONS));
    }
    return Long.parseLong(text);
  }
}
