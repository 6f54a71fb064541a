package dev.tributary.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.phase1.Phase1;
import dev.tributary.phase2.Phase2;
import dev.tributary.phase2.plan.PlanCounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The product's drivers, called by their main as spark-submit calls it. */
final class DriverJobs {
  private final StepRequest request;
  private final Batches batches;
  private final CpuRecord cpu;
  private final Path result;

  DriverJobs(StepRequest request, Batches batches, CpuRecord cpu) {
    this.cpu = cpu;
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
        Phase2.main(arguments("--dataset", run.name()));
        require(request.events());
        yield List.of(plans(run).together(Workload.APPEND, request.events()));
      }
      case TRIBUTARY_UPSERT -> {
        Phase2.main(arguments("--dataset", run.name()));
        require(request.events());
        yield upsert(run);
      }
      case GROWTH_FILL -> {
        both(run);
        requireCounts("The table's plans", plans(run).counts(), history().filled());
        yield List.of();
      }
      case GROWTH_MERGE -> {
        int filled = plans(run).plans();
        both(run);
        yield merged(plans(run), filled);
      }
      default -> throw new IllegalArgumentException("Not a driver: " + request.job());
    };
  }

  /** How the second round's keys are found is the point of the measurement, so it is checked. */
  private List<Timed> upsert(StepRequest.Run run) {
    PlanClock clock = plans(run);
    List<Timed> timed =
        clock.each(List.of(Workload.UPSERT_EMPTY, Workload.UPSERT_MATCH), request.events() / 2);
    long keys = new Orders(request.events() / 2).keys(request.events() / 2);
    if (clock.counts(1).inserted() != keys || clock.counts(2).updated() != keys) {
      throw new IllegalStateException(
          "Of %d keys the driver inserted %d and updated %d."
              .formatted(keys, clock.counts(1).inserted(), clock.counts(2).updated()));
    }
    return timed;
  }

  private void both(StepRequest.Run run) throws IOException {
    Phase1.main(arguments("--source", run.name()));
    require(request.events());
    Phase2.main(arguments("--dataset", run.name()));
    require(request.events());
  }

  /** The batches after the first so many plans, each of which has to be the one that was meant. */
  private List<Timed> merged(PlanClock clock, int filled) {
    List<Timed> timed = clock.from(filled, Workload.MERGE_RECENT, history().keys());
    if (timed.size() != request.events() / history().keys()) {
      throw new IllegalStateException(
          "There were %d plans of %d events.".formatted(timed.size(), request.events()));
    }
    for (int plan = filled; plan < clock.plans(); plan++) {
      requireCounts("Plan " + plan, clock.counts(plan), history().changed());
    }
    return timed;
  }

  private OrderHistory history() {
    return request.history().orElseThrow();
  }

  private static void requireCounts(String who, PlanCounts counts, PlanCounts meant) {
    if (!counts.equals(meant)) {
      throw new IllegalStateException("%s came to %s instead of %s.".formatted(who, counts, meant));
    }
  }

  private PlanClock plans(StepRequest.Run run) {
    return PlanClock.of(run.table(), StoreSettings.hadoop(System.getenv()), cpu);
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
