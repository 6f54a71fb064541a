package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.metastore.Activation;
import dev.tributary.phase2.KnownSpecs;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ActivationReportsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

  private final KnownSpecs specs = new KnownSpecs();
  private Instant now = NOW;

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneOffset getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  private final ActivationReports reports = new ActivationReports(specs, clock);

  @Test
  void whatTheMetastoreWasNotToldIsKeptAndToldInOrderOnce() {
    specs.loseReports(1);
    reports.tell(active(1));
    reports.tell(Activation.rejected("events", 2, "narrower", "run"));
    reports.again();
    assertThat(told()).as("a metastore that is away is not asked at every batch").isEmpty();

    now = now.plus(ActivationReports.PAUSE);
    reports.again();
    assertThat(told()).containsExactly("1 ACTIVE", "2 REJECTED");

    reports.again();
    reports.last();
    assertThat(told()).containsExactly("1 ACTIVE", "2 REJECTED");
  }

  @Test
  void aRunThatEndsTriesOnceMore() {
    specs.loseReports(1);
    reports.tell(active(1));
    reports.last();
    assertThat(told()).containsExactly("1 ACTIVE");
  }

  private static Activation active(long version) {
    return Activation.active("events", version, Map.of(), 0, "run");
  }

  private List<String> told() {
    return specs.reports().stream()
        .map(activation -> activation.version() + " " + activation.outcome())
        .toList();
  }
}
