package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.plan.Erasure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EraseSettingsTest {
  @TempDir Path folder;

  @Test
  void whatIsAskedForIsWhatTheFlagsSay() {
    EraseRequest request =
        request(
            "--dataset",
            "orders",
            "--dataset",
            "customers",
            "--key",
            "ann",
            "--key-column",
            "who",
            "--whole-records",
            "--reason",
            "request 17",
            "--vacuum",
            "--retain-hours",
            "1",
            "--short-retention",
            "--plan-wait",
            "1s");

    assertThat(request.datasets()).containsExactly("orders", "customers");
    assertThat(request.key()).contains("ann");
    assertThat(request.column()).contains("who");
    assertThat(request.wholeRecords()).isTrue();
    assertThat(request.reason()).contains("request 17");
    assertThat(request.vacuum().orElseThrow().retainHours()).hasValue(1);
    assertThat(request.vacuum().orElseThrow().shortRetention()).isTrue();
    assertThat(request.vacuum().orElseThrow().planWait()).isEqualTo(Duration.ofSeconds(1));
    assertThat(request.toString()).doesNotContain("ann");
  }

  @Test
  void withoutAReasonOrWithADryRunNothingIsErased() {
    assertThat(request("--dataset", "orders", "--key", "ann").reason()).isEmpty();
    assertThat(
            request("--dataset", "orders", "--key", "ann", "--reason", "r", "--dry-run").reason())
        .isEmpty();
  }

  @Test
  void theKeyIsNeverShownAndMayStandInAFile() throws Exception {
    Settings settings = settings("--dataset", "orders", "--key", "ann");
    assertThat(EraseSettings.KEY.isSecret()).isTrue();
    assertThat(settings.toString()).doesNotContain("ann");

    Path file = Files.writeString(folder.resolve("key"), "ann b\n");
    assertThat(request("--dataset", "orders", "--key-file", file.toString()).key())
        .contains("ann b");
  }

  @Test
  void recordsAreReadFromAFile() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("records"),
            "_topic,_incarnation,_partition,_offset\norders,0,3,18\n\norders, 0, 3, 17\norders,1,3,2\n");

    assertThat(request("--dataset", "orders", "--records", file.toString()).records())
        .containsExactly(
            new Erasure.Offsets("orders", 0, 3, List.of(17L, 18L)),
            new Erasure.Offsets("orders", 1, 3, List.of(2L)));

    Files.writeString(file, "crm.offsets,0,3,18\ncrm.offsets,0,3,19\n");
    assertThat(request("--dataset", "orders", "--records", file.toString()).records())
        .as("a topic's name is no line of names")
        .containsExactly(new Erasure.Offsets("crm.offsets", 0, 3, List.of(18L, 19L)));

    Files.writeString(file, "orders,0,3,-1\n");
    assertRefused("Line 1 of", "--dataset", "orders", "--records", file.toString());
    Files.writeString(file, "orders,0,3\n");
    assertRefused("Line 1 of", "--dataset", "orders", "--records", file.toString());
    Files.writeString(file, "\n");
    assertRefused("names none", "--dataset", "orders", "--records", file.toString());
  }

  @Test
  void whatIsNotClearIsRefused() {
    assertRefused("No dataset is named", "--key", "ann");
    assertRefused("is said nowhere", "--dataset", "orders");
    assertRefused("is said twice", "--dataset", "orders", "--key", "a", "--records", "f");
    assertRefused(
        "The reason holds the key", "--dataset", "orders", "--key", "ann", "--reason", "ann asks");
    assertRefused(
        "--retain-hours 200 is a vacuum's",
        "--dataset",
        "orders",
        "--key",
        "ann",
        "--retain-hours",
        "200");
    assertRefused(
        "below Delta's 168",
        "--dataset",
        "orders",
        "--key",
        "ann",
        "--vacuum",
        "--retain-hours",
        "1");
  }

  private static void assertRefused(String message, String... flags) {
    assertThatThrownBy(() -> request(flags))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(message);
  }

  private static EraseRequest request(String... flags) {
    return EraseSettings.request(settings(flags));
  }

  private static Settings settings(String... flags) {
    List<String> all = new ArrayList<>(List.of("--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    return EraseSettings.PROGRAM.resolve(all, Map.of(), Path.of("target"));
  }
}
