package dev.tributary.benchmarks;

import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * How long phase 2 took, as its own plan log tells: a plan lasts from the accounts of the one
 * before to its own, so that planning, commits and accounts are all in.
 */
final class PlanClock {
  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;

  private final List<PlanAccount> accounts;
  private final CpuRecord cpu;

  private PlanClock(List<PlanAccount> accounts, CpuRecord cpu) {
    this.accounts = accounts;
    this.cpu = cpu;
  }

  /** Reads the accounts of a table whose first plan made it. */
  static PlanClock of(String table, Configuration configuration, CpuRecord cpu) {
    PlanLog log = PlanLog.open(table, configuration);
    List<PlanAccount> accounts = new ArrayList<>();
    Optional<PlanAccount> account = log.account(0);
    while (account.isPresent()) {
      accounts.add(account.get());
      account = log.account(accounts.size());
    }
    return new PlanClock(accounts, cpu);
  }

  /** All plans but the first as one piece of work. */
  Timed together(Workload workload, long records) {
    return between(workload, records, 0, accounts.size() - 1);
  }

  /** Each plan but the first as a piece of work of its own. */
  List<Timed> each(List<Workload> workloads, long recordsEach) {
    if (accounts.size() != workloads.size() + 1) {
      throw new IllegalStateException(
          "There were %d plans instead of %d.".formatted(accounts.size(), workloads.size() + 1));
    }
    List<Timed> timed = new ArrayList<>();
    for (int i = 0; i < workloads.size(); i++) {
      timed.add(between(workloads.get(i), recordsEach, i, i + 1));
    }
    return timed;
  }

  /** Each plan from one on as a piece of work of its own. */
  List<Timed> from(int first, Workload workload, long recordsEach) {
    List<Timed> timed = new ArrayList<>();
    for (int plan = first; plan < accounts.size(); plan++) {
      timed.add(between(workload, recordsEach, plan - 1, plan));
    }
    return timed;
  }

  /** How many plans are done. */
  int plans() {
    return accounts.size();
  }

  /** What became of the records of all plans. */
  PlanCounts counts() {
    return accounts.stream().map(PlanAccount::counts).reduce(PlanCounts.NONE, PlanCounts::plus);
  }

  /** What became of the records of a plan. */
  PlanCounts counts(int plan) {
    return accounts.get(plan).counts();
  }

  private Timed between(Workload workload, long records, int before, int last) {
    if (last <= before) {
      throw new IllegalStateException("There was no plan of: " + workload.label());
    }
    long from = accounts.get(before).doneAt();
    long to = accounts.get(last).doneAt();
    return new Timed(workload, records, (to - from) / MILLIS, cpu.nanosBetween(from, to) / NANOS);
  }
}
