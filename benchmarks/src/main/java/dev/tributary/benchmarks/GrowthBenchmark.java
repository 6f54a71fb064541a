package dev.tributary.benchmarks;

import dev.tributary.core.spec.BatchSpec;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Fills tables of different sizes and merges the same batches into each, by both drivers from Kafka
 * on. The batches of a table have a JVM of their own, so that each begins as cold as the others;
 * the first ones of it do not count.
 */
final class GrowthBenchmark {
  private static final int WARM_UP = 3;

  private final BenchStack stack;
  private final StepProcess process;
  private final Path folder;
  private final List<OrderHistory> histories;
  private final int batches;
  private final PrintStream progress;
  private final Pipelines pipelines;

  /**
   * A benchmark that has not begun.
   *
   * @param histories one a table
   * @param batches how many of each table count
   */
  GrowthBenchmark(
      BenchStack stack,
      StepProcess process,
      Path folder,
      List<OrderHistory> histories,
      int batches,
      PrintStream progress) {
    this.stack = stack;
    this.process = process;
    this.folder = folder;
    this.histories = List.copyOf(histories);
    this.batches = batches;
    this.progress = progress;
    this.pipelines = new Pipelines(stack.metastore(), stack.bootstrapServers());
  }

  /** Measures every table; all are filled first, so that the batches follow closely. */
  List<MergeTimes> run(Store store) throws InterruptedException {
    // What an earlier attempt in a kept folder began is not gone on with.
    String attempt = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    for (OrderHistory history : histories) {
      fill(store, history, table(store, history, attempt));
    }
    List<MergeTimes> times = new ArrayList<>();
    for (OrderHistory history : histories) {
      times.add(merge(store, history, table(store, history, attempt)));
    }
    return times;
  }

  private StepRequest.Run table(Store store, OrderHistory history, String attempt) {
    return new StepRequest.Run(
        "growth_%s_%d_%s".formatted(store.label(), history.rows(), attempt),
        "%s/growth/%d".formatted(stack.root(store), history.rows()));
  }

  private void fill(Store store, OrderHistory history, StepRequest.Run table)
      throws InterruptedException {
    progress.printf(
        Locale.ROOT, "%s: filling a table of %,d rows%n", store.label(), history.rows());
    topic(table).extend(history, 0, history.rows());
    archive(table, history.keysOfFill());
    pipelines.changes(table.name(), table.name(), table.table(), history.keys());
    StepResult result =
        process.run(request(store, Job.GROWTH_FILL, history, table, history.rows()));
    progress.printf(
        Locale.ROOT,
        "%s: %,d rows after %.0f s of both phases%n",
        store.label(),
        history.rows(),
        result.runs().get(0).wallSeconds());
  }

  private MergeTimes merge(Store store, OrderHistory history, StepRequest.Run table)
      throws InterruptedException {
    int all = WARM_UP + batches;
    topic(table).extend(history, history.rows(), history.end(all));
    archive(table, history.keys());
    List<Timed> timed =
        process
            .run(request(store, Job.GROWTH_MERGE, history, table, all * history.keys()))
            .runs()
            .get(0)
            .timed();
    topic(table).delete();
    MergeTimes times =
        new MergeTimes(store, history.rows(), history.keys(), timed.subList(WARM_UP, all));
    progress.printf(
        Locale.ROOT,
        "%s: %,d keys into %,d rows: %.2f s%n",
        store.label(),
        times.keys(),
        times.rows(),
        times.medianSeconds());
    return times;
  }

  private OrdersTopic topic(StepRequest.Run table) {
    return new OrdersTopic(stack.bootstrapServers(), table.name());
  }

  /** Lets phase 1 make entries of so many records, of which phase 2 takes one a batch. */
  private void archive(StepRequest.Run table, long records) {
    pipelines.source(
        table.name(),
        table.name(),
        table.output() + "/archive",
        new BatchSpec(records, Benchmark.NO_BOUND, null));
  }

  private StepRequest request(
      Store store, Job job, OrderHistory history, StepRequest.Run table, long events) {
    String name =
        "%s-%s-%d"
            .formatted(
                store.label(),
                job.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                history.rows());
    return new StepRequest(
        job,
        events,
        stack.bootstrapServers(),
        table.name(),
        "",
        Optional.of(history),
        List.of(table),
        folder.resolve("steps").resolve(name).toString());
  }
}
