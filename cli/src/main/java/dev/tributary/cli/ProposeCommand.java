package dev.tributary.cli;

import dev.tributary.cli.propose.Proposal;
import dev.tributary.cli.propose.TopicSample;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** {@code tributary dataset propose}: a file to start from, out of what a topic holds. */
final class ProposeCommand implements Cli.Command {
  private static final Setting<String> TOPIC = Setting.text("topic", "The topic.").required();
  private static final Setting<String> BROKERS =
      Setting.text("bootstrap-servers", "The Kafka cluster, host:port with commas between.")
          .required();
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

  static final Program PROGRAM =
      Program.of(
          "tributary dataset propose",
          "Looks at the newest records of a topic and writes the file of a dataset to start from.",
          SettingsGroup.of("Topic", TOPIC, BROKERS, OPTIONS, SAMPLE, LONGEST, ARCHIVE, TABLES));

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, ProposeCommand::propose);
  }

  private static int propose(Settings settings) {
    String topic = settings.get(TOPIC);
    List<ConsumerRecord<byte[], byte[]>> sample;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            options(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      sample =
          TopicSample.of(
              consumer, topic, settings.get(SAMPLE), settings.get(LONGEST), Clock.systemUTC());
    } catch (KafkaException e) {
      throw TributaryException.of(
          ErrorCode.KAFKA_UNAVAILABLE,
          "The topic '%s' at %s cannot be read.".formatted(topic, settings.get(BROKERS)),
          "Check the address, the topic and the client's options.",
          e);
    }
    System.out.print(
        new Proposal(topic)
            .see(sample)
            .yaml(settings.get(BROKERS), settings.get(ARCHIVE), settings.get(TABLES)));
    return 0;
  }

  private static Map<String, Object> options(Settings settings) {
    Map<String, Object> options = new HashMap<>();
    options.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    options.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    options.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "15000");
    for (String option : settings.get(OPTIONS)) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw TributaryException.of(
            ErrorCode.SETTING_INVALID,
            "The Kafka option '%s' has no '='.".formatted(option),
            "Write name=value.");
      }
      options.put(
          option.substring(0, equals),
          SecretReference.ofProcess().resolve(option.substring(equals + 1)));
    }
    options.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.get(BROKERS));
    return options;
  }
}
