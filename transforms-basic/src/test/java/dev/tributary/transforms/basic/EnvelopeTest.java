package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

final class EnvelopeTest {
  private static final String OLD = base64("0123456789abcdef");
  private static final String NEW = base64("0123456789abcdef0123456789abcdef");
  private static final byte[] NONCE = new byte[12];
  private static final byte[] PLAIN = "{\"id\":1}".getBytes(StandardCharsets.UTF_8);

  @Test
  void whatWasSealedWithAnOldKeyIsOpenedAfterTheRotation() throws Exception {
    byte[] sealed = Envelope.ofKeys("k1=" + OLD).seal("k1", NONCE, PLAIN);
    assertThat(Envelope.ofKeys("k2=" + NEW + ",k1=" + OLD).open(sealed)).isEqualTo(PLAIN);
    assertThat(Envelope.ofKeys("k2=" + NEW + "\nk1=" + OLD + "\n").open(sealed)).isEqualTo(PLAIN);
  }

  @Test
  void aLoneKeyIsThatOfTheEmptyId() throws Exception {
    Envelope envelope = Envelope.ofKeys(OLD);
    assertThat(envelope.open(envelope.seal("", NONCE, PLAIN))).isEqualTo(PLAIN);
  }

  @Test
  void anyBitThatChangesIsNoticedTheKeyIdIncluded() throws Exception {
    Envelope envelope = Envelope.ofKeys("k1=" + OLD + ",k3=" + OLD);
    byte[] sealed = envelope.seal("k1", NONCE, PLAIN);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 2;
      assertThatThrownBy(() -> envelope.open(changed))
          .as("byte %d", i)
          .isInstanceOf(GeneralSecurityException.class);
    }
    assertThatThrownBy(() -> envelope.open(new byte[] {1}))
        .isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> envelope.open(new byte[] {1, 9, 0})).hasMessageContaining("too short");
  }

  @Test
  void keysThatAreNoKeysAreRefusedWithoutShowingThem() {
    assertThatThrownBy(() -> Envelope.ofKeys("k1=secret!"))
        .hasMessageContaining("no base64")
        .hasMessageNotContaining("secret!")
        .hasNoCause();
    assertThatThrownBy(() -> Envelope.ofKeys("k1=AAAA")).hasMessageContaining("has 3 bytes");
    assertThatThrownBy(() -> Envelope.ofKeys(" \n")).hasMessageContaining("is empty");
  }

  private static String base64(String key) {
    return Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
  }
}
