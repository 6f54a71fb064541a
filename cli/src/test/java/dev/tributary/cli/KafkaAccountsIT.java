package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.archive.Author;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionStart;
import dev.tributary.cli.reconcile.KafkaTopics;
import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.ReconciliationText;
import dev.tributary.cli.reconcile.Verdict;
import dev.tributary.cli.status.DatasetStatus;
import dev.tributary.cli.status.StatusReader;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.local.servers.KafkaServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands say of topics, by a broker that lets one user do only what it was granted. */
@Tag("long")
class KafkaAccountsIT {
  private static final String WATCHER = "watcher";
  private static final String PASSWORD = "pass-41d7aa";

  @TempDir private static Path broker;
  private static KafkaServer kafka;
  private static Admin admin;

  @TempDir private Path folder;
  private final Configuration configuration = new Configuration();
  private HttpServer metastore;
  private volatile String datasets = "{\"items\":[]}";
  private volatile String source = "{}";
  private volatile String runs = "{\"items\":[]}";

  @BeforeAll
  static void startTheBroker() {
    kafka =
        KafkaServer.in(broker)
            .property(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            .property("super.users", "User:ANONYMOUS")
            .scram(WATCHER, PASSWORD)
            .start();
    admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }

  @AfterAll
  static void stopTheBroker() {
    admin.close();
    kafka.close();
  }

  @BeforeEach
  void startTheMetastore() throws IOException {
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/datasets", http -> answer(http, datasets));
    metastore.createContext("/sources/", http -> answer(http, source));
    metastore.createContext("/runs", http -> answer(http, runs));
    metastore.start();
  }

  @AfterEach
  void stopTheMetastore() {
    metastore.stop(0);
  }

  @Test
  void aTopicThatIsNeitherInKafkaNorInTheArchiveIsAwaitedAndDoesNotBalance() throws Exception {
    SourceSpec mistyped = source("odrers", Map.of());
    Reconciliation accounts = reconcile(mistyped);

    assertThat(accounts.verdict()).isEqualTo(Verdict.WAITING);
    assertThat(accounts.findings()).isEmpty();
    assertThat(text(accounts))
        .contains(
            "AWAITED: topic 'odrers' is neither in Kafka at %s nor in the archive: create it, or correct source 'odrers'."
                .formatted(kafka.bootstrapServers()))
        .contains("WAITING (by the logs)");
    datasets = "{\"items\":[%s]}".formatted(versioned(dataset(mistyped)));
    source = versioned(mistyped);
    assertThat(new ReconcileCommand().run(flags())).isEqualTo(75);

    DatasetStatus status = status(mistyped);
    assertThat(status.state()).isEqualTo(DatasetStatus.State.IDLE);
    assertThat(status.cause().orElseThrow())
        .startsWith("topic-not-found: topic 'odrers' is neither in Kafka");

    create("odrers");
    assertThat(reconcile(mistyped).verdict()).isEqualTo(Verdict.BALANCED);
  }

  @Test
  void aPatternThatNoTopicMatchesYetDoesNotBalance() {
    SourceSpec pattern =
        read(
            "{'name':'sales','bootstrapServers':'%s','topicPattern':'sales[.].*','archive':{'location':'%s'}}"
                .formatted(kafka.bootstrapServers(), archive()),
            SourceSpec.class);

    assertThat(reconcile(pattern).verdict()).isEqualTo(Verdict.WAITING);
    assertThat(text(reconcile(pattern)))
        .contains("AWAITED: no topic has been found yet that matches 'sales[.].*'");
  }

  @Test
  void withoutADatasetThereAreNoAccounts() {
    assertThat(new ReconcileCommand().run(flags())).isEqualTo(2);
  }

  @Test
  void aUserWhoMayNotReadATopicsSettingsSeesAllButItsRetention() throws Exception {
    create("shown");
    send("shown", 3);
    grant("shown", AclOperation.DESCRIBE);
    SourceSpec watched = source("shown", asTheWatcher());
    try (KafkaTopics topics = new KafkaTopics(watched, SecretReference.ofProcess())) {
      assertThat(topics.retention()).isEmpty();
    }
    DatasetStatus status = status(watched);
    assertThat(status.state()).isEqualTo(DatasetStatus.State.IDLE);
    assertThat(status.toArchive()).isEqualTo(3);
    assertThat(status.retentionLeftMillis()).isEmpty();

    grant("shown", AclOperation.DESCRIBE_CONFIGS);
    try (KafkaTopics topics = new KafkaTopics(watched, SecretReference.ofProcess())) {
      assertThat(topics.retention().get("shown")).isPresent();
    }
  }

  /** Its source read transactions that are not committed, and no longer does. */
  @Test
  void anArchiveThatHasWhatAnOpenTransactionHoldsIsNotAheadOfKafka() throws Exception {
    create("changed");
    ManifestLog log = ManifestLog.open(archive(), "changed", configuration);
    try (KafkaTopics topics =
            new KafkaTopics(source("changed", Map.of()), SecretReference.ofProcess());
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "transactional.id", "t"),
                new StringSerializer(),
                new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("changed", "{}")).get();
      producer.send(new ProducerRecord<>("changed", "{}")).get();
      log.createGenesis(
          new Genesis(
              "changed",
              topics.identity().clusterId(),
              topics.identity().topicIds().get("changed"),
              Isolation.READ_UNCOMMITTED,
              List.of(new PartitionStart(0, 2))),
          new Author("test", "test"),
          1);

      Reconciliation accounts = reconcile(source("changed", Map.of()));
      assertThat(accounts.findings()).isEmpty();
      assertThat(accounts.verdict()).isEqualTo(Verdict.BALANCED);
      producer.abortTransaction();
    }
  }

  @Test
  void aTopicThatWasCreatedAgainIsAcceptedByTheCommandThatIsGiven() throws Exception {
    create("again");
    String id =
        admin
            .describeTopics(List.of("again"))
            .topicNameValues()
            .get("again")
            .get()
            .topicId()
            .toString();
    ManifestLog.open(archive(), "again", configuration)
        .createGenesis(
            new Genesis(
                "again",
                admin.describeCluster().clusterId().get(),
                "that-of-before",
                Isolation.READ_COMMITTED,
                List.of(new PartitionStart(0, 0))),
            new Author("test", "test"),
            1);
    runs =
        """
        {"items":[{"run":"r","pipeline":"again","phase":1,"state":"failed","at":1,"progress":{},
         "errorCode":"topic-recreated","error":"It was created again."}]}\
        """;

    DatasetStatus status = status(source("again", Map.of()));

    assertThat(status.state()).isEqualTo(DatasetStatus.State.FAILED);
    assertThat(status.next())
        .contains(
            "./tributary phase1 --source again --accept-incarnation again:%s --accepted-by NAME --accept-reason TEXT"
                .formatted(id));
  }

  /** Its secrets by reference, as a source has to have them. */
  private Map<String, String> asTheWatcher() throws IOException {
    Map<String, String> options = new HashMap<>(kafka.scram().clientProperties(WATCHER, PASSWORD));
    for (String secret : List.of("sasl.jaas.config", "ssl.truststore.password")) {
      Path file = Files.writeString(folder.resolve(secret), options.get(secret));
      options.put(secret, "file:" + file);
    }
    return options;
  }

  private Reconciliation reconcile(SourceSpec of) {
    return new Reconciler(configuration, SecretReference.ofProcess())
        .reconcile(dataset(of), of, Reconciler.Depth.LOGS);
  }

  private DatasetStatus status(SourceSpec of) {
    return new StatusReader(
            configuration,
            SecretReference.ofProcess(),
            new HttpMetastoreAdmin(MetastoreConnection.to(URI.create(url()))),
            Clock.systemUTC())
        .read(new Versioned<>(1, 0, dataset(of)), of);
  }

  private SourceSpec source(String topic, Map<String, String> options) {
    String servers =
        options.isEmpty() ? kafka.bootstrapServers() : kafka.scram().bootstrapServers();
    SourceSpec plain =
        read(
            "{'name':'%s','bootstrapServers':'%s','topic':'%s','archive':{'location':'%s'}}"
                .formatted(topic, servers, topic, archive()),
            SourceSpec.class);
    return new SourceSpec(
        plain.name(),
        plain.bootstrapServers(),
        plain.topics(),
        null,
        null,
        options,
        plain.archive(),
        null,
        null,
        null);
  }

  private DatasetSpec dataset(SourceSpec of) {
    return read(
        "{'name':'%s','source':'%s','target':{'path':'%s'},'columns':[{'name':'id','type':'bigint'}]}"
            .formatted(of.name(), of.name(), folder.resolve("lake").resolve(of.name()).toUri()),
        DatasetSpec.class);
  }

  private String archive() {
    return folder.resolve("raw").toUri().toString();
  }

  private String url() {
    return "http://127.0.0.1:" + metastore.getAddress().getPort();
  }

  private String[] flags() {
    return new String[] {"--metastore.url", url()};
  }

  private static void send(String topic, int records) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers(), "acks", "all"),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, "{\"id\":%d}".formatted(i))).get();
      }
    }
  }

  /** The broker knows it a moment after the controller. */
  private static void create(String topic) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    await()
        .ignoreExceptions()
        .until(() -> admin.describeTopics(List.of(topic)).allTopicNames().get().size() == 1);
  }

  private static void grant(String topic, AclOperation operation) throws Exception {
    AclBinding granted =
        new AclBinding(
            new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
            new AccessControlEntry("User:" + WATCHER, "*", operation, AclPermissionType.ALLOW));
    admin.createAcls(List.of(granted)).all().get();
    await().until(() -> !admin.describeAcls(granted.toFilter()).values().get().isEmpty());
  }

  private static String text(Reconciliation of) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ReconciliationText.print(of, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String versioned(Object spec) {
    return "{\"version\":1,\"createdAt\":1,\"spec\":%s}"
        .formatted(new String(Json.write(spec), StandardCharsets.UTF_8));
  }

  private static <T> T read(String json, Class<T> type) {
    return Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), type);
  }

  private static void answer(HttpExchange http, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("Content-Type", "application/json");
    http.sendResponseHeaders(200, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }
}
