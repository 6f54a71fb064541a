package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.Backfilled;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.TableFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One topic with its archive, its append table and its upsert table, and the oracle: every record
 * that was ever produced to it. Used by one test.
 */
final class Pipeline {
  /** The records of a batch in both phases, small enough that every test sees several. */
  private static final BatchSpec BATCH = new BatchSpec(200L, null, null);

  /** Of each key the newest event, unless it deletes. */
  static final WriteSpec NEWEST =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("n"), null, Optional.of("gone"));

  private static final long PLAN_RECORDS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(480);

  private final DeliveryStack stack;
  private final String name;
  private final Path folder;
  private final SortedMap<Coordinate, Message> produced =
      Collections.synchronizedSortedMap(new TreeMap<>());
  private final Map<String, String> environment;
  private final Map<String, DatasetSpec> datasets = new LinkedHashMap<>();
  private final KafkaProducer<byte[], byte[]> producer;
  private List<TransformSpec> transforms = List.of();
  private Predicate<Event> passes = event -> true;
  private String tables = "s3a://%s/lake".formatted(DeliveryStack.BUCKET);
  private int serial;

  private Pipeline(DeliveryStack stack, String name, Path folder) {
    this.stack = stack;
    this.name = name;
    this.folder = folder;
    this.environment = new HashMap<>(stack.environment());
    this.producer = producer(Map.of("metadata.max.age.ms", "500"));
  }

  /** Creates a topic of the given partitions and settings, and registers its source. */
  static Pipeline create(String prefix, int partitions, Map<String, String> topic) {
    DeliveryStack stack = DeliveryStack.shared();
    String name = stack.unique(prefix);
    try {
      Pipeline pipeline =
          new Pipeline(stack, name, Files.createDirectories(stack.folder().resolve(name)));
      pipeline.createTopic(partitions, topic);
      pipeline.register(pipeline.source());
      return pipeline;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As above, with the broker's settings. */
  static Pipeline create(String prefix, int partitions) {
    return create(prefix, partitions, Map.of());
  }

  /** Tables that are added or changed from now on hold only what passes these steps. */
  Pipeline filteredBy(List<TransformSpec> steps, Predicate<Event> condition) {
    transforms = steps;
    passes = condition;
    return this;
  }

  /** Adds an append dataset, named as the pipeline, or changes it to a next version. */
  Pipeline withAppendTable() {
    register(name, WriteSpec.append(), List.of(), PLAN_RECORDS);
    return this;
  }

  /** Adds an upsert dataset with hard deletes. */
  Pipeline withUpsertTable() {
    register(upsert(), NEWEST, List.of(), PLAN_RECORDS);
    return this;
  }

  /** As above, partitioned by a number that keys begin with. */
  Pipeline withUpsertTableBy(String partition) {
    WriteSpec write =
        new WriteSpec(
            NEWEST.mode(),
            List.of(partition, "id"),
            NEWEST.orderBy(),
            NEWEST.deletes(),
            NEWEST.deleteWhen());
    register(upsert(), write, List.of(partition), PLAN_RECORDS);
    return this;
  }

  String name() {
    return name;
  }

  /** What is registered stands in another metastore too, which drivers started from now on ask. */
  void moveTo(MetastoreChild other) {
    HttpMetastoreAdmin admin = new HttpMetastoreAdmin(MetastoreConnection.to(other.url()));
    admin.putSource(source());
    datasets.values().forEach(admin::putDataset);
    set("TRIBUTARY_METASTORE_URL", other.url().toString());
  }

  /** The columns of the append table. */
  List<String> columns() {
    return TableContents.columns(table(name), stack.hadoop());
  }

  /** The append dataset, and the upsert one, as far as they were added. */
  List<String> datasets() {
    return List.copyOf(datasets.keySet());
  }

  /** The upsert dataset. */
  String upsert() {
    return name + "_newest";
  }

  String archive() {
    return "s3a://%s/raw".formatted(DeliveryStack.BUCKET);
  }

  private String table(String dataset) {
    return tables + "/" + dataset;
  }

  /** The folder of the tables. */
  String tables() {
    return tables;
  }

  /** The tables that are added from now on lie beside no other pipeline's. */
  Pipeline inTablesOfItsOwn() {
    tables = "s3a://%s/lake-of-%s".formatted(DeliveryStack.BUCKET, name);
    return this;
  }

  /** Where the upsert table lies. */
  String upsertTable() {
    return table(upsert());
  }

  /** A folder for Spark's checkpoints. */
  String checkpoint() {
    return "s3a://%s/checkpoints/%s".formatted(DeliveryStack.BUCKET, name);
  }

  Path folder() {
    return folder;
  }

  private Path faults() {
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

  /** The source as it is registered at first. */
  SourceSpec source() {
    return source(BATCH, new ArchiveSpec(archive(), null, null, null));
  }

  /** The source with other bounds of batches and files. */
  SourceSpec source(BatchSpec batch, ArchiveSpec files) {
    return new SourceSpec(
        name,
        stack.kafka().bootstrapServers(),
        List.of(name),
        null,
        null,
        null,
        files,
        batch,
        Optional.of(consumerGroup()),
        null);
  }

  /** The consumer group that follows the manifest log. */
  String consumerGroup() {
    return "tributary-" + name;
  }

  void register(SourceSpec source) {
    stack.metastore().putSource(source);
  }

  /** The datasets with another bound of a batch. */
  void plansOf(long records) {
    List.copyOf(datasets.values())
        .forEach(now -> register(now.name(), now.write(), now.target().partitionBy(), records));
  }

  private void register(String dataset, WriteSpec write, List<String> partitionBy, long records) {
    List<ColumnSpec> columns = new ArrayList<>();
    columns.add(ColumnSpec.of("id", "string"));
    columns.add(ColumnSpec.of("n", "bigint"));
    columns.add(ColumnSpec.of("gone", "boolean"));
    partitionBy.forEach(column -> columns.add(ColumnSpec.of(column, "int")));
    DatasetSpec spec =
        new DatasetSpec(
            dataset,
            name,
            null,
            new TargetSpec(table(dataset), partitionBy, null),
            columns,
            write,
            transforms,
            null,
            records,
            null);
    stack.metastore().putDataset(spec);
    datasets.put(dataset, spec);
  }

  /** Produces the given number of records and remembers where each one landed. */
  void produce(int records) {
    produce(producer, 0, next(records, value -> value, Optional.empty()));
  }

  /** As above, each value in another form. */
  void produce(int records, UnaryOperator<String> form) {
    produce(producer, 0, next(records, form, Optional.empty()));
  }

  /** As above, to one partition. */
  void produceTo(int partition, int records) {
    produce(producer, 0, next(records, value -> value, Optional.of(partition)));
  }

  /** As above, records of so many bytes and a few more. */
  void produceOf(int bytes, int records) {
    String blanks = " ".repeat(bytes);
    produce(producer, 0, next(records, value -> blanks + value, Optional.empty()));
  }

  /** As above, to a topic that was created again. */
  void produceInto(int incarnation, int records) {
    try (KafkaProducer<byte[], byte[]> fresh = producer(Map.of())) {
      produce(fresh, incarnation, next(records, value -> value, Optional.empty()));
    }
  }

  private List<ProducerRecord<byte[], byte[]>> next(
      int records, UnaryOperator<String> form, Optional<Integer> partition) {
    List<ProducerRecord<byte[], byte[]>> next = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      int n = serial++;
      byte[] value = form.apply(Event.value(n)).getBytes(StandardCharsets.UTF_8);
      // The producer's own time, or an earlier one.
      Long timestamp =
          n % 5 == 0 ? Long.valueOf(System.currentTimeMillis() - 1_000L * (n % 600)) : null;
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(name, partition.orElse(null), timestamp, Event.key(n), value);
      Event.headers(n).forEach(header -> record.headers().add(header));
      next.add(record);
    }
    return next;
  }

  private void produce(
      KafkaProducer<byte[], byte[]> to,
      int incarnation,
      List<ProducerRecord<byte[], byte[]>> records) {
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      records.forEach(record -> sent.add(to.send(record)));
      to.flush();
      for (int i = 0; i < records.size(); i++) {
        remember(incarnation, records.get(i), sent.get(i).get());
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  /** How many partitions the producer knows of. */
  int partitionsOfProducer() {
    return producer.partitionsFor(name).size();
  }

  /** The oracle knows a record that somebody else has sent. */
  void remember(int incarnation, ProducerRecord<byte[], byte[]> sent, RecordMetadata landed) {
    produced.put(
        new Coordinate(incarnation, landed.partition(), landed.offset()), Message.of(sent, landed));
  }

  /** As above, a record that was read from Kafka. */
  void remember(int incarnation, ConsumerRecord<byte[], byte[]> read) {
    produced.put(new Coordinate(incarnation, read.partition(), read.offset()), Message.of(read));
  }

  /** A producer of its own, which the caller closes. */
  KafkaProducer<byte[], byte[]> producer(Map<String, String> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put("bootstrap.servers", stack.kafka().bootstrapServers());
    all.put("acks", "all");
    // With several, a new topic's first request can be overtaken and never be taken (KAFKA-15591).
    all.putIfAbsent("max.in.flight.requests.per.connection", 1);
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Tells a fault point what to do to the next driver that reaches it. */
  void order(String point, String action) {
    order(faults(), point, action);
  }

  /** As above, to the driver of {@link #phase2Of}, which hears nothing else. */
  void orderTo(String dataset, String point, String action) {
    order(faultsOf(dataset), point, action);
  }

  private static void order(Path faults, String point, String action) {
    try {
      Files.createDirectories(faults);
      // Who met an earlier order at this point has not met this one.
      try (DirectoryStream<Path> met = Files.newDirectoryStream(faults, point + ".claimed.*")) {
        for (Path claim : met) {
          Files.delete(claim);
        }
      }
      Path written = Files.writeString(faults.resolve(point + ".new"), action);
      Files.move(written, faults.resolve(point), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails where a driver was told to do something at a fault point that no driver came by. */
  void assertEveryOrderWasMet() {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(
              files
                  .filter(file -> file.getParent().getFileName().toString().startsWith("faults"))
                  .filter(file -> !file.getFileName().toString().contains(".claimed.")))
          .as("orders that nobody met")
          .isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path faultsOf(String dataset) {
    return folder.resolve("faults-of-" + dataset);
  }

  /** A command of the launcher, run to its end. */
  DriverRun command(String name, String... flags) {
    return DriverRun.start(name, List.of(flags), environment, folder, faults());
  }

  /** As {@link #order}, to a backfill: the live driver beside it does not hear it. */
  void orderToBackfill(String point, String action) {
    order(faultsOfBackfill(), point, action);
  }

  /** As {@link #order}, to a rebuild: the live driver beside it does not hear it. */
  void orderToRebuild(String point, String action) {
    order(faultsOfRebuild(), point, action);
  }

  private Path faultsOfRebuild() {
    return folder.resolve("faults-of-rebuild");
  }

  /** A rebuild of the append dataset. */
  DriverRun rebuild(String... flags) {
    List<String> all = new ArrayList<>(List.of("--metrics.host", "127.0.0.1", "--dataset", name));
    all.addAll(List.of(flags));
    return DriverRun.start("rebuild", all, environment, folder, faultsOfRebuild());
  }

  /** Registers another mode of the append dataset, which waits for a rebuild. */
  void modeByRebuild(WriteSpec write) {
    ObjectNode change = Json.mapper().createObjectNode().put("table", name).put("rebuild", true);
    ArrayNode operations = change.putArray("operations");
    operations
        .addObject()
        .put("op", "set_mode")
        .set("mode", Json.mapper().valueToTree(write.mode()));
    columns(operations, "set_primary_key", write.primaryKey());
    columns(operations, "set_order_by", write.orderBy());
    ObjectNode deletes = operations.addObject().put("op", "set_deletes");
    deletes.set("deletes", Json.mapper().valueToTree(write.deletes()));
    deletes.put("deleteWhen", write.deleteWhen().orElse(null));
    stack.metastore().operate("dml", change, MetastoreAdmin.Trial.NO);
    datasets.put(name, datasets.get(name).withWrite(write));
  }

  private static void columns(ArrayNode operations, String operation, List<String> columns) {
    ArrayNode names = operations.addObject().put("op", operation).putArray("columns");
    columns.forEach(names::add);
  }

  private Path faultsOfBackfill() {
    return folder.resolve("faults-of-backfill");
  }

  /** A backfill of one of the datasets. */
  DriverRun backfill(String dataset, String... flags) {
    List<String> all =
        new ArrayList<>(List.of("--metrics.host", "127.0.0.1", "--dataset", dataset));
    all.addAll(List.of(flags));
    return DriverRun.start("backfill", all, environment, folder, faultsOfBackfill());
  }

  /** Waits until the append table's plan log holds one more plan of a backfill than it does now. */
  void awaitBackfill() {
    PlanLog plans = plans();
    long before = newestBackfill(plans);
    await("backfill of " + name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> newestBackfill(plans) > before);
  }

  private static long newestBackfill(PlanLog plans) {
    return plans.latestAccount().flatMap(PlanAccount::backfilled).map(Backfilled::plan).orElse(-1L);
  }

  DriverRun phase1(String... flags) {
    return phase1(List.of(this), flags);
  }

  /** All datasets of the pipeline in one driver. */
  DriverRun phase2(String... flags) {
    return phase2(List.of(this), flags);
  }

  /** One of the datasets in a driver of its own. */
  DriverRun phase2Of(String dataset, String... flags) {
    List<String> all =
        new ArrayList<>(List.of("--metrics.host", "127.0.0.1", "--dataset", dataset));
    all.addAll(List.of(flags));
    return DriverRun.start("phase2", all, environment, folder, faultsOf(dataset));
  }

  /** Several sources in one driver, which runs in the first one's folder. */
  static DriverRun phase1(List<Pipeline> pipelines, String... flags) {
    return driver(
        "phase1",
        "--source",
        pipelines.get(0),
        pipelines.stream().map(Pipeline::name).toList(),
        flags);
  }

  /** Several pipelines' datasets in one driver, which runs in the first one's folder. */
  static DriverRun phase2(List<Pipeline> pipelines, String... flags) {
    return driver(
        "phase2",
        "--dataset",
        pipelines.get(0),
        pipelines.stream().flatMap(each -> each.datasets.keySet().stream()).toList(),
        flags);
  }

  private static DriverRun driver(
      String phase, String selection, Pipeline first, List<String> names, String... flags) {
    List<String> all = new ArrayList<>(List.of("--metrics.host", "127.0.0.1"));
    names.forEach(each -> all.addAll(List.of(selection, each)));
    all.addAll(List.of(flags));
    return DriverRun.start(phase, all, first.environment, first.folder, first.faults());
  }

  /** The command that proves that every offset is accounted for, with all data read. */
  static void assertReconciled(List<Pipeline> pipelines) {
    List<String> flags = new ArrayList<>(List.of("--deep"));
    pipelines.stream()
        .flatMap(each -> each.datasets.keySet().stream())
        .forEach(dataset -> flags.addAll(List.of("--dataset", dataset)));
    Pipeline first = pipelines.get(0);
    DriverRun.start("reconcile", flags, first.environment, first.folder, first.faults())
        .expectExit(0);
  }

  /** What a reconciliation of the upsert table says that reads all data. */
  Reconciliation reconciled() {
    return new Reconciler(stack.hadoop(), SecretReference.ofProcess())
        .reconcile(datasets.get(upsert()), source(), Reconciler.Depth.DATA);
  }

  /** Both phases up to what is there now. */
  void catchUp() {
    phase1("--trigger", "available-now").expectExit(0);
    phase2("--trigger", "available-now").expectExit(0);
  }

  SortedMap<Coordinate, Message> produced() {
    synchronized (produced) {
      return new TreeMap<>(produced);
    }
  }

  ManifestLog log() {
    return ManifestLog.open(archive(), name, stack.hadoop());
  }

  /** The plan log of the append table. */
  PlanLog plans() {
    return PlanLog.open(table(name), stack.hadoop());
  }

  /** Waits until the archive is past every record that was produced, and asks the oracle. */
  void awaitArchiveExact(DriverRun... drivers) {
    ManifestLog log = log();
    await("archive of " + name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              DriverRun.requireAlive(drivers);
              Optional<ManifestEntry> head = log.head();
              return produced().keySet().stream()
                  .allMatch(
                      each ->
                          head.map(it -> it.watermark(each.incarnation(), each.partition()))
                                  .orElse(0L)
                              > each.offset());
            });
    assertArchiveExact();
  }

  /** Waits until all tables are past the archive's newest entry, and asks the oracle. */
  void awaitTablesExact(DriverRun... drivers) {
    long head = log().requireHead().sequence();
    for (String dataset : datasets.keySet()) {
      PlanLog plans = PlanLog.open(table(dataset), stack.hadoop());
      await("table of " + dataset)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                DriverRun.requireAlive(drivers);
                return plans
                    .latestAccount()
                    .filter(account -> account.position(dataset, name) > head)
                    .isPresent();
              });
    }
    assertTablesExact();
  }

  /**
   * The oracle: the archive holds exactly what was produced, byte for byte, with keys, headers and
   * timestamps, in files that have the checksums of their entries.
   */
  void assertArchiveExact() {
    assertSame(ArchiveContents.read(archive(), name, stack.hadoop()), produced());
  }

  /** As above, read by a program that shares no code with the product, where Python is there. */
  void assertArchiveExactToPython() {
    PythonArchive.read(stack.objects().resolve(Path.of("raw", name)))
        .ifPresent(contents -> assertSame(contents, produced()));
  }

  /**
   * The oracle: the append table holds exactly one row for each record that fits, the upsert table
   * exactly the newest state of each key, and each quarantine exactly the rest.
   */
  void assertTablesExact() {
    SortedMap<Coordinate, Event> fitting = new TreeMap<>();
    SortedMap<Coordinate, String> bad = new TreeMap<>();
    produced()
        .forEach(
            (coordinate, message) ->
                message
                    .event()
                    .ifPresentOrElse(
                        event -> fitting.put(coordinate, event), () -> bad.put(coordinate, name)));
    fitting.values().removeIf(passes.negate());
    for (String dataset : datasets.keySet()) {
      assertRowsExact(dataset, fitting);
      String quarantine = TableFolders.of(table(dataset)).quarantine().toString();
      bad.replaceAll((coordinate, any) -> dataset);
      assertSame(TableContents.byCoordinate(quarantine, "_dataset", stack.hadoop()), bad);
    }
  }

  /**
   * As {@link #assertTablesExact}, where records that fit may stand in a quarantine too, if their
   * code there is the given one. A table then holds what is left: no record is in both, and none in
   * neither.
   *
   * @return by dataset the records that fit and are set aside
   */
  Map<String, Set<Coordinate>> assertTablesExactBut(String code) {
    Map<String, Set<Coordinate>> aside = new TreeMap<>();
    for (String dataset : datasets.keySet()) {
      SortedMap<Coordinate, Event> fitting = new TreeMap<>();
      produced()
          .forEach(
              (coordinate, message) ->
                  message.event().ifPresent(event -> fitting.put(coordinate, event)));
      SortedMap<Coordinate, String> codes =
          TableContents.byCoordinate(
              TableFolders.of(table(dataset)).quarantine().toString(), "_code", stack.hadoop());
      assertThat(produced().keySet()).as("what was produced").containsAll(codes.keySet());
      Set<Coordinate> bad = new TreeSet<>(produced().keySet());
      bad.removeAll(fitting.keySet());
      assertThat(codes.keySet()).as("quarantine of %s", dataset).containsAll(bad);
      Set<Coordinate> unlucky = new TreeSet<>(codes.keySet());
      unlucky.removeAll(bad);
      assertThat(unlucky).allSatisfy(each -> assertThat(codes).containsEntry(each, code));
      fitting.keySet().removeAll(unlucky);
      assertRowsExact(dataset, fitting);
      aside.put(dataset, unlucky);
    }
    return aside;
  }

  private void assertRowsExact(String dataset, SortedMap<Coordinate, Event> fitting) {
    boolean keyed = datasets.get(dataset).write().mode().keyed();
    SortedMap<Coordinate, Event> rows = keyed ? newest(fitting) : fitting;
    SortedMap<Coordinate, String> expected = new TreeMap<>();
    rows.forEach((coordinate, event) -> expected.put(coordinate, Long.toString(event.n())));
    assertSame(TableContents.byCoordinate(table(dataset), "n", stack.hadoop()), expected);
  }

  /**
   * The upsert table holds row by row and column by column what a program has computed of the raw
   * archive that shares no code with the product, and its accounts add up.
   */
  void assertUpsertTableIsAsModeled() {
    assertSame(
        TableContents.rows(upsertTable(), stack.hadoop()),
        PythonArchive.model(stack.objects(), name, upsert()));
  }

  /** How many commits of an operation the upsert table's history has. */
  long commitsOfUpsertTable(String operation) {
    Path log = stack.objects().resolve(Path.of("lake", upsert(), "_delta_log"));
    try (Stream<Path> files = Files.list(log)) {
      return files
          .filter(file -> file.getFileName().toString().matches("[0-9]{20}\\.json"))
          .filter(file -> operation.equals(operation(file)))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many records live plans of the upsert table have read, by its newest account. */
  long readByUpsertTable() {
    return PlanLog.open(upsertTable(), stack.hadoop())
        .latestAccount()
        .map(account -> account.totals().get(upsert()))
        .map(PlanCounts::read)
        .orElse(0L);
  }

  private static String operation(Path commit) {
    try (Stream<String> actions = Files.lines(commit)) {
      return actions
          .map(action -> Json.read(action.getBytes(StandardCharsets.UTF_8), JsonNode.class))
          .map(action -> action.at("/commitInfo/operation").asText())
          .filter(operation -> !operation.isEmpty())
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The newest event of each key, unless it deletes. */
  private static SortedMap<Coordinate, Event> newest(SortedMap<Coordinate, Event> events) {
    Map<String, Coordinate> newest = new TreeMap<>();
    events.forEach(
        (coordinate, event) ->
            newest.merge(
                event.id(),
                coordinate,
                (one, two) -> events.get(one).n() > events.get(two).n() ? one : two));
    SortedMap<Coordinate, Event> rows = new TreeMap<>(events);
    rows.keySet().retainAll(newest.values());
    rows.values().removeIf(Event::gone);
    return rows;
  }

  /** A message that names a few differences instead of thousands of records. */
  private static <T> void assertSame(
      SortedMap<Coordinate, T> actual, SortedMap<Coordinate, T> expected) {
    assertThat(few(actual, expected)).as("not produced, or other bytes").isEmpty();
    assertThat(few(expected, actual)).as("missing").isEmpty();
  }

  private static <T> Collection<Coordinate> few(
      SortedMap<Coordinate, T> of, SortedMap<Coordinate, T> not) {
    return of.keySet().stream()
        .filter(each -> !of.get(each).equals(not.get(each)))
        .limit(5)
        .toList();
  }
}
