package dev.tributary.cli;

import dev.tributary.cli.propose.Cluster;
import dev.tributary.cli.propose.Proposal;
import dev.tributary.cli.propose.TopicSample;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** {@code tributary dataset propose}: a file to start from, out of what a topic holds. */
final class ProposeCommand implements Cli.Command {
  private static final Setting<String> TOPIC = Setting.text("topic", "The topic.").required();
  private static final Setting<String> BROKERS =
      Setting.text(
          "bootstrap-servers",
          "The Kafka cluster, host:port with commas between. Without it: that of the metastore's"
              + " source of the topic, of the local stack, of defaults.bootstrap-servers, or of all"
              + " the metastore's sources.");
  private static final Setting<String> DEFAULT_BROKERS =
      Setting.text(
          "defaults.bootstrap-servers",
          "The Kafka cluster of sources that do not name theirs, as the metastore is told it.");
  private static final Setting<List<String>> OPTIONS =
      Setting.text(
              "kafka-option",
              "A property of the Kafka client, name=value, secrets as references; repeatable.")
          .repeated();
  private static final Setting<Integer> SAMPLE =
      Setting.integer("sample", "How many of the newest records are looked at.", 1, 1_000_000)
          .withDefault("1000");
  private static final Setting<Duration> LONGEST =
      Setting.duration("longest", "How long it reads at most.").withDefault("20s");
  private static final Setting<String> ARCHIVE =
      Setting.text("archive-location", "Where raw archives lie, as a URI.")
          .withDefault("s3a://raw/archive");
  private static final Setting<String> TABLES =
      Setting.text("table-location", "Where tables lie, as a URI.").withDefault("s3a://lake");

  private static final Setting<URI> METASTORE =
      Setting.uri(
          MetastoreSettings.URL.key(), "The metastore whose sources are looked at; else none are.");

  /** Under which the environment of a local stack has its Kafka. */
  private static final String LOCAL_KAFKA = "KAFKA_BOOTSTRAP_SERVERS";

  static final Program PROGRAM =
      Program.of(
          "tributary dataset propose",
          "Looks at the newest records of a topic and writes the file of a dataset to start from.",
          SettingsGroup.of(
              "Topic", TOPIC, BROKERS, DEFAULT_BROKERS, OPTIONS, SAMPLE, LONGEST, ARCHIVE, TABLES),
          SettingsGroup.of(
              "Metastore",
              METASTORE,
              MetastoreSettings.TOKEN,
              MetastoreSettings.CA,
              MetastoreSettings.TIMEOUT,
              MetastoreSettings.ATTEMPTS));

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, ProposeCommand::propose);
  }

  private static int propose(Settings settings) {
    String topic = settings.get(TOPIC);
    Cluster cluster = cluster(settings, System.getenv());
    List<ConsumerRecord<byte[], byte[]>> sample;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            options(settings, cluster), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      sample =
          TopicSample.of(
              consumer, topic, settings.get(SAMPLE), settings.get(LONGEST), Clock.systemUTC());
    } catch (KafkaException e) {
      throw TributaryException.of(
          ErrorCode.KAFKA_UNAVAILABLE,
          "The topic '%s' at %s (%s) cannot be read."
              .formatted(topic, cluster.bootstrapServers(), cluster.known()),
          "Check the address, the topic and the client's options.",
          e);
    }
    System.out.print(
        new Proposal(topic).see(sample).yaml(cluster, settings.get(ARCHIVE), settings.get(TABLES)));
    return 0;
  }

  /** The cluster that is named, or the one that is known. */
  static Cluster cluster(Settings settings, Map<String, String> environment) {
    Optional<String> named = settings.find(BROKERS);
    if (named.isPresent()) {
      return Cluster.named(
          named.get(), "bootstrap-servers, " + settings.origin(BROKERS).orElseThrow());
    }
    List<SourceSpec> sources = sources(settings);
    Optional<String> local =
        Optional.ofNullable(environment.get(LOCAL_KAFKA)).filter(servers -> !servers.isBlank());
    return Cluster.ofTopic(settings.get(TOPIC), sources)
        .or(() -> local.map(servers -> Cluster.named(servers, LOCAL_KAFKA + ", a local stack's")))
        .or(
            () ->
                settings
                    .find(DEFAULT_BROKERS)
                    .map(
                        servers ->
                            Cluster.named(
                                servers,
                                "defaults.bootstrap-servers, "
                                    + settings.origin(DEFAULT_BROKERS).orElseThrow())))
        .orElseGet(() -> Cluster.ofAll(sources));
  }

  private static List<SourceSpec> sources(Settings settings) {
    return settings
        .find(METASTORE)
        .map(
            url ->
                HttpMetastore.of(
                    new MetastoreConnection(
                        url,
                        settings.find(MetastoreSettings.TOKEN),
                        settings.get(MetastoreSettings.TIMEOUT),
                        settings.get(MetastoreSettings.ATTEMPTS),
                        settings.find(MetastoreSettings.CA))))
        .map(metastore -> metastore.sources().stream().map(Versioned::spec).toList())
        .orElse(List.of());
  }

  private static Map<String, Object> options(Settings settings, Cluster cluster) {
    SecretReference secrets = SecretReference.ofProcess();
    Map<String, Object> options = new HashMap<>();
    options.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "15000");
    cluster.kafkaOptions().forEach((name, value) -> options.put(name, secrets.resolve(value)));
    options.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    options.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    for (String option : settings.get(OPTIONS)) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw TributaryException.of(
            ErrorCode.SETTING_INVALID,
            "The Kafka option '%s' has no '='.".formatted(option),
            "Write name=value.");
      }
      options.put(option.substring(0, equals), secrets.resolve(option.substring(equals + 1)));
    }
    options.put(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, secrets.resolve(cluster.bootstrapServers()));
    return options;
  }
}
