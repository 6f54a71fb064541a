package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.table.TableTimeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table whose versions are its plans: 0 makes it, 1 and 2 add a file each, 3 changes columns, 4
 * adds one under a deletion vector, 5 adds a file.
 */
final class RestoredStateTest {
  private static final String MAKES = metaData(1);
  private static final String CHANGES = metaData(2);

  @TempDir Path folder;
  private PlanLog log;

  @BeforeEach
  void aTable() throws IOException {
    log = PlanLog.open(folder.toUri() + "orders", new Configuration());
    List<String> commits =
        List.of(
            MAKES,
            add("a", ""),
            add("b", ""),
            CHANGES,
            remove("a", "") + "\n" + add("a", "v1"),
            add("c", ""));
    for (int n = 0; n < commits.size(); n++) {
      commit(n, "WRITE", "{}", mark(n) + "\n" + commits.get(n));
      log.put(plan(n));
      log.put(account(n, n < 3 ? 1 : 2));
    }
  }

  @Test
  void theStateOfARestoreIsThatOfWhatItRestoredAndSoOn() throws IOException {
    commit(6, "RESTORE", "{\"version\":2,\"timestamp\":null}", remove("c", ""));
    commit(7, "OPTIMIZE", "{}", "");
    commit(8, "RESTORE", "{\"version\":1,\"timestamp\":null}", remove("b", ""));
    commit(9, "RESTORE", "{\"version\":7,\"timestamp\":null}", add("b", ""));

    assertThat(state(5)).isEqualTo(5);
    assertThat(state(6)).isEqualTo(2);
    assertThat(state(7)).isEqualTo(2);
    assertThat(state(8)).isEqualTo(1);
    assertThat(state(9)).isEqualTo(2);
  }

  @Test
  void aRestoreToATimeIsKnownByTheFilesAndTheDatasetsVersionThatItLeft() throws IOException {
    String toATime = "{\"version\":null,\"timestamp\":\"2026-11-21 08:00:00.0\"}";
    String back = remove("c", "") + "\n" + remove("a", "v1") + "\n" + add("a", "");
    commit(6, "RESTORE", toATime, CHANGES + "\n" + back);
    assertThat(state(6)).as("the files are those of plan 2 as well").isEqualTo(3);
    commit(6, "RESTORE", toATime, MAKES + "\n" + back);
    assertThat(state(6)).isEqualTo(2);
    commit(6, "RESTORE", toATime, MAKES + "\n" + back + "\n" + remove("b", ""));
    assertThat(state(6)).isEqualTo(1);
    commit(6, "RESTORE", toATime, CHANGES + "\n" + remove("c", ""));
    assertThat(state(6)).isEqualTo(4);
    commit(6, "RESTORE", toATime, MAKES + "\n" + add("d", ""));
    assertThat(new RestoredState(log, timeline()).of(6)).as("no version had them").isEmpty();
  }

  @Test
  void aPlanThatCommittedAfterTheRestoreIsFound() throws IOException {
    commit(6, "RESTORE", "{\"version\":2,\"timestamp\":null}", remove("c", ""));
    commit(7, "WRITE", "{}", mark(6) + "\n" + add("d", ""));
    commit(8, "WRITE", "{}", mark(Long.MAX_VALUE));

    RestoredState.Found found = new RestoredState(log, timeline()).of(8).orElseThrow();
    assertThat(found.intruder()).hasValue(7);
    assertThat(state(6)).isEqualTo(2);
  }

  private long state(long version) {
    RestoredState.Found found = new RestoredState(log, timeline()).of(version).orElseThrow();
    assertThat(found.intruder()).isEmpty();
    return found.held().plan();
  }

  private TableTimeline timeline() {
    return new TableTimeline(log.folders().table(), new Configuration());
  }

  private void commit(long version, String operation, String parameters, String actions)
      throws IOException {
    Path file = folder.resolve("orders/_delta_log/%020d.json".formatted(version));
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    Files.writeString(
        file,
        "{\"commitInfo\":{\"operation\":\"%s\",\"operationParameters\":%s}}\n%s\n"
            .formatted(operation, parameters, actions));
  }

  private String mark(long plan) {
    return "{\"txn\":{\"appId\":\"%s\",\"version\":%d}}".formatted(log.application(), plan);
  }

  private static String metaData(int version) {
    return "{\"metaData\":{\"configuration\":{\"tributary.dataset.orders.version\":\"%d\"}}}"
        .formatted(version);
  }

  private static String add(String path, String vector) {
    return "{\"add\":{\"path\":\"%s\"%s}}".formatted(path, vector(vector));
  }

  private static String remove(String path, String vector) {
    return "{\"remove\":{\"path\":\"%s\"%s}}".formatted(path, vector(vector));
  }

  private static String vector(String name) {
    return name.isEmpty()
        ? ""
        : ",\"deletionVector\":{\"storageType\":\"u\",\"pathOrInlineDv\":\"%s\",\"offset\":1}"
            .formatted(name);
  }

  private static Plan plan(long n) {
    return new Plan(
        1,
        n,
        0,
        "id-" + n,
        PlanKind.LIVE,
        "orders",
        1,
        "run",
        17,
        new PlanSource("file:/raw", List.of(new EntryRange("orders", n, n))),
        List.of(),
        Map.of(),
        Optional.empty());
  }

  private static PlanAccount account(long n, long inForce) {
    return new PlanAccount(
        1,
        n,
        0,
        "id-" + n,
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        inForce,
        PlanCounts.NONE,
        new TableVersions(Optional.of(n), Optional.empty(), Optional.empty()),
        List.of(),
        Map.of(),
        Map.of("orders", inForce),
        Map.of(),
        Optional.empty(),
        List.of());
  }
}
