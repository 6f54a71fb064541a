package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.UnitSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Units of the selected sources: those that reach Kafka in the same way share one. */
final class IngestUnits implements UnitSource {
  private static final String PHASE = "phase1";

  private final SourceSelection selection;
  private final Driver.Context context;
  private final Author author;

  IngestUnits(SourceSelection selection, Driver.Context context, String application) {
    this.selection = selection;
    this.context = context;
    String version = IngestUnits.class.getPackage().getImplementationVersion();
    this.author =
        new Author(context.runId(), version == null ? application : application + " " + version);
  }

  @Override
  public List<RunUnit> units() {
    Map<KafkaConnection, List<Versioned<SourceSpec>>> byConnection = new HashMap<>();
    for (Versioned<SourceSpec> source : selection.current()) {
      byConnection
          .computeIfAbsent(KafkaConnection.of(source.spec()), c -> new ArrayList<>())
          .add(source);
    }
    return byConnection.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().label()))
        .map(entry -> unit(entry.getKey(), entry.getValue()))
        .toList();
  }

  private RunUnit unit(KafkaConnection connection, List<Versioned<SourceSpec>> sources) {
    Map<String, PipelineMetrics> metrics = new TreeMap<>();
    for (Versioned<SourceSpec> source : sources) {
      String name = source.spec().name();
      metrics.put(
          name,
          context
              .pipelines()
              .register(name, () -> new PipelineMetrics(name, PHASE, context.clock())));
    }
    return new IngestUnit(context, author, connection, sources, metrics);
  }
}
