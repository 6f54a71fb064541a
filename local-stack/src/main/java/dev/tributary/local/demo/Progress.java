package dev.tributary.local.demo;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** How far the records are, as the logs in the store say: whoever wrote them, dead or alive. */
final class Progress {
  private static final double SMOOTHING = 0.3;

  private final List<ManifestLog> manifests;
  private final List<PlanLog> plans;
  private final List<String> names;
  private Sample last = new Sample(0, 0, 0, 0);
  private long lastAt = System.nanoTime();
  private double rate;

  /** Records by how far they are. */
  record Sample(long sent, long archived, long written, long quarantined) {
    boolean arrived(long events) {
      return written >= events;
    }
  }

  Progress(List<DemoDataset> datasets, String root, Configuration configuration) {
    this.names = datasets.stream().map(DemoDataset::name).toList();
    this.manifests =
        datasets.stream()
            .map(each -> ManifestLog.open(root + "/raw", each.messages().topic(), configuration))
            .toList();
    this.plans =
        datasets.stream()
            .map(each -> each.dataset(root))
            .map((DatasetSpec spec) -> PlanLog.open(spec.target().path(), configuration))
            .toList();
  }

  /** Looks into the logs; while the store does not answer, what was last seen stands. */
  Sample sample(long sent) {
    long archived = 0;
    long written = 0;
    long quarantined = 0;
    try {
      for (int i = 0; i < manifests.size(); i++) {
        String name = names.get(i);
        archived += manifests.get(i).head().map(entry -> entry.totals().records()).orElse(0L);
        PlanCounts totals =
            plans
                .get(i)
                .latestAccount()
                .map(account -> account.totals().getOrDefault(name, PlanCounts.NONE))
                .orElse(PlanCounts.NONE);
        written += totals.read();
        quarantined += totals.quarantined();
      }
    } catch (TributaryException e) {
      if (!e.code().retryable()) {
        throw e;
      }
      return last;
    }
    Sample now = new Sample(sent, archived, written, quarantined);
    long at = System.nanoTime();
    double current = (now.written() - last.written()) / ((at - lastAt) / 1e9);
    rate = rate * (1 - SMOOTHING) + current * SMOOTHING;
    last = now;
    lastAt = at;
    return now;
  }

  /** One line of it. */
  String text(String stage, Sample sample) {
    return String.format(
        Locale.ROOT,
        "%-24s sent %,d -> archived %,d -> in tables %,d (%,d in quarantine)  %,.0f/s",
        stage,
        sample.sent(),
        sample.archived(),
        sample.written(),
        sample.quarantined(),
        rate);
  }
}
