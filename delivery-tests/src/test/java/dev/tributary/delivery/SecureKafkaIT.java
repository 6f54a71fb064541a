package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.SourceSpec;
import dev.tributary.local.servers.ScramListener;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** SASL_SSL with SCRAM; the password comes by reference and is never shown. */
@Tag("long")
class SecureKafkaIT {
  private static final String WRONG = "entirely-wrong-password";

  @Test
  void aRightPasswordByReferenceWorksAndAWrongOneIsAClearErrorWithoutIt() {
    ScramListener listener = DeliveryStack.shared().kafka().process().scram();
    Map<String, String> client =
        new HashMap<>(listener.clientProperties("tributary", "right-password"));
    String jaas = client.get("sasl.jaas.config");
    client.put("sasl.jaas.config", "env:KAFKA_JAAS");
    client.put("ssl.truststore.password", "env:KAFKA_TRUSTSTORE_PASSWORD");
    Pipeline pipeline = Pipeline.create("secure", 2);
    SourceSpec plain = pipeline.source();
    pipeline.register(
        new SourceSpec(
            plain.name(),
            listener.bootstrapServers(),
            plain.topics(),
            plain.start(),
            plain.isolation(),
            client,
            plain.archive(),
            plain.batch(),
            null,
            null));
    pipeline.set("KAFKA_JAAS", jaas);
    pipeline.set("KAFKA_TRUSTSTORE_PASSWORD", "tributary");
    pipeline.produce(200);
    DriverRun right = pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.assertArchiveExact();
    assertThat(right.log()).doesNotContain("right-password");

    pipeline.set("KAFKA_JAAS", jaas.replace("right-password", WRONG));
    DriverRun wrong = pipeline.phase1("--trigger", "available-now").expectExit(2);
    assertThat(wrong.log()).contains("kafka-authentication").doesNotContain(WRONG);
  }
}
