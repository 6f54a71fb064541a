package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log of plans 0 to 5, of which plan 5 is not done, and a table that was restored to plan 2. */
final class GenerationsTest {
  @TempDir Path folder;
  private PlanLog log;

  @BeforeEach
  void aLogWithAnOpenPlan() {
    log = open();
    for (long n = 0; n < 6; n++) {
      log.put(plan(n, 0, PlanKind.LIVE));
      if (n < 5) {
        log.put(account(n, 0, 10 + n));
      }
    }
  }

  private PlanLog open() {
    return PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
  }

  @Test
  void theNumbersGoOnFromTheStateAndEarlierPlansAreThoseOfTheGenerationBefore() {
    begin(1, 2, 5, 20);

    assertThat(log.generation()).isEqualTo(1);
    assertThat(log.application()).isEqualTo("tributary:orders:1");
    assertThat(log.head()).hasValue(2);
    assertThat(log.last()).hasValue(5);
    assertThat(log.latestAccount()).contains(account(2, 0, 12));
    assertThat(log.plan(3)).as("not put again yet").isEmpty();
    assertThat(log.toDoAgain(2)).isEmpty();
    assertThat(log.toDoAgain(5)).contains(plan(5, 0, PlanKind.LIVE));
    assertThat(log.toDoAgain(6)).as("it only ended the generation").isEmpty();
    assertThat(log.doneBefore(4)).isPresent();
    assertThat(log.doneBefore(5)).isEmpty();

    assertThat(log.put(plan(3, 0, PlanKind.LIVE))).as("of the generation before").isFalse();
    Plan again = log.toDoAgain(3).orElseThrow().again(1, "again", "run-2", 99);
    assertThat(log.put(again)).isTrue();
    log.put(account(3, 1, 21));
    PlanLog other = open();
    assertThat(other.head()).hasValue(3);
    assertThat(other.plan(3)).contains(again);
    assertThat(again.again()).contains(new Again(0, "id-3"));
    assertThat(other.account(3).orElseThrow().generation()).isEqualTo(1);
    assertThat(folder.resolve("lake/_plans/orders/00001/00000000000000000003.json")).exists();
    assertThat(folder.resolve("lake/_plans/orders/00001/generation.json")).exists();
  }

  @Test
  void aGenerationThatIsRestoredItselfStillOwesWhatTheOneBeforeOwed() {
    begin(1, 2, 5, 20);
    log.put(log.toDoAgain(3).orElseThrow().again(1, "again", "run-2", 99));
    log.put(account(3, 1, 21));
    assertThat(log.last()).hasValue(5);
    begin(2, 1, 5, 30);

    assertThat(log.head()).hasValue(1);
    assertThat(log.toDoAgain(2)).contains(plan(2, 0, PlanKind.LIVE));
    assertThat(log.toDoAgain(3).orElseThrow().generation()).isEqualTo(1);
    assertThat(log.toDoAgain(4))
        .as("never put in generation 1")
        .contains(plan(4, 0, PlanKind.LIVE));
    assertThat(log.doneBefore(4).orElseThrow().generation()).isZero();
    assertThat(log.common(0)).isEqualTo(1);
    assertThat(log.common(1)).isEqualTo(1);
  }

  @Test
  void theStateOfAVersionIsThatOfTheGenerationThatWasWrittenThen() {
    begin(1, 2, 5, 20);
    log.put(log.toDoAgain(3).orElseThrow().again(1, "again", "run-2", 99));
    log.put(account(3, 1, 23));

    assertThat(log.heldAt(9)).isEqualTo(new HeldState(0, -1, -1));
    assertThat(log.heldAt(12)).isEqualTo(new HeldState(0, 2, 12));
    assertThat(log.heldAt(19)).isEqualTo(new HeldState(0, 4, 14));
    assertThat(log.heldAt(22)).isEqualTo(new HeldState(1, 2, 20));
    assertThat(log.heldAt(40)).isEqualTo(new HeldState(1, 3, 23));
    assertThat(log.since(log.account(2))).isEqualTo(20);
    assertThat(log.since(log.account(3))).isEqualTo(23);
  }

