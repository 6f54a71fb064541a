package dev.tributary.local;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/** {@code tributary local produce}: lines of standard input become records. */
final class LocalProduce {
  private static final Setting<String> TOPIC =
      Setting.text("topic", "The topic; made if it is not there.").required();

  private static final Setting<Integer> PARTITIONS =
      Setting.integer("partitions", "How many partitions a topic gets that is made.", 1, 1_000)
          .withDefault("4");

  private static final Setting<Boolean> KEYED =
      Setting.flag("keyed", "A line is a key, a tab and a value; without a tab, a tombstone.");

  static final Setting<String> KAFKA =
      Setting.text(
              "kafka",
              "Bootstrap servers of the Kafka that gets them; without it that of the local stack.")
          .notFromVariables();

  static final Program PROGRAM =
      Program.of(
          "tributary local produce TOPIC",
          "Sends each line of standard input as a record to the Kafka of the local stack, or to"
              + " another.",
          SettingsGroup.of("What", TOPIC, PARTITIONS, KEYED, KAFKA),
          LocalSettings.FOLDER);

  private LocalProduce() {}

  /** Sends until the input ends. */
  static int run(Settings settings, String servers, InputStream input)
      throws InterruptedException, IOException {
    String topic = settings.get(TOPIC);
    try {
      makeTopic(servers, topic, settings.get(PARTITIONS));
      long sent = send(servers, topic, settings.get(KEYED), input);
      System.out.printf("%,d records sent to %s%n", sent, topic);
      return 0;
    } catch (ExecutionException e) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Kafka at %s did not take the records: %s. Check that it runs; for the local stack: ./tributary local status"
              .formatted(servers, e.getCause().getMessage()),
          e);
    }
  }

  private static void makeTopic(String servers, String topic, int partitions)
      throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private static long send(String servers, String topic, boolean keyed, InputStream input)
      throws IOException, InterruptedException, ExecutionException {
    Map<String, Object> properties =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            servers,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            // With several, a new topic's first request can be overtaken and lost (KAFKA-15591).
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
            1);
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    long sent = 0;
    try (KafkaProducer<String, String> producer =
            new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.add(producer.send(keyed ? keyed(topic, line) : new ProducerRecord<>(topic, line)));
        sent++;
        if (answers.size() == 10_000) {
          await(answers);
        }
      }
      await(answers);
    }
    return sent;
  }

  private static ProducerRecord<String, String> keyed(String topic, String line) {
    int tab = line.indexOf('\t');
    return tab < 0
        ? new ProducerRecord<>(topic, line, null)
        : new ProducerRecord<>(topic, line.substring(0, tab), line.substring(tab + 1));
  }

  private static void await(List<Future<RecordMetadata>> answers)
      throws InterruptedException, ExecutionException {
    for (Future<RecordMetadata> answer : answers) {
      answer.get();
    }
    answers.clear();
  }
}
