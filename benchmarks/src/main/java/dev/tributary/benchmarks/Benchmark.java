package dev.tributary.benchmarks;

import dev.tributary.core.spec.BatchSpec;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Runs the steps one after the other. Each job runs in a JVM of its own, several times over fresh
 * outputs: the first run is the cold one.
 */
final class Benchmark {
  /** Every event once. */
  private static final String ORDERS = "orders";

  /** Every event, and then again with a later time of change: what makes every key match. */
  private static final String ORDERS_TWICE = "orders_twice";

  static final long NO_BOUND = 1L << 50;

  private final BenchStack stack;
  private final StepProcess process;
  private final Path folder;
  private final long events;
  private final int runs;
  private final PrintStream progress;
  private final Pipelines pipelines;
  private final List<Measurement> measurements = new ArrayList<>();

  Benchmark(
      BenchStack stack,
      StepProcess process,
      Path folder,
      long events,
      int runs,
      PrintStream progress) {
    this.stack = stack;
    this.process = process;
    this.folder = folder;
    this.events = events;
    this.runs = runs;
    this.progress = progress;
    this.pipelines = new Pipelines(stack.metastore(), stack.bootstrapServers());
  }

  /** Runs a step and returns what was measured. */
  List<Measurement> run(Store store, Step step) throws InterruptedException {
    measurements.clear();
    switch (step) {
      case LIMIT -> limit(store);
      case RAW -> raw(store);
      case APPEND -> append(store);
      case UPSERT -> upsert(store);
      case GROWTH -> throw new IllegalArgumentException("A benchmark of its own: " + step);
    }
    return List.copyOf(measurements);
  }

  private void limit(Store store) throws InterruptedException {
    fill(ORDERS, 1);
    measure(store, Job.KAFKA_TO_NOOP, "", outputs(store, Job.KAFKA_TO_NOOP));
  }

  private void raw(Store store) throws InterruptedException {
    fill(ORDERS, 1);
    measure(store, Job.NAIVE_RAW, "", outputs(store, Job.NAIVE_RAW));
    List<StepRequest.Run> ours = outputs(store, Job.TRIBUTARY_RAW);
    for (StepRequest.Run run : ours) {
      pipelines.source(run.name(), ORDERS, run.output(), BatchSpec.defaults());
    }
    measure(store, Job.TRIBUTARY_RAW, "", ours);
  }

  private void append(Store store) throws InterruptedException {
    measure(store, Job.NAIVE_APPEND, naiveRaw(store), outputs(store, Job.NAIVE_APPEND));
    String source = last(outputs(store, Job.TRIBUTARY_RAW)).name();
    List<StepRequest.Run> ours = outputs(store, Job.TRIBUTARY_APPEND);
    for (StepRequest.Run run : ours) {
      pipelines.append(run.name(), source, run.table());
    }
    measure(store, Job.TRIBUTARY_APPEND, "", ours);
  }

  private void upsert(Store store) throws InterruptedException {
    measure(store, Job.NAIVE_UPSERT, naiveRaw(store), outputs(store, Job.NAIVE_UPSERT));
    fill(ORDERS_TWICE, 2);
    String archive = stack.root(store) + "/twice";
    String source = "twice_" + store.label();
    pipelines.source(source, ORDERS_TWICE, archive, new BatchSpec(events, NO_BOUND, null));
    progress.println(store.label() + ": archiving what the upsert reads");
    process.run(
        request(
            store,
            Job.TRIBUTARY_RAW,
            2 * events,
            ORDERS_TWICE,
            "",
            List.of(new StepRequest.Run(source, archive))));
    List<StepRequest.Run> ours = outputs(store, Job.TRIBUTARY_UPSERT);
    for (StepRequest.Run run : ours) {
      pipelines.upsert(run.name(), source, run.table(), events);
    }
    List<StepResult.Run> results =
        process.run(request(store, Job.TRIBUTARY_UPSERT, 2 * events, "", "", ours)).runs();
    record(store, Job.TRIBUTARY_UPSERT, results);
  }

  private void fill(String topic, int rounds) {
    progress.println("filling topic " + topic);
    new OrdersTopic(stack.bootstrapServers(), topic).fill(events, rounds);
  }

  private void measure(Store store, Job job, String input, List<StepRequest.Run> jobRuns)
      throws InterruptedException {
    record(store, job, process.run(request(store, job, events, ORDERS, input, jobRuns)).runs());
  }

  private void record(Store store, Job job, List<StepResult.Run> results) {
    for (int run = 0; run < results.size(); run++) {
      StepResult.Run result = results.get(run);
      for (Timed timed : result.timed()) {
        measurements.add(new Measurement(store, job.side(), run, timed, result.wallSeconds()));
        progress.printf(
            "%s: %s, %s, %s: %,.0f records/s, %.1f CPU s a million%n",
            store.label(),
            job.side().label(),
            timed.workload().label(),
            run == 0 ? "cold" : "warm",
            timed.recordsPerSecond(),
            timed.cpuSecondsPerMillion());
      }
    }
  }

  private StepRequest request(
      Store store,
      Job job,
      long jobEvents,
      String topic,
      String input,
      List<StepRequest.Run> jobRuns) {
    String name =
        "%s-%s%s".formatted(store.label(), label(job), topic.equals(ORDERS_TWICE) ? "-twice" : "");
    return new StepRequest(
        job,
        jobEvents,
        stack.bootstrapServers(),
        topic,
        input,
        Optional.empty(),
        jobRuns,
        folder.resolve("steps").resolve(name).toString());
  }

  private String naiveRaw(Store store) {
    return last(outputs(store, Job.NAIVE_RAW)).output();
  }

  /** The last run writes to the same place however many there are: later steps read it. */
  private List<StepRequest.Run> outputs(Store store, Job job) {
    String name = label(job).replace('-', '_') + "_" + store.label();
    IntFunction<String> suffix = run -> run == runs - 1 ? "last" : "run" + run;
    return IntStream.range(0, runs)
        .mapToObj(
            run ->
                new StepRequest.Run(
                    name + "_" + suffix.apply(run),
                    "%s/%s/%s".formatted(stack.root(store), label(job), suffix.apply(run))))
        .toList();
  }

  private static String label(Job job) {
    return job.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static StepRequest.Run last(List<StepRequest.Run> jobRuns) {
    return jobRuns.get(jobRuns.size() - 1);
  }
}
