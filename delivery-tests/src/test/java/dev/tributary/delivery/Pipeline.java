package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One topic with its archive and its append table, and the oracle: every record that was ever
 * produced to it. Used by one test.
 */
final class Pipeline {
  private final DeliveryStack stack;
  private final String name;
  private final String source;
  private final Path folder;
  private final SortedMap<Coordinate, String> produced =
      Collections.synchronizedSortedMap(new TreeMap<>());
  private final Map<String, String> environment;
  private int serial;

  private Pipeline(DeliveryStack stack, String name, String source, Path folder) {
    this.stack = stack;
    this.name = name;
    this.source = source;
    this.folder = folder;
    this.environment = new HashMap<>(stack.environment());
  }

  /** Registers a topic of the given partitions, its source and an append dataset. */
  static Pipeline create(String prefix, int partitions) {
    return create(prefix, partitions, Map.of(), Map.of());
  }

  /** As above, with topic settings and Kafka options of the source. */
  static Pipeline create(
      String prefix, int partitions, Map<String, String> topic, Map<String, String> kafkaOptions) {
    DeliveryStack stack = DeliveryStack.shared();
    String name = stack.unique(prefix);
    try {
      Pipeline pipeline =
          new Pipeline(stack, name, name, Files.createDirectories(stack.folder().resolve(name)));
      pipeline.createTopic(partitions, topic);
      pipeline.register(stack.kafka().bootstrapServers(), kafkaOptions);
      return pipeline;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another dataset on this one's source and archive; what was produced so far is shared. */
  Pipeline another(String prefix) {
    String dataset = stack.unique(prefix);
    try {
      Pipeline other =
          new Pipeline(
              stack, dataset, source, Files.createDirectories(stack.folder().resolve(dataset)));
      other.produced.putAll(produced());
      other.registerDataset();
      return other;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  String archive() {
    return "s3a://%s/raw".formatted(DeliveryStack.BUCKET);
  }

  String table() {
    return "s3a://%s/lake/%s".formatted(DeliveryStack.BUCKET, name);
  }

  Path faults() {
    return folder.resolve("faults");
  }

  /** Drivers started from now on reach S3 by another way. */
  void through(URI endpoint) {
    environment.putAll(stack.environment(endpoint));
  }

  /** Drivers started from now on see this variable. */
  void set(String variable, String value) {
    environment.put(variable, value);
  }

  void createTopic(int partitions, Map<String, String> settings) {
    try (AdminClient admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(settings)))
          .all()
          .get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  AdminClient admin() {
    return AdminClient.create(
        Map.of("bootstrap.servers", (Object) stack.kafka().bootstrapServers()));
  }

  void register(String bootstrapServers, Map<String, String> kafkaOptions) {
    register(bootstrapServers, kafkaOptions, new BatchSpec(200L, null, null));
    registerDataset();
  }

  /** The source with other bounds of a batch. */
  void registerWith(BatchSpec batch) {
    register(stack.kafka().bootstrapServers(), Map.of(), batch);
  }

  private void register(
      String bootstrapServers, Map<String, String> kafkaOptions, BatchSpec batch) {
    stack
        .metastore()
        .putSource(
            new SourceSpec(
                name,
                bootstrapServers,
                List.of(name),
                null,
                null,
                kafkaOptions,
                new ArchiveSpec(archive(), null, null, null),
                batch,
                null,
                null));
  }

  private void registerDataset() {
    stack
        .metastore()
        .putDataset(
            new DatasetSpec(
                name,
                source,
                null,
                new TargetSpec(table(), null, null),
                List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("n", "bigint")),
                WriteSpec.append(),
                null,
                null,
                400L,
                null));
  }

  /** Produces the given number of records and remembers where each one landed. */
  void produce(int records) {
    produce(records, Map.of());
  }

  /** As above with producer settings. */
  void produce(int records, Map<String, String> settings) {
    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      List<byte[]> values = new ArrayList<>();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < records; i++) {
        int n = serial++;
        byte[] key = ("k" + n % 97).getBytes(StandardCharsets.UTF_8);
        byte[] value =
            "{\"id\":\"%s-%d\",\"n\":%d}".formatted(name, n, n).getBytes(StandardCharsets.UTF_8);
        values.add(value);
        sent.add(producer.send(new ProducerRecord<>(name, key, value)));
      }
      producer.flush();
      for (int i = 0; i < records; i++) {
        RecordMetadata landed = sent.get(i).get();
        remember(0, landed, values.get(i));
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  void remember(int incarnation, RecordMetadata landed, byte[] value) {
    produced.put(
        new Coordinate(incarnation, landed.partition(), landed.offset()),
        HexFormat.of().formatHex(value));
  }

  KafkaProducer<byte[], byte[]> producer(Map<String, String> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put("bootstrap.servers", stack.kafka().bootstrapServers());
    all.put("acks", "all");
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Tells a fault point what to do to the next driver that reaches it. */
  void order(String point, String action) {
    try {
      Files.createDirectories(faults());
      Files.writeString(faults().resolve(point), action);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  DriverRun phase1(String... flags) {
    return driver("phase1", "--source", flags);
  }

  DriverRun phase2(String... flags) {
    return driver("phase2", "--dataset", flags);
  }

  private DriverRun driver(String phase, String selection, String... flags) {
    List<String> all = new ArrayList<>(List.of(selection, name, "--metrics.host", "127.0.0.1"));
    all.addAll(List.of(flags));
    return DriverRun.start(phase, all, environment, folder, faults());
  }

  /** Both phases up to what is there now. */
  void catchUp() {
    phase1("--trigger", "available-now").expectExit(0);
    phase2("--trigger", "available-now").expectExit(0);
  }

  SortedMap<Coordinate, String> produced() {
    synchronized (produced) {
      return new TreeMap<>(produced);
    }
  }

  /** The oracle: the archive holds exactly what was produced, byte for byte. */
  void assertArchiveExact() {
    assertThat(ArchiveContents.read(archive(), source, stack.hadoop())).isEqualTo(produced());
  }

  /** The oracle: the table holds exactly one row for each record that was produced. */
  void assertTableExact() {
    SortedMap<Coordinate, String> expected = new TreeMap<>();
    produced()
        .forEach(
            (coordinate, value) ->
                expected.put(
                    coordinate,
                    new String(HexFormat.of().parseHex(value), StandardCharsets.UTF_8)
                        .replaceAll(".*\"n\":(\\d+).*", "$1")));
    assertThat(TableContents.byCoordinate(table(), "n", stack.hadoop())).isEqualTo(expected);
  }
}
