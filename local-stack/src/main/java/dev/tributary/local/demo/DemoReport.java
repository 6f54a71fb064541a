package dev.tributary.local.demo;

import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.ReconciliationText;
import dev.tributary.cli.reconcile.Verdict;
import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.cli.table.RowText;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.plan.TableFolders;
import io.delta.kernel.data.Row;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** What the demo shows at its end, and whether it is right. */
final class DemoReport {
  private static final int SAMPLE_ROWS = 4;

  private final Configuration configuration;
  private final Reconciler reconciler;
  private final PrintStream out;

  DemoReport(Configuration configuration, Reconciler reconciler, PrintStream out) {
    this.configuration = configuration;
    this.reconciler = reconciler;
    this.out = out;
  }

  /** Shows a dataset; answers whether its accounts balance and its table is the expected one. */
  boolean show(DemoDataset demo, DatasetSpec dataset, SourceSpec source) {
    out.printf("%n══ %s (%s) ══%n%n", demo.name(), demo.what());
    List<String> columns = new ArrayList<>(demo.columns().stream().map(c -> c.name()).toList());
    Optional<DeltaSnapshot> table = DeltaSnapshot.open(dataset.target().path(), configuration);
    if (table.isEmpty()) {
      out.printf("  There is no table at %s.%n", dataset.target().path());
      return false;
    }
    String added = DemoDataset.addedColumn().name();
    boolean lacksColumn = false;
    if (demo.name().equals(DemoDataset.WIDENED)) {
      lacksColumn = !table.get().columns().contains(added);
      if (!lacksColumn) {
        columns.add(added);
      }
    }
    long rows = sample(table.get(), columns);
    long quarantined = quarantine(TableFolders.of(dataset.target().path()));
    out.println();
    Reconciliation reconciliation = reconciler.reconcile(dataset, source, Reconciler.Depth.DATA);
    ReconciliationText.print(reconciliation, out);
    boolean expected = asExpected(demo, rows, quarantined);
    if (lacksColumn) {
      out.printf("  WRONG: the column %s, which was added while it ran, is not there.%n", added);
    }
    return expected && !lacksColumn && reconciliation.verdict() == Verdict.BALANCED;
  }

  private long sample(DeltaSnapshot table, List<String> columns) {
    TextTable shown = new TextTable(columns);
    long[] rows = {0};
    table.read(
        columns,
        row -> {
          if (rows[0]++ < SAMPLE_ROWS) {
            shown.row(cells(row, columns.size()));
          }
          return true;
        });
    shown.print(out, "  ");
    out.printf("  ... %,d rows, Delta version %d%n", rows[0], table.version());
    return rows[0];
  }

  private static Object[] cells(Row row, int columns) {
    Object[] cells = new Object[columns];
    for (int column = 0; column < columns; column++) {
      cells[column] = RowText.of(row, column);
    }
    return cells;
  }

  private long quarantine(TableFolders folders) {
    Optional<DeltaSnapshot> quarantine =
        DeltaSnapshot.open(folders.quarantine().toString(), configuration);
    if (quarantine.isEmpty()) {
      return 0;
    }
    Map<String, Long> counts = new TreeMap<>();
    Map<String, String> examples = new TreeMap<>();
    quarantine
        .get()
        .read(
            List.of("_code", "_message", "_partition", "_offset"),
            row -> {
              String code = RowText.of(row, 0);
              counts.merge(code, 1L, Long::sum);
              examples.putIfAbsent(
                  code,
                  "%s/%s: %s"
                      .formatted(RowText.of(row, 2), RowText.of(row, 3), RowText.of(row, 1)));
              return true;
            });
    long all = counts.values().stream().mapToLong(Long::longValue).sum();
    if (all > 0) {
      out.printf("%n  Quarantine: %,d records%n", all);
      TextTable table =
          new TextTable(List.of("reason", "records", "for example (partition/offset)"));
      counts.forEach((code, count) -> table.row(code, count, examples.get(code)));
      table.print(out, "  ");
    }
    return all;
  }

  private boolean asExpected(DemoDataset demo, long rows, long quarantined) {
    MessageFactory.Expected expected = demo.messages().expected();
    if (rows == expected.rows() && quarantined == expected.quarantined()) {
      out.printf(
          "  The table is what the %,d messages must make: %,d rows, %,d in quarantine.%n",
          expected.sent(), rows, quarantined);
      return true;
    }
    out.printf(
        "  WRONG: the %,d messages must make %,d rows and %,d in quarantine; there are %,d and"
            + " %,d.%n",
        expected.sent(), expected.rows(), expected.quarantined(), rows, quarantined);
    return false;
  }
}
