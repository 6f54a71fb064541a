package dev.tributary.metastore.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by method, route and status, in Prometheus' text format. Thread-safe. */
final class RequestMetrics {
  private static final String UNMATCHED = "none";

  /** How many and how long. */
  private record Total(LongAdder count, DoubleAdder seconds) {}

  private final Map<String, Total> byLabels = new ConcurrentSkipListMap<>();

  void register(JavalinConfig config) {
    config.requestLogger.http((context, millis) -> add(context, millis));
  }

  private void add(Context context, float millis) {
    // The route and not the path: names of datasets would make a series each.
    String route =
        Optional.ofNullable(context.endpoints().lastHttpEndpoint())
            .map((Endpoint endpoint) -> endpoint.path)
            .orElse(UNMATCHED);
    String labels =
        "method=\"%s\",route=\"%s\",status=\"%d\""
            .formatted(context.method(), route, context.statusCode());
    Total total =
        byLabels.computeIfAbsent(labels, key -> new Total(new LongAdder(), new DoubleAdder()));
    total.count().increment();
    total.seconds().add(millis / 1000.0);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("# HELP tributary_metastore_request_seconds Requests and how long they took.\n");
    text.append("# TYPE tributary_metastore_request_seconds summary\n");
    byLabels.forEach(
        (labels, total) -> {
          line(text, "count", labels, String.valueOf(total.count().sum()));
          line(text, "sum", labels, String.format(Locale.ROOT, "%.6f", total.seconds().sum()));
        });
    return text.toString();
  }

  private static void line(StringBuilder text, String suffix, String labels, String value) {
    text.append("tributary_metastore_request_seconds_")
        .append(suffix)
        .append('{')
        .append(labels)
        .append("} ")
        .append(value)
        .append('\n');
  }
}
