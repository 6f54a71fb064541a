package dev.tributary.phase2.backfill;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.QuarantinedEntries;
import dev.tributary.phase2.execute.QuarantinedEntries.Share;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanSource;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/**
 * Makes the plans of one replay, in the order of topics and entries: each of the entries that come
 * next, of what stands in the quarantine. What plans set aside after the replay began is not taken
 * up by it, so that it comes to an end however often records are refused. It keeps nothing beside
 * the quarantine: a replay that is begun anew takes up what stands there then.
 */
final class ReplayPlanner {
  /** As many as one plan can set aside. */
  private static final long MOST_RECORDS = 200_000;

  /** Each is a read of its own. */
  private static final int MOST_RANGES = 32;

  private static final long MOST_ENTRIES = 512;

  /** So many entries without a record to take up are read along with their neighbours. */
  private static final int MOST_SKIPPED = 16;

  private static final int SHARES_AT_ONCE = 10_000;

  private final BackfillTarget target;
  private final ReplayRequest request;
  private final QuarantinedEntries entries;
  private final Configuration configuration;
  private final String run;
  private final Clock clock;
  private OptionalLong before = OptionalLong.empty();
  private String topic = "";
  private long sequence = -1;
  private long expired;

  ReplayPlanner(
      BackfillTarget target,
      ReplayRequest request,
      QuarantinedEntries entries,
      Configuration configuration,
      String run,
      Clock clock) {
    this.target = target;
    this.request = request;
    this.entries = entries;
    this.configuration = configuration;
    this.run = run;
    this.clock = clock;
  }

  /** The first plan that may be the replay's; empty: it has asked for none yet. */
  OptionalLong first() {
    return before;
  }

  /** How many records it passed by, since retention has removed them from the archive. */
  long expired() {
    return expired;
  }

  /**
   * The plan of the next records.
   *
   * @param number that it would have
   * @return empty: there are no more
   */
  Optional<Plan> next(Optional<PlanAccount> account, long number) {
    if (before.isEmpty()) {
      before = OptionalLong.of(number);
    }
    DatasetSpec spec = target.spec(target.version(account));
    String archive = target.source(spec).archive().location();
    while (true) {
      List<Share> shares =
          entries.after(
              request.dataset(),
              request.selection(0, Map.of()),
              before.getAsLong(),
              topic,
              sequence,
              SHARES_AT_ONCE);
      if (shares.isEmpty()) {
        return Optional.empty();
      }
      String next = shares.get(0).topic();
      ManifestEntry head = ManifestLog.open(archive, next, configuration).requireHead();
      long held = head.expiredBefore().orElse(0);
      List<Share> own = new ArrayList<>();
      for (Share share : shares) {
        if (share.topic().equals(next) && share.sequence() >= held) {
          own.add(share);
        } else if (share.topic().equals(next)) {
          expired += share.records();
          passed(next, share.sequence());
        }
      }
      if (!own.isEmpty()) {
        return Optional.of(
            plan(account, number, spec, archive, chunk(own, most(spec)), head.sequence()));
      }
    }
  }

  private long most(DatasetSpec spec) {
    return Math.min(request.chunkRecords().orElse(spec.maxRecordsPerBatch()), MOST_RECORDS);
  }

  /** Entries of one topic, and how many of their records are taken up. */
  private record Chunk(List<EntryRange> ranges, long records) {}

  private static Chunk chunk(List<Share> shares, long most) {
    List<EntryRange> ranges = new ArrayList<>();
    long records = 0;
    long entries = 0;
    for (Share share : shares) {
      EntryRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      boolean near = last != null && share.sequence() - last.to() <= MOST_SKIPPED;
      long more = near ? share.sequence() - last.to() : 1;
      boolean full =
          records + share.records() > most
              || entries + more > MOST_ENTRIES
              || (!near && ranges.size() == MOST_RANGES);
      if (last != null && full) {
        break;
      }
      long from = near ? last.from() : share.sequence();
      EntryRange range = new EntryRange(share.topic(), from, share.sequence());
      if (near) {
        ranges.set(ranges.size() - 1, range);
      } else {
        ranges.add(range);
      }
      records += share.records();
      entries += more;
    }
    return new Chunk(ranges, records);
  }

  private Plan plan(
      Optional<PlanAccount> account,
      long number,
      DatasetSpec spec,
      String archive,
      Chunk chunk,
      long head) {
    return new Plan(
        Plan.format(account, spec),
        number,
        target.log().generation(),
        UUID.randomUUID().toString(),
        PlanKind.REPLAY,
        request.dataset(),
        target.version(account),
        run,
        clock.millis(),
        new PlanSource(archive, chunk.ranges()),
        TransformJars.hashes(spec),
        account.map(PlanAccount::positions).orElse(Map.of()),
        Optional.empty(),
        Optional.empty(),
        Optional.of(
            request.selection(chunk.records(), Map.of(chunk.ranges().get(0).topic(), head))));
  }

  /** Goes on behind the entries of a plan. */
  void passed(Plan plan) {
    List<EntryRange> ranges = plan.source().ranges();
    EntryRange last = ranges.get(ranges.size() - 1);
    passed(last.topic(), last.to());
  }

  private void passed(String ofTopic, long upTo) {
    topic = ofTopic;
    sequence = upTo;
  }
}
