package dev.tributary.local;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Stops the stack of a folder: politely, and after a while not so. */
final class LocalDown {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private LocalDown() {}

  /** Stops every process of the stack, those whose supervisor died included. */
  static void stop(StackFolder folder, StackState state) throws InterruptedException {
    List<ProcessHandle> processes =
        Stream.concat(
                Stream.of(state.supervisor()),
                state.servers().stream().map(StackState.Server::process))
            .flatMap(process -> process.find().stream())
            .toList();
    // The supervisor stops its servers in order; without one they are stopped here.
    state
        .supervisor()
        .find()
        .ifPresentOrElse(ProcessHandle::destroy, () -> processes.forEach(ProcessHandle::destroy));
    try {
      CompletableFuture.allOf(
              processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      processes.forEach(ProcessHandle::destroyForcibly);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    folder.withdraw();
  }
}
