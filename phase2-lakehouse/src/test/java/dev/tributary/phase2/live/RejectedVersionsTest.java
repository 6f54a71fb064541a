package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.Versioned;
import org.junit.jupiter.api.Test;

final class RejectedVersionsTest {
  private final RejectedVersions rejected = new RejectedVersions();

  @Test
  void aNumberThatIsGivenOutAgainAfterARestoreIsAnotherVersion() {
    rejected.add(new Versioned<>(7, 1_000, "bad"));
    assertThat(rejected.has(new Versioned<>(7, 1_000, "bad"))).isTrue();
    assertThat(rejected.has(new Versioned<>(7, 2_000, "good"))).isFalse();
    assertThat(rejected.has(new Versioned<>(8, 1_000, "next"))).isFalse();
  }

  @Test
  void aVersionWhosePlanIsVoidHasItsNumberForGood() {
    assertThat(rejected.madeVoid(7)).isTrue();
    assertThat(rejected.madeVoid(7)).isFalse();
    assertThat(rejected.has(new Versioned<>(7, 2_000, "x"))).isTrue();
  }
}
