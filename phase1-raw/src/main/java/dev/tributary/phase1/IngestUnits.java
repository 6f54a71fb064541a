package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.DriverSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Units of the selected sources: those that reach Kafka in the same way share one. */
final class IngestUnits implements UnitSource {
  private static final String PHASE = "phase1";

  private static final Logger LOG = LoggerFactory.getLogger(IngestUnits.class);

  private final SourceSelection selection;
  private final Metastore metastore;
  private final Driver.Context context;
  private final Author author;

  /** Topics that were well since the driver began; units come and go. */
  private final Set<String> worked = ConcurrentHashMap.newKeySet();

  private final Acceptances acceptances;

  IngestUnits(
      SourceSelection selection, Metastore metastore, Driver.Context context, String application) {
    this.selection = selection;
    this.metastore = metastore;
    this.context = context;
    this.acceptances = Phase1Settings.acceptances(context.settings());
    String version = IngestUnits.class.getPackage().getImplementationVersion();
    this.author =
        new Author(context.runId(), version == null ? application : application + " " + version);
  }

  @Override
  public List<RunUnit> units() {
    Map<KafkaConnection, List<Versioned<SourceSpec>>> byConnection = new HashMap<>();
    List<RunUnit> units = new ArrayList<>();
    for (Versioned<SourceSpec> source : current()) {
      if (source.spec().topicPattern().isPresent()) {
        units.add(discovery(source));
      }
      if (!source.spec().topics().isEmpty()) {
        byConnection
            .computeIfAbsent(KafkaConnection.of(source.spec()), c -> new ArrayList<>())
            .add(source);
      }
    }
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

  /** A run up to now looks for topics before it runs what is known. */
  private List<Versioned<SourceSpec>> current() {
    List<Versioned<SourceSpec>> current = selection.current();
    List<Versioned<SourceSpec>> patterns =
        current.stream().filter(source -> source.spec().topicPattern().isPresent()).toList();
    if (patterns.isEmpty() || interval().isPresent()) {
      return current;
    }
    for (Versioned<SourceSpec> source : patterns) {
      try {
        discovery(source).look();
      } catch (TributaryException e) {
        // The source's unit looks again, and its failure is the run's.
        LOG.warn(
            "Topics of source {} were not found out: {}", source.spec().name(), e.getMessage());
      }
    }
    return selection.current();
  }

  private TopicDiscovery discovery(Versioned<SourceSpec> source) {
    // As long as it has no topic, nothing else tells how the source is.
    List<PipelineMetrics> pipelines =
        source.spec().topics().isEmpty() ? List.of(pipeline(source.spec().name())) : List.of();
    return new TopicDiscovery(source, metastore, interval(), pipelines);
  }

  private Optional<Duration> interval() {
    boolean once =
        context.settings().get(DriverSettings.TRIGGER) instanceof TriggerSpec.AvailableNow;
    return once
        ? Optional.empty()
        : Optional.of(context.settings().get(Phase1Settings.TOPICS_INTERVAL));
  }

  /**
   * Sources that may share a query: a query knows a topic once, and a store that does not answer
   * holds up the whole of it.
   */
  static List<List<Versioned<SourceSpec>>> lanes(List<Versioned<SourceSpec>> sources) {
    List<List<Versioned<SourceSpec>>> lanes = new ArrayList<>();
    for (Versioned<SourceSpec> source : sources) {
      lanes.stream()
          .filter(lane -> store(lane.get(0)).equals(store(source)))
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

  /** The bucket or file system, whichever of S3's schemes it is written with. */
  private static String store(Versioned<SourceSpec> source) {
    URI archive = URI.create(source.spec().archive().location());
    return "%s://%s"
        .formatted(
            String.valueOf(archive.getScheme()).replaceFirst("^s3[an]$", "s3"),
            archive.getAuthority());
  }

  private static boolean shareTopic(Versioned<SourceSpec> one, Versioned<SourceSpec> other) {
    return !Collections.disjoint(one.spec().topics(), other.spec().topics());
  }

  private RunUnit unit(
      String name, KafkaConnection connection, List<Versioned<SourceSpec>> sources) {
    Map<String, PipelineMetrics> metrics = new TreeMap<>();
    for (Versioned<SourceSpec> source : sources) {
      metrics.put(source.spec().name(), pipeline(source.spec().name()));
    }
    return new IngestUnit(name, context, author, connection, sources, metrics, worked, acceptances);
  }

  private PipelineMetrics pipeline(String source) {
    return context
        .pipelines()
        .register(source, () -> new PipelineMetrics(source, PHASE, context.clock()));
  }
}
