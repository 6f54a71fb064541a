package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MetricsServerTest {
  private final Pipelines pipelines = new Pipelines();
  private final AtomicBoolean metastoreAway = new AtomicBoolean();
  private final MetricsServer server =
      MetricsServer.start(pipelines, metastoreAway::get, "run-1", "127.0.0.1", 0);

  private PipelineMetrics pipeline(String name) {
    return pipelines.register(name, () -> new PipelineMetrics(name, "phase1", Clock.systemUTC()));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(server.address() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    return Json.mapper().readTree(get(path).body());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void onePipelineIsTheFlatObjectAndSeveralAreAList() throws Exception {
    pipeline("orders");
    assertThat(json("/metrics").get("pipeline").asText()).isEqualTo("orders");

    pipeline("payments");
    assertThat(json("/metrics").get("pipelines")).hasSize(2);
    assertThat(json("/metrics/payments").get("pipeline").asText()).isEqualTo("payments");
  }

  @Test
  void theHealthSaysWhetherTheMetastoreIsAway() throws Exception {
    assertThat(json("/health").path("metastore").asText()).isEqualTo("answers");
    metastoreAway.set(true);
    assertThat(json("/health").path("metastore").asText()).isEqualTo("away");
    assertThat(get("/health").statusCode()).as("the driver itself is well").isEqualTo(200);
  }

  @Test
  void anUnknownPipelineIsNotFoundAndSaysWhereToLook() throws Exception {
    HttpResponse<String> answer = get("/metrics/nobody");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains("There is no pipeline 'nobody' in this driver; GET /metrics lists them.");
  }

  @Test
  void healthIsDegradedByOneFailedPipelineAndUnavailableWhenAllHaveFailed() throws Exception {
    PipelineMetrics orders = pipeline("orders");
    PipelineMetrics payments = pipeline("payments");
    assertThat(json("/health").get("status").asText()).isEqualTo("ok");

    TributaryException lost = new TributaryException(ErrorCode.KAFKA_RETENTION_LOSS, "Gone.");
    orders.failed(lost);
    assertThat(get("/health").statusCode()).isEqualTo(200);
    JsonNode degraded = json("/health");
    assertThat(degraded.get("status").asText()).isEqualTo("degraded");
    assertThat(degraded.get("pipelines").get(0).get("error_code").asText())
        .isEqualTo("kafka-retention-loss");

    payments.failed(lost);
    assertThat(get("/health").statusCode()).isEqualTo(503);
  }

  @Test
  void anAddressThatIsTakenIsRefusedWithTheRemedy() {
    assertThatThrownBy(
            () -> MetricsServer.start(pipelines, () -> false, "run-2", "127.0.0.1", server.port()))
        .hasMessageContaining("Choose another metrics.port, or 0 for any free one.");
  }
}
