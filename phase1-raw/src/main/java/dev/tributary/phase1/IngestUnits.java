package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.UnitSource;
import java.util.ArrayList;
import java.util.Collections;
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
    List<RunUnit> units = new ArrayList<>();
    byConnection.forEach(
        (connection, sources) -> {
          List<List<Versioned<SourceSpec>>> lanes = lanes(sources);
          for (int i = 0; i < lanes.size(); i++) {
            String name = i == 0 ? connection.label() : connection.label() + "-" + i;
            units.add(unit(name, connection, lanes.get(i)));
          }
        });
    return units;
  }

  /** Sources that may share a query: a query knows a topic once. */
  static List<List<Versioned<SourceSpec>>> lanes(List<Versioned<SourceSpec>> sources) {
    List<List<Versioned<SourceSpec>>> lanes = new ArrayList<>();
    for (Versioned<SourceSpec> source : sources) {
      lanes.stream()
          .filter(lane -> lane.stream().noneMatch(other -> shareTopic(source, other)))
          .findFirst()
          .orElseGet(
              () -> {
                lanes.add(new ArrayList<>());
                return lanes.get(lanes.size() - 1);
              })
          .add(source);
    }
    return lanes;
  }

  private static boolean shareTopic(Versioned<SourceSpec> one, Versioned<SourceSpec> other) {
    return !Collections.disjoint(one.spec().topics(), other.spec().topics());
  }

  private RunUnit unit(
      String name, KafkaConnection connection, List<Versioned<SourceSpec>> sources) {
    Map<String, PipelineMetrics> metrics = new TreeMap<>();
    for (Versioned<SourceSpec> source : sources) {
      String pipeline = source.spec().name();
      metrics.put(
          pipeline,
          context
              .pipelines()
              .register(pipeline, () -> new PipelineMetrics(pipeline, PHASE, context.clock())));
    }
    return new IngestUnit(name, context, author, connection, sources, metrics);
  }
}
