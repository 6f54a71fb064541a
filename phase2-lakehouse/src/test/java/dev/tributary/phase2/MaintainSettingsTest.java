package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MaintainSettingsTest {
  @Test
  void whatIsAskedForIsWhatTheFlagsSay() {
    MaintenanceRequest plain = MaintainSettings.request(settings("--optimize"));
    assertThat(plain.tasks()).containsExactly(Task.OPTIMIZE);
    assertThat(plain.fileBytes()).isEqualTo(256L << 20);
    assertThat(plain.leastFiles()).isEqualTo(8);
    assertThat(plain.retainHours()).isEmpty();
    assertThat(plain.dryRun()).isFalse();

    MaintenanceRequest all =
        MaintainSettings.request(
            settings(
                "--optimize",
                "--purge-deletion-vectors",
                "--vacuum",
                "--retain-hours",
                "24",
                "--short-retention",
                "--dry-run",
                "--file-size",
                "64m",
                "--min-files",
                "2",
                "--plan-wait",
                "1s"));
    assertThat(all.tasks()).containsExactlyInAnyOrder(Task.values());
    assertThat(all.retainHours()).hasValue(24);
    assertThat(all.shortRetention()).isTrue();
    assertThat(all.dryRun()).isTrue();
    assertThat(all.fileBytes()).isEqualTo(64L << 20);
    assertThat(all.leastFiles()).isEqualTo(2);
    assertThat(all.planWait()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aRetentionBelowDeltasIsRefusedWithoutTheFlagThatNamesIt() {
    assertRefused("--retain-hours 167 is below Delta's 168", "--vacuum", "--retain-hours", "167");
    MaintainSettings.check(settings("--vacuum", "--retain-hours", "168"));
    MaintainSettings.check(settings("--vacuum", "--retain-hours", "1", "--short-retention"));
    assertThatThrownBy(
            () -> settings("--vacuum", "--retain-hours", "0", "--short-retention").toString())
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("retain-hours");
  }

  @Test
  void whatAsksForNothingIsRefused() {
    assertRefused("Nothing says what to do. Give --optimize", "--dry-run");
    assertRefused("--retain-hours 200 is a vacuum's", "--optimize", "--retain-hours", "200");
  }

  private static void assertRefused(String message, String... flags) {
    assertThatThrownBy(() -> MaintainSettings.check(settings(flags)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(message);
  }

  private static Settings settings(String... flags) {
    List<String> all = new ArrayList<>(List.of("--all", "--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    return MaintainSettings.PROGRAM.resolve(all, Map.of(), Path.of("target"));
  }
}