  @Test
  void theAccountOfAClosedLogIsStillFoundAndWhatEndsItCannotBeRuledOn() {
    log.put(plan(6, 0, PlanKind.RESTORE));

    assertThat(open().latestAccount()).as("plan 5 is not done").contains(account(4, 0, 14));
    assertThat(open().last()).isEqualTo(OptionalLong.of(5));
    assertThatThrownBy(() -> new PlanRulings(log, Clock.systemUTC()).accept(6, "ann", "known"))
        .hasMessageContaining("waits for no ruling");
  }

  @Test
  void aPlanThatWasDoneBeforeCannotBecomeVoidAndOneThatWasNotCan() {
    log.put(new Ruling(1, 4, "late", Ruling.Decision.VOID, "ann", "too late", 5));
    begin(1, 3, 5, 20);
    log.put(log.toDoAgain(4).orElseThrow().again(1, "again", "run-2", 99));
    assertThat(log.ruling(4)).as("the plan was committed before it came").isEmpty();
    assertThatThrownBy(() -> new PlanRulings(log, Clock.systemUTC()).voidPlan(4, "ann", "no"))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CHANGE_REFUSED))
        .hasMessageContaining("was done before the table was restored");

    log.put(account(4, 1, 24));
    log.put(log.toDoAgain(5).orElseThrow().again(1, "again", "run-2", 99));
    new PlanRulings(log, Clock.systemUTC()).voidPlan(5, "ann", "no");
    assertThat(log.ruling(5)).map(Ruling::ruling).contains(Ruling.Decision.VOID);
  }

  @Test
  void aGenerationIsWrittenAsItIsDescribedAndALaterFormatIsRefused() throws Exception {
    begin(1, -1, 5, 20);
    Path file = folder.resolve("lake/_plans/orders/00001/generation.json");
    String text = Files.readString(file);
    assertThat(text)
        .isEqualTo(
            "{\"format\":1,\"generation\":1,\"id\":\"id\",\"run\":\"run\",\"at\":17,\"state\":-1,"
                + "\"through\":5,\"tableVersion\":20}");
    assertThat(log.head()).isEmpty();
    assertThat(log.latestAccount()).isEmpty();
    assertThat(log.toDoAgain(0)).isPresent();

    Files.writeString(file, text.replace("\"format\":1", "\"format\":2"), StandardCharsets.UTF_8);
    assertThatThrownBy(this::open)
        .hasMessageContaining("Generation 1 of")
        .hasMessageContaining("has format 2; this release knows 1");
  }

  private void begin(int generation, long state, long through, long version) {
    long last = log.head().orElse(-1);
    log.put(plan(last + 1, generation - 1, PlanKind.RESTORE));
    assertThat(log.put(new Succession(1, generation, "id", "run", 17, state, through, version)))
        .isTrue();
    assertThat(log.put(new Succession(1, generation, "other", "run", 17, 0, 0, 0)))
        .as("the first one counts")
        .isFalse();
    assertThat(log.advance()).isTrue();
    assertThat(log.advance()).isFalse();
  }

  private static Plan plan(long n, int generation, PlanKind kind) {
    return new Plan(
        1,
        n,
        generation,
        "id-" + n,
        kind,
        "orders",
        1,
        "run",
        17,
        new PlanSource("file:/raw", List.of(new EntryRange("orders", n, n))),
        List.of("00"),
        Map.of("orders", Map.of("orders", n + 1)),
        Optional.empty());
  }

  private static PlanAccount account(long n, int generation, long version) {
    PlanCounts counts = new PlanCounts(1, 1, 0, 0, 0, 0, 0, 0, 0);
    return new PlanAccount(
        1,
        n,
        generation,
        "id-" + n,
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        1,
        counts,
        new TableVersions(Optional.of(version), Optional.empty(), Optional.empty()),
        List.of(),
        Map.of("orders", Map.of("orders", n + 1)),
        Map.of("orders", 1L),
        Map.of("orders", counts),
        Optional.empty(),
        List.of());
  }
}
