package dev.tributary.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Reads that wait for the network side by side. */
final class ParallelReads {
  private static final int THREADS = 8;

  private ParallelReads() {}

  /** Applies {@code read} to each input, up to eight at a time; results in the inputs' order. */
  static <I, O> List<O> map(List<I> inputs, Function<I, O> read) {
    if (inputs.size() < 2) {
      return inputs.stream().map(read).toList();
    }
    ExecutorService executor =
        Executors.newFixedThreadPool(
            Math.min(THREADS, inputs.size()),
            work -> {
              Thread thread = new Thread(work, "tributary-log-reader");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<O>> futures = new ArrayList<>(inputs.size());
      for (I input : inputs) {
        futures.add(executor.submit(() -> read.apply(input)));
      }
      List<O> results = new ArrayList<>(inputs.size());
      for (Future<O> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("A log read failed.", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The thread was interrupted while it read a log.", e);
    } finally {
      executor.shutdownNow();
    }
  }
}
