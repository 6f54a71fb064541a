package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlanLogTest {
  @TempDir Path folder;
  private PlanLog log;

  @BeforeEach
  void open() {
    log = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
  }

  @Test
  void aPlanIsReadAsItWasPutAndItsNumberIsTakenOnce() {
    assertThat(log.head()).isEmpty();
    Plan plan = plan(0, "run-1");

    assertThat(log.put(plan)).isTrue();
    assertThat(log.put(plan(0, "run-2"))).isFalse();

    assertThat(log.plan(0)).contains(plan);
    assertThat(log.head()).hasValue(0);
    assertThat(log.plan(1)).isEmpty();
    assertThat(folder.resolve("lake/_plans/orders/00000/00000000000000000000.json")).exists();
    assertThat(log.application()).isEqualTo("tributary:orders:0");
  }

  @Test
  void theLatestAccountIsThatOfThePlanBeforeWhileTheHeadIsNotDone() {
    log.put(plan(0, "run"));
    log.put(account(0));
    log.put(plan(1, "run"));

    assertThat(log.latestAccount()).contains(account(0));
    assertThat(log.account(1)).isEmpty();
    assertThat(log.put(account(0))).as("put twice").isFalse();
  }

  @Test
  void aFieldOfALaterReleaseIsIgnoredAndALaterFormatRefused() throws Exception {
    Path first = folder.resolve("lake/_plans/orders/00000/00000000000000000000.json");
    log.put(plan(0, "run"));
    String text = Files.readString(first);
    Files.writeString(first, text.replaceFirst("\\{", "{\"later\":1,"), StandardCharsets.UTF_8);
    assertThat(log.plan(0)).contains(plan(0, "run"));

    Files.writeString(first, text.replace("\"format\":1", "\"format\":2"));
    assertThatThrownBy(() -> log.plan(0))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("has format 2; this release knows 1");
    Files.writeString(first, text.replace("\"live\"", "\"cut-over\""));
    assertThatThrownBy(() -> log.plan(0)).hasMessageContaining("kind 'cut-over'");
  }

  @Test
  void anOperatorRulesOnceAndOnlyOnAPlanThatIsNotDone() {
    PlanRulings rulings = new PlanRulings(log, Clock.systemUTC());
    assertThatThrownBy(() -> rulings.accept(0, "ann", "known"))
        .hasMessageContaining("there are no plans");
    log.put(plan(0, "run"));

    rulings.accept(0, "ann", "known");
    rulings.accept(0, "bob", "known too");
    assertThat(log.ruling(0)).map(Ruling::by).contains("ann");
    assertThatThrownBy(() -> rulings.voidPlan(0, "bob", "no"))
        .hasMessageContaining("ann has already ruled");

    log.put(account(0));
    assertThatThrownBy(() -> rulings.accept(0, "ann", "again"))
        .hasMessageContaining("waits for no ruling");
  }

  @Test
  void countsBalanceWhereEveryRecordIsThereOnceAndNoneIsNegative() {
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 1, 1, 0).balanced()).isTrue();
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 1, 0, 0).balanced()).isFalse();
    assertThat(new PlanCounts(10, 4, 1, 1, 1, 1, 4, -2, 0).balanced()).isFalse();
  }

  private static Plan plan(long n, String run) {
    return new Plan(
        1,
        n,
        0,
        "id-" + n + run,
        PlanKind.LIVE,
        "orders",
        3,
        run,
        17,
        new PlanSource("file:/raw", List.of(new EntryRange("orders", 10, 14))),
        List.of("00"),
        Map.of("orders", Map.of("orders", 15L)),
        Optional.empty());
  }

  private static PlanAccount account(long n) {
    PlanCounts counts = new PlanCounts(100, 90, 5, 1, 1, 2, 1, 0, 0);
    return new PlanAccount(
        1,
        n,
        0,
        "id-0run",
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        3,
        counts,
        new TableVersions(Optional.of(17L), Optional.empty(), Optional.empty()),
        List.of(new StepLedger("decode", 100, 0, 98, 0, 0, 2)),
        Map.of("orders", Map.of("orders", 15L)),
        Map.of("orders", 3L),
        Map.of("orders", counts),
        Optional.empty(),
        List.of());
  }
}
