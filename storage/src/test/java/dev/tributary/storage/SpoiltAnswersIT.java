package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.impl.AWSClientConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the S3 store makes of answers that are lost or lie. */
final class SpoiltAnswersIT {
  private FaultyProxy proxy;
  private ObjectStore store;
  private Path directory;

  @BeforeEach
  void startProxy() {
    // Hadoop waits for 15 s at least; nothing answers for so long that it is the client who gives
    // up.
    AWSClientConfig.setMinimumOperationDuration(Duration.ofSeconds(1));
    proxy = FaultyProxy.start(SharedS3.endpoint(), Duration.ofSeconds(60));
    directory = new Path("s3a://%s/spoilt/%s".formatted(SharedS3.BUCKET, UUID.randomUUID()));
    store = ObjectStores.forPath(directory, SharedS3.configuration(proxy.endpoint()));
  }

  @AfterEach
  void stopProxy() {
    AWSClientConfig.resetMinimumOperationDuration();
    proxy.close();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aCreationWhoseRequestWasLostIsDoneAgain(Fault fault) {
    proxy.spoilNext("PUT", "/object", fault, Fault.Moment.BEFORE);
    assertCreated();
    assertThat(proxy.spoilt(fault)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aCreationWhoseAnswerWasLostIsKnownAgain(Fault fault) {
    proxy.spoilNext("PUT", "/object", fault, Fault.Moment.AFTER);
    assertCreated();
    assertThat(proxy.spoilt(fault)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aLoserIsNotTakenForTheWinnerWhenItsAnswerWasLost(Fault fault) {
    Path path = new Path(directory, "object");
    store.createIfAbsent(path, "theirs".getBytes(UTF_8));
    proxy.spoilNext("PUT", "/object", fault, Fault.Moment.AFTER);
    proxy.spoilNext("GET", "/object", Fault.RESET, Fault.Moment.AFTER);
    assertThat(store.createIfAbsent(path, "ours".getBytes(UTF_8))).isFalse();
    assertThat(store.read(path)).hasValue("theirs".getBytes(UTF_8));
  }

  @Test
  void racesAndALogBehindASpoiltConnectionLoseNothing() throws Exception {
    proxy.spoilOneIn(
        20, 42, Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.CONFLICT, Fault.RESET, Fault.SILENCE);
    int writers = 8;
    int rounds = 25;
    CyclicBarrier barrier = new CyclicBarrier(writers);
    ExecutorService executor = Executors.newFixedThreadPool(writers);
    DenseLog log = new DenseLog(store, directory);
    try {
      List<Future<List<String>>> futures = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        futures.add(
            executor.submit(
                () -> {
                  List<String> won = new ArrayList<>();
                  for (int round = 0; round < rounds; round++) {
                    String content = "{\"id\":\"%s\"}".formatted(UUID.randomUUID());
                    barrier.await();
                    if (log.append(round, content.getBytes(UTF_8))) {
                      won.add(content);
                    }
                  }
                  return won;
                }));
      }
      List<String> won = new ArrayList<>();
      for (Future<List<String>> future : futures) {
        won.addAll(future.get());
      }
      List<String> entries =
          log.range(0, log.head().orElseThrow()).stream().map(e -> new String(e, UTF_8)).toList();
      assertThat(entries).hasSize(rounds);
      assertThat(won).containsExactlyInAnyOrderElementsOf(entries);
    } finally {
      executor.shutdownNow();
    }
    assertThat(proxy.spoilt(Fault.CONFLICT)).isPositive();
    assertThat(proxy.spoilt(Fault.RESET)).isPositive();
  }

  private void assertCreated() {
    Path path = new Path(directory, "object");
    assertThat(store.createIfAbsent(path, "ours".getBytes(UTF_8))).isTrue();
    assertThat(store.read(path)).hasValue("ours".getBytes(UTF_8));
  }
}
