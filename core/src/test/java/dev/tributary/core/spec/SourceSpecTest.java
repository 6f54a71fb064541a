package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceSpecTest {
  private static SourceSpec source(String more) {
    String json =
        "{\"name\":\"a\",\"bootstrapServers\":\"b:9092\","
            + "\"archive\":{\"location\":\"s3a://raw/a\"},%s}";
    return Json.read(json.formatted(more).getBytes(StandardCharsets.UTF_8), SourceSpec.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "ssl.keystore.password",
        "ssl.keystore.key",
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "sasl.oauthbearer.client.credentials.client.secret",
        "fs.s3a.secret.key",
        "basic.auth.user.info",
        "signing-key"
      })
  void anOptionThatHoldsASecretTakesAReferenceAlone(String option) {
    String options = "\"topic\":\"a\",\"kafkaOptions\":{\"%s\":\"%s\"}";
    assertThatThrownBy(() -> source(options.formatted(option, "hunter2")))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("kafkaOptions." + option + " holds a literal secret")
        .hasMessageNotContaining("hunter2");
    assertThat(source(options.formatted(option, "env:SECRET")).kafkaOptions()).containsKey(option);
  }

  @Test
  void anOptionThatOnlyLooksLikeASecretTakesAText() {
    String options =
        "\"topic\":\"a\",\"kafkaOptions\":{\"sasl.login.callback.handler.class\":\"a.B\"}";
    assertThat(source(options).kafkaOptions()).hasSize(1);
  }

  @Test
  @Timeout(10)
  void aPatternThatTriesForEverIsRefusedInsteadOfHoldingEverybodyUp() {
    SourceSpec nested = source("\"topicPattern\":\"(a+)+\\\\1b\"");
    assertThat(nested.matches("aab")).isTrue();
    assertThat(nested.matches("aac")).isFalse();
    assertThatThrownBy(() -> nested.matches("a".repeat(200)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("'(a+)+\\1b'")
        .hasMessageContaining("without repetitions of repetitions");
    assertThat(source("\"topicPattern\":\"sales[.].*\"").matches("sales." + "x".repeat(240)))
        .isTrue();
  }
}
