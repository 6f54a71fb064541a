package dev.tributary.phase2.plan;

import dev.tributary.storage.DenseLog;
import dev.tributary.storage.FaultPoint;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * One generation of a table's plan log, and what it goes on from: up to the plan that the restored
 * table held, its plans are those of the generation before. Numbers go on, so that each number
 * means one plan whatever generation it was done in. Thread-safe.
 */
final class PlanGeneration {
  private static final String DONE = "done";
  private static final String RULING = "ruling";
  private static final String BAD = "bad";

  private final int number;
  private final PlanObjects objects;
  private final DenseLog log;
  private final Optional<Succession> succession;
  private final Optional<PlanGeneration> before;

  /** The first generation of a log. */
  PlanGeneration(PlanObjects objects, DenseLog log) {
    this(0, objects, log, Optional.empty(), Optional.empty());
  }

  /** A generation that succeeds another. */
  PlanGeneration(Succession succession, PlanGeneration before, DenseLog log) {
    this(
        succession.generation(), before.objects, log, Optional.of(succession), Optional.of(before));
  }

  private PlanGeneration(
      int number,
      PlanObjects objects,
      DenseLog log,
      Optional<Succession> succession,
      Optional<PlanGeneration> before) {
    this.number = number;
    this.objects = objects;
    this.log = log;
    this.succession = succession;
    this.before = before;
  }

  int number() {
    return number;
  }

  DenseLog log() {
    return log;
  }

  Optional<Succession> succession() {
    return succession;
  }

  /** The newest plan, which may be one of the generation before. */
  OptionalLong head() {
    OptionalLong own = log.head();
    return own.isPresent() || state() < 0 ? own : OptionalLong.of(state());
  }

  Optional<Plan> plan(long n) {
    return earlier(n)
        ? before.orElseThrow().plan(n)
        : log.read(n).map(content -> objects.plan(content, n, number));
  }

  Optional<PlanAccount> account(long n) {
    return earlier(n)
        ? before.orElseThrow().account(n)
        : log.readCompanion(n, DONE).map(content -> objects.parse(content, PlanAccount.class, n));
  }

  boolean put(PlanAccount account) {
    return log.createCompanion(account.plan(), DONE, PlanObjects.write(account));
  }

  Optional<BadRecords> badRecords(long n) {
    return earlier(n)
        ? before.orElseThrow().badRecords(n)
        : log.readCompanion(n, BAD).map(content -> objects.parse(content, BadRecords.class, n));
  }

  boolean put(BadRecords bad) {
    return log.createCompanion(bad.plan(), BAD, PlanObjects.write(bad));
  }

  /** Takes what some of the records held out of what was said of plan n in any generation. */
  void forget(long n, Predicate<BadRecords.Bad> which) {
    before.ifPresent(earlier -> earlier.forget(n, which));
    if (!earlier(n)) {
      badRecords(n)
          .flatMap(bad -> bad.without(which))
          .ifPresent(
              bad -> {
                FaultPoint.reach("phase2.before-forgotten");
                log.replaceCompanion(n, BAD, PlanObjects.write(bad));
              });
    }
  }

  /** What was said of the plan that n does again. */
  Optional<BadRecords> badRecordsBefore(long n) {
    return again(n)
        ? before.orElseThrow().badRecords(n).or(() -> before.orElseThrow().badRecordsBefore(n))
        : Optional.empty();
  }

  /**
   * The word on plan n; where there is none, that on the plan which it does again, as far as it was
   * carried out.
   */
  Optional<Ruling> ruling(long n) {
    if (earlier(n)) {
      return before.orElseThrow().ruling(n);
    }
    Optional<Ruling> own =
        log.readCompanion(n, RULING).map(content -> objects.parse(content, Ruling.class, n));
    if (own.isPresent() || !again(n)) {
      return own;
    }
    boolean committed =
        doneBefore(n).filter(done -> done.outcome() == PlanOutcome.COMMITTED).isPresent();
    return before
        .orElseThrow()
        .ruling(n)
        .filter(word -> !committed || word.ruling() != Ruling.Decision.VOID);
  }

  boolean put(Ruling ruling) {
    return log.createCompanion(ruling.plan(), RULING, PlanObjects.write(ruling));
  }

  /** The plan that n does again; empty: none. */
  Optional<Plan> toDoAgain(long n) {
    return again(n) ? before.orElseThrow().planned(n) : Optional.empty();
  }

  /** The account of the plan that n does again; empty: there is none, or it was never done. */
  Optional<PlanAccount> doneBefore(long n) {
    return again(n) ? before.orElseThrow().everDone(n) : Optional.empty();
  }

  /** The newest plan that must be done, whether it stands in this generation already or not. */
  OptionalLong last() {
    OptionalLong head = head();
    if (head.isPresent() && plan(head.getAsLong()).orElseThrow().kind() == PlanKind.RESTORE) {
      head = OptionalLong.of(head.getAsLong() - 1);
    }
    long through = succession.map(Succession::through).orElse(-1L);
    long last = Math.max(head.orElse(-1), through);
    return last < 0 ? OptionalLong.empty() : OptionalLong.of(last);
  }

  /** The state that the table had as of one of its versions, as this log or an earlier one says. */
  HeldState heldAt(long version) {
    if (succession.isPresent() && version < succession.get().tableVersion()) {
      return before.orElseThrow().heldAt(version);
    }
    long low = state();
    long high = log.head().orElse(low);
    while (low < high) {
      long middle = low + (high - low + 1) / 2;
      boolean held =
          account(middle)
              .filter(done -> done.versions().table().orElse(-1L) <= version)
              .isPresent();
      if (held) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return new HeldState(number, low, since(low < 0 ? Optional.empty() : account(low)));
  }

  /** The table's version of which the account, or else the beginning of the generation, tells. */
  long since(Optional<PlanAccount> account) {
    return Math.max(
        account.flatMap(done -> done.versions().table()).orElse(-1L),
        succession.map(Succession::tableVersion).orElse(-1L));
  }

  /** The newest plan that all generations from one on have in common with it. */
  long common(int generation) {
    return number <= generation
        ? Long.MAX_VALUE
        : Math.min(state(), before.orElseThrow().common(generation));
  }

  /** Plan n, or the one that it does again while it is not put itself. */
  Optional<Plan> planned(long n) {
    Optional<Plan> own = plan(n).filter(plan -> plan.kind() != PlanKind.RESTORE);
    return own.isPresent() ? own : toDoAgain(n);
  }

  /** The account of plan n, or of the one that it does again while it is not done itself. */
  Optional<PlanAccount> everDone(long n) {
    Optional<PlanAccount> own = account(n);
    return own.isPresent() ? own : doneBefore(n);
  }

  private boolean earlier(long n) {
    return before.isPresent() && n <= state();
  }

  private boolean again(long n) {
    return succession.filter(succeeds -> succeeds.again(n)).isPresent();
  }

  private long state() {
    return succession.map(Succession::state).orElse(-1L);
  }
}
