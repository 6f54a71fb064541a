package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.SourceSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KafkaTopicsTest {
  @Test
  void optionsThatMakeNoClientAreAnErrorOfTheirOwnWithoutTheirSecrets() {
    SourceSpec source =
        new SourceSpec(
            "orders",
            "127.0.0.1:9",
            List.of("orders"),
            null,
            null,
            Map.of(
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "SCRAM-SHA-512",
                "sasl.jaas.config",
                "env:JAAS"),
            new ArchiveSpec("s3a://bucket/raw", null, null, null),
            null,
            null,
            null);
    SecretReference secrets = new SecretReference(Map.of("JAAS", "nonsense hunter2"));

    assertThatThrownBy(() -> new KafkaTopics(source, secrets))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.KAFKA_OPTIONS_INVALID))
        .hasMessageContaining("Correct the kafkaOptions of source 'orders'.")
        .hasMessageNotContaining("hunter2");
  }
}
