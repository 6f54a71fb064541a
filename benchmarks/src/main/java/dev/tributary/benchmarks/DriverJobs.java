package dev.tributary.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.phase1.Phase1;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The product's drivers, called by their main as spark-submit calls it. */
final class DriverJobs {
  private final StepRequest request;
  private final Batches batches;
  private final Path result;

  DriverJobs(StepRequest request, Batches batches) {
    this.request = request;
    this.batches = batches;
    this.result = Path.of(request.folder()).resolve("driver-result.json");
  }

  List<Timed> run(StepRequest.Run run) throws IOException {
    batches.clear();
    return switch (request.job()) {
      case TRIBUTARY_RAW -> {
        Phase1.main(arguments("--source", run.name()));
        require(request.events());
        yield List.of(batches.together(Workload.RAW, request.events()));
      }
      case TRIBUTARY_APPEND -> {
        phase2(arguments("--dataset", run.name()));
        require(request.events());
        yield List.of(batches.together(Workload.APPEND, request.events()));
      }
      case TRIBUTARY_UPSERT -> {
        phase2(arguments("--dataset", run.name()));
        require(request.events());
        yield batches.each(
            List.of(Workload.UPSERT_EMPTY, Workload.UPSERT_MATCH), request.events() / 2);
      }
      default -> throw new IllegalArgumentException("Not a driver: " + request.job());
    };
  }

  private static void phase2(String[] arguments) {
    try {
      Class.forName("dev.tributary.phase2.Phase2")
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("There is no phase 2.", e);
    }
  }

  private String[] arguments(String selection, String name) {
    return new String[] {
      selection,
      name,
      "--trigger",
      "available-now",
      "--metrics.host",
      "127.0.0.1",
      "--result",
      result.toString()
    };
  }

  private void require(long records) throws IOException {
    JsonNode told = Json.mapper().readTree(Files.readAllBytes(result));
    long processed = told.path("processed").asLong();
    if (!told.path("outcome").asText().equals("finished") || processed != records) {
      throw new IllegalStateException(
          "The driver did %d records instead of %d: %s".formatted(processed, records, told));
    }
  }
}
