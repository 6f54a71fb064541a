package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
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
    MaintenanceRequest plain =
        MaintainSettings.request(settings("--optimize"), List.of(dataset(null)));
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
                "1s"),
            List.of(
                dataset(new MaintenanceSpec(null, null, null, 1L << 30, 9L, 500L, null, null))));
    assertThat(all.tasks()).containsExactlyInAnyOrder(Task.values());
    assertThat(all.retainHours()).hasValue(24);
    assertThat(all.shortRetention()).isTrue();
    assertThat(all.dryRun()).isTrue();
    assertThat(all.fileBytes()).isEqualTo(64L << 20);
    assertThat(all.leastFiles()).isEqualTo(2);
    assertThat(all.planWait()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void whatNoFlagSaysIsAsTheTablesDatasetsSay() {
    MaintenanceRequest plain = MaintainSettings.request(settings(), List.of(dataset(null)));
    assertThat(plain.tasks()).containsExactlyInAnyOrder(Task.values());
    assertThat(plain.datasetHours()).isEqualTo(168);

    DatasetSpec one =
        dataset(new MaintenanceSpec(null, false, null, 1L << 30, 2L, 200L, null, null));
    DatasetSpec other = dataset(new MaintenanceSpec(null, null, false, null, 4L, 900L, null, null));
    MaintenanceRequest own = MaintainSettings.request(settings(), List.of(one));
    assertThat(own.tasks()).containsExactlyInAnyOrder(Task.OPTIMIZE, Task.VACUUM);
    assertThat(own.fileBytes()).isEqualTo(1L << 30);
    assertThat(own.leastFiles()).isEqualTo(2);
    assertThat(own.retainHours()).isEmpty();
    assertThat(own.datasetHours()).isEqualTo(200);

    MaintenanceRequest both = MaintainSettings.request(settings("--dry-run"), List.of(one, other));
    assertThat(both.tasks()).as("what both ask for").containsExactly(Task.OPTIMIZE);
    assertThat(both.fileBytes()).isEqualTo(1L << 30);
    assertThat(both.leastFiles()).isEqualTo(4);
    assertThat(both.datasetHours()).isEqualTo(900);
    assertThat(both.dryRun()).isTrue();

    MaintenanceRequest told =
        MaintainSettings.request(settings("--vacuum", "--min-files", "3"), List.of(one, other));
    assertThat(told.tasks()).containsExactly(Task.VACUUM);
    assertThat(told.leastFiles()).isEqualTo(3);
    assertThat(told.datasetHours()).isEqualTo(900);
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
  void aRetentionWithoutAVacuumIsRefused() {
    MaintainSettings.check(settings("--retain-hours", "200"));
    assertRefused("--retain-hours 200 is a vacuum's", "--optimize", "--retain-hours", "200");
  }

  private static void assertRefused(String message, String... flags) {
    assertThatThrownBy(() -> MaintainSettings.check(settings(flags)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(message);
  }

  private static DatasetSpec dataset(MaintenanceSpec maintenance) {
    return new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec("s3a://lake/events", null, null),
            List.of(ColumnSpec.of("id", "int")),
            WriteSpec.append(),
            null,
            null,
            null,
            null)
        .withMaintenance(maintenance);
  }

  private static Settings settings(String... flags) {
    List<String> all = new ArrayList<>(List.of("--all", "--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    return MaintainSettings.PROGRAM.resolve(all, Map.of(), Path.of("target"));
  }
}
