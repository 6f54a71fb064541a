package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.metastore.Activation;
import dev.tributary.phase2.KnownSpecs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ActivationReportsTest {
  private final KnownSpecs specs = new KnownSpecs();
  private long now = Long.MAX_VALUE - 5;

  private final ActivationReports reports = new ActivationReports(specs, () -> now);

  @Test
  void whatTheMetastoreWasNotToldIsKeptAndToldInOrderOnce() {
    specs.loseReports(1);
    reports.tell(active(1));
    reports.tell(Activation.rejected("events", 2, "narrower", "run"));
    reports.again();
    assertThat(told()).as("a metastore that is away is not asked at every batch").isEmpty();

    now += ActivationReports.PAUSE.toNanos();
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
