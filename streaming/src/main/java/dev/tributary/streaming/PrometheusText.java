package dev.tributary.streaming;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Pipelines' metrics in Prometheus' text format 0.0.4; docs/operating.md lists the names. */
final class PrometheusText {
  /** The media type of what {@link #of} makes. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final List<Family> FAMILIES =
      List.of(
          counter(
              "records",
              "Records committed since the driver began.",
              PipelineSnapshot::recordsIngested),
          counter("bytes", "Bytes committed since the driver began.", PipelineSnapshot::bytes),
          counter(
              "commits", "Batches committed since the driver began.", PipelineSnapshot::commits),
          counter("errors", "Failures since the driver began.", PipelineSnapshot::errors),
          counter(
              "quarantined_records",
              "Records set aside since the driver began.",
              PipelineSnapshot::quarantined),
          gauge(
              "lag_records",
              "Records that are not yet committed, as last seen.",
              snapshot -> Optional.of(snapshot.lagRecords())),
          gauge(
              "lag_seconds",
              "The age of the oldest record that is not yet committed; 0 when nothing waits.",
              snapshot -> Optional.of(snapshot.lagSeconds())),
          gauge(
              "held_until_timestamp_seconds",
              "By when those are taken that wait because their spec lets them, in seconds since"
                  + " 1970; absent where nothing waits or nothing lets it.",
              snapshot -> snapshot.heldUntil().map(at -> Instant.parse(at).getEpochSecond())),
          gauge(
              "event_time_max_timestamp_seconds",
              "The greatest event time of the rows that were ever written, in seconds since 1970;"
                  + " absent where the dataset names no event time.",
              snapshot ->
                  snapshot.eventTimeMax().map(at -> Instant.parse(at).toEpochMilli() / 1000.0)),
          gauge(
              "commit_latency_seconds",
              "The last batch, from its beginning until it was durable.",
              snapshot -> Optional.of(snapshot.commitLatencySeconds())),
          gauge(
              "last_commit_timestamp_seconds",
              "When the last batch became durable, in seconds since 1970; absent before the first.",
              snapshot ->
                  snapshot.lastCommit().map(at -> Instant.parse(at).toEpochMilli() / 1000.0)));

  private PrometheusText() {}

  /** One metric: its name, help and type, and its value for a pipeline. */
  private record Family(
      String name,
      String help,
      String type,
      Function<PipelineSnapshot, Optional<? extends Number>> value) {}

  /** All metrics of the pipelines; every line ends with a line feed. */
  static String of(List<PipelineSnapshot> pipelines) {
    StringBuilder text = new StringBuilder();
    for (Family family : FAMILIES) {
      head(text, family.name(), family.help(), family.type());
      for (PipelineSnapshot pipeline : pipelines) {
        family
            .value()
            .apply(pipeline)
            .ifPresent(value -> sample(text, family.name(), labels(pipeline), value));
      }
    }
    expectations(text, pipelines);
    states(text, pipelines);
    return text.toString();
  }

  private static Family counter(String name, String help, Function<PipelineSnapshot, Long> value) {
    return new Family(
        "tributary_pipeline_%s_total".formatted(name),
        help,
        "counter",
        value.andThen(Optional::of));
  }

  private static Family gauge(
      String name, String help, Function<PipelineSnapshot, Optional<? extends Number>> value) {
    return new Family("tributary_pipeline_" + name, help, "gauge", value);
  }

  /** One series an expectation. */
  private static void expectations(StringBuilder text, List<PipelineSnapshot> pipelines) {
    String unmet = "tributary_pipeline_expectation_failed_records_total";
    head(
        text,
        unmet,
        "Records for which an expectation did not hold since the driver began.",
        "counter");
    for (PipelineSnapshot pipeline : pipelines) {
      pipeline
          .unmet()
          .forEach(
              (expectation, records) ->
                  sample(
                      text,
                      unmet,
                      "%s,expectation=\"%s\"".formatted(labels(pipeline), escaped(expectation)),
                      records));
    }
  }

  /** One series a state, so that an alert can ask for one; the error's code stands apart. */
  private static void states(StringBuilder text, List<PipelineSnapshot> pipelines) {
    String state = "tributary_pipeline_state";
    head(text, state, "1 for the state that the pipeline is in, 0 for the others.", "gauge");
    for (PipelineSnapshot pipeline : pipelines) {
      for (PipelineState each : PipelineState.values()) {
        sample(
            text,
            state,
            "%s,state=\"%s\"".formatted(labels(pipeline), each.text()),
            each.text().equals(pipeline.state()) ? 1 : 0);
      }
    }
    String error = "tributary_pipeline_error_info";
    head(text, error, "The code of the error for which the pipeline retries or failed.", "gauge");
    for (PipelineSnapshot pipeline : pipelines) {
      pipeline
          .errorCode()
          .ifPresent(
              code ->
                  sample(
                      text, error, "%s,code=\"%s\"".formatted(labels(pipeline), escaped(code)), 1));
    }
  }

  private static void head(StringBuilder text, String name, String help, String type) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void sample(StringBuilder text, String name, String labels, Number value) {
    text.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static String labels(PipelineSnapshot pipeline) {
    return "pipeline=\"%s\",phase=\"%s\""
        .formatted(escaped(pipeline.pipeline()), escaped(pipeline.phase()));
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
