package dev.tributary.streaming;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run did, as {@code --result} writes it.
 *
 * @param run the run's id
 * @param application the job
 * @param startedAt ISO 8601
 * @param finishedAt ISO 8601
 * @param durationMillis the time between
 * @param outcome finished, stopped or failed
 * @param exitCode of the process
 * @param processed records committed by all pipelines
 * @param failed records set aside by all pipelines
 * @param bytes bytes committed by all pipelines
 * @param error what decided the exit code
 * @param pipelines each pipeline's part
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record RunResult(
    String run,
    String application,
    String startedAt,
    String finishedAt,
    long durationMillis,
    String outcome,
    int exitCode,
    long processed,
    long failed,
    long bytes,
    Optional<Failure> error,
    List<Part> pipelines) {
  private static final Logger LOG = LoggerFactory.getLogger(RunResult.class);

  /**
   * An error.
   *
   * @param code stable
   * @param message for people
   */
  public record Failure(String code, String message) {
    static Failure of(TributaryException error) {
      return new Failure(error.code().code(), error.getMessage());
    }
  }

  /**
   * A pipeline's part.
   *
   * @param pipeline its name
   * @param phase phase1 or phase2
   * @param state how it ended
   * @param processed records committed
   * @param failed records set aside
   * @param bytes bytes committed
   * @param incarnations by topic, the newest one of which something was committed; the offsets are
   *     of it alone
   * @param firstOffsets by topic and partition, the first offset that was committed
   * @param lastOffsets the last one, inclusive
   * @param error why it failed
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Part(
      String pipeline,
      String phase,
      String state,
      long processed,
      long failed,
      long bytes,
      Map<String, Integer> incarnations,
      Map<String, Map<Integer, Long>> firstOffsets,
      Map<String, Map<Integer, Long>> lastOffsets,
      Optional<Failure> error) {
    static Part of(PipelineMetrics metrics) {
      PipelineSnapshot now = metrics.snapshot();
      Map<String, Integer> incarnations = new TreeMap<>();
      Map<String, Map<Integer, Long>> first = new TreeMap<>();
      Map<String, Map<Integer, Long>> last = new TreeMap<>();
      metrics
          .offsets()
          .forEach(
              (topic, known) -> {
                incarnations.put(topic, known.incarnation());
                Map<Integer, Long> firsts = first.computeIfAbsent(topic, t -> new TreeMap<>());
                Map<Integer, Long> lasts = last.computeIfAbsent(topic, t -> new TreeMap<>());
                known
                    .spans()
                    .forEach(
                        (partition, span) -> {
                          firsts.put(partition, span.first());
                          lasts.put(partition, span.last());
                        });
              });
      return new Part(
          now.pipeline(),
          now.phase(),
          now.state(),
          now.recordsIngested(),
          now.quarantined(),
          now.bytes(),
          incarnations,
          first,
          last,
          metrics.error().map(Failure::of));
    }
  }

  /** The result of a run that ends now. */
  static RunResult of(
      String run,
      String application,
      Instant startedAt,
      Instant finishedAt,
      RunOutcome outcome,
      Pipelines pipelines) {
    List<Part> parts = pipelines.all().stream().map(Part::of).toList();
    return new RunResult(
        run,
        application,
        startedAt.toString(),
        finishedAt.toString(),
        Duration.between(startedAt, finishedAt).toMillis(),
        outcome.ending().text(),
        outcome.exitCode(),
        parts.stream().mapToLong(Part::processed).sum(),
        parts.stream().mapToLong(Part::failed).sum(),
        parts.stream().mapToLong(Part::bytes).sum(),
        outcome.error().map(Failure::of),
        parts);
  }

  /** Writes it whole or not at all. What goes wrong is logged: reporting never fails a run. */
  void write(Path file) {
    Path target = file.toAbsolutePath();
    try {
      if (target.getParent() != null) {
        Files.createDirectories(target.getParent());
      }
      Path partial =
          target.resolveSibling(
              ".%s.%d".formatted(target.getFileName(), ProcessHandle.current().pid()));
      Files.write(partial, Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("The result could not be written to {}", target, e);
    }
  }
}
