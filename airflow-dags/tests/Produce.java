import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Produce BOOTSTRAP TOPIC FIRST COUNT: sends {"id":n} for n from FIRST; makes the topic where FIRST is 0. */
public class Produce {
  public static void main(String[] arguments) throws Exception {
    String topic = arguments[1];
    int first = Integer.parseInt(arguments[2]);
    int count = Integer.parseInt(arguments[3]);
    Map<String, Object> settings =
        Map.of("bootstrap.servers", arguments[0], "acks", "all", "linger.ms", "20");
    if (first == 0) {
      try (Admin admin = Admin.create(settings)) {
        admin.createTopics(List.of(new NewTopic(topic, Optional.of(3), Optional.empty()))).all().get();
      }
    }
    StringSerializer text = new StringSerializer();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, text, text)) {
      for (int id = first; id < first + count; id++) {
        producer.send(new ProducerRecord<>(topic, "k" + id, "{\"id\":" + id + "}"));
      }
    }
  }
}
