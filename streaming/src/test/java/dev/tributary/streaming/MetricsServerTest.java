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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MetricsServerTest {
  private static final String PROMETHEUS_2 =
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
          + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

  private final Pipelines pipelines = new Pipelines();
  private final AtomicBoolean metastoreAway = new AtomicBoolean();
  private final MetricsServer server =
      MetricsServer.start(pipelines, metastoreAway::get, "run-1", "127.0.0.1", 0);

  private PipelineMetrics pipeline(String name) {
    return pipelines.register(name, () -> new PipelineMetrics(name, "phase1", Clock.systemUTC()));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return get(path, "*/*");
  }

  private HttpResponse<String> get(String path, String accept) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Accept", accept)
                .build(),
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        PROMETHEUS_2,
        "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
        "text/plain",
        "text/*, */*;q=0.1",
        "application/json;q=0, */*"
      })
  void whoPrefersTextGetsPrometheusFormat(String accept) throws Exception {
    pipeline("orders");
    HttpResponse<String> answer = get("/metrics", accept);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.headers().firstValue("Vary")).contains("Accept");
    assertThat(answer.body())
        .contains("\ntributary_pipeline_lag_records{pipeline=\"orders\",phase=\"phase1\"} 0\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*/*",
        "application/json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/plain;q=0.5, application/json",
        "text/plain;q=2, */*",
        ";;,"
      })
  void everybodyElseGetsJson(String accept) throws Exception {
    pipeline("orders");
    HttpResponse<String> answer = get("/metrics", accept);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(Json.mapper().readTree(answer.body()).get("pipeline").asText()).isEqualTo("orders");
  }

  @Test
  void textHoldsOnePipelineOrAllAndAnUnknownOneIsNotFound() throws Exception {
    pipeline("orders");
    pipeline("payments");
    assertThat(get("/metrics", PROMETHEUS_2).body()).contains("\"orders\"", "\"payments\"");
    assertThat(get("/metrics/orders", PROMETHEUS_2).body())
        .contains("\"orders\"")
        .doesNotContain("payments");
    assertThat(get("/metrics/nobody", PROMETHEUS_2).statusCode()).isEqualTo(404);
    assertThat(get("/health", PROMETHEUS_2).headers().firstValue("Content-Type"))
        .contains("application/json");
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
