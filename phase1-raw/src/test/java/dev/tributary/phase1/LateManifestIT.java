package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.local.servers.FaultyProxy;
import dev.tributary.local.servers.S3Server;
import dev.tributary.storage.SparkStorageSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.PipelineState;
import dev.tributary.streaming.RunLoop;
import dev.tributary.streaming.RunOutcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An entry of the manifest log that reaches the store after its writer has given it up. */
@Tag("long")
@Timeout(180)
final class LateManifestIT {
  private static final String BUCKET = "late";
  private static final String TOPIC = "late_entry";

  private final TestEnvironment environment = TestEnvironment.get();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private static Map<String, String> settings(S3Server s3, FaultyProxy proxy) {
    Map<String, String> settings = new HashMap<>();
    Map<String, String> product = new HashMap<>(SparkStorageSettings.defaults());
    product.putAll(SparkStorageSettings.entries());
    String prefix = "spark.hadoop.";
    product.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            settings.put(key.substring(prefix.length()), value);
          }
        });
    settings.put("fs.s3a.endpoint", proxy.endpoint().toString());
    settings.put("fs.s3a.endpoint.region", "us-east-1");
    settings.put("fs.s3a.access.key", s3.accessKey());
    settings.put("fs.s3a.secret.key", s3.secretKey());
    settings.put("fs.s3a.path.style.access", "true");
    return settings;
  }

  private static PipelineMetrics pipeline(IngestHarness ingest) {
    return ingest.pipelines().find(TOPIC).orElseThrow();
  }

  @Test
  void aBatchThatMeetsItsOwnEarlierEntryIsPlannedAnewFromThere() throws Exception {
    environment.createTopic(TOPIC, 2, Map.of());
    environment.send(TOPIC, 0, 20);
    try (S3Server s3 = S3Server.in(environment.newFolder("s3")).start();
        FaultyProxy proxy = FaultyProxy.start(s3.endpoint(), Duration.ofSeconds(5))) {
      s3.createBucket(BUCKET);
      IngestHarness ingest = new IngestHarness("s3a://" + BUCKET + "/raw", settings(s3, proxy));
      ingest.register(ingest.source(TOPIC, TOPIC));
      proxy.hold("PUT", "/_log/00000000000000000001.json");
      RunLoop loop = ingest.continuous();
      Future<RunOutcome> run = threads.submit(loop::run);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  ingest
                      .pipelines()
                      .find(TOPIC)
                      .flatMap(PipelineMetrics::error)
                      .map(TributaryException::code)
                      .equals(Optional.of(ErrorCode.STORE_ANSWER_AMBIGUOUS)));

      // The next batch holds more than the one whose entry is still under way, and what it wants
      // to put is refused by nobody yet.
      environment.send(TOPIC, 0, 20);
      environment.send(TOPIC, 1, 5);
      int before = proxy.held();
      await().atMost(Duration.ofSeconds(60)).until(() -> proxy.held() > before);
      assertThat(proxy.deliverHeld()).isEqualTo(200);

      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  pipeline(ingest).state() == PipelineState.FAILED
                      || ingest.log(TOPIC).requireHead().totals().records() == 45);
      assertThat(pipeline(ingest).state()).isNotEqualTo(PipelineState.FAILED);
      loop.stop();
      assertThat(run.get(30, TimeUnit.SECONDS).exitCode()).isZero();

      List<ManifestEntry> entries =
          ingest.log(TOPIC).range(1, ingest.log(TOPIC).requireHead().sequence());
      assertThat(entries.get(0).fileRecords()).as("the late one's").isEqualTo(20);
      assertThat(ingest.archived(TOPIC))
          .containsExactlyInAnyOrderElementsOf(ingest.inKafka(TOPIC))
          .hasSize(45);
    }
  }
}
