package dev.tributary.cli.drift;

import dev.tributary.cli.table.TextTable;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.DatasetSpec;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What drifted, for people. */
public final class DriftText {
  private final DatasetSpec dataset;
  private final PrintStream out;

  /** Of a dataset. */
  public DriftText(DatasetSpec dataset, PrintStream out) {
    this.dataset = dataset;
    this.out = out;
  }

  /** Prints it. */
  public void print(Drift.Counts counts, List<DriftFinding> findings) {
    out.println(lookedAt(counts));
    print(findings, DriftFinding.Kind.UNKNOWN_FIELD, "Fields that no column reads:");
    if (counts.passedOver() > 0) {
      out.printf(
          "and %,d times another field: are the names values, such as ids?%n", counts.passedOver());
    }
    print(findings, DriftFinding.Kind.UNFIT_VALUE, "Values that their columns do not take:");
    if (findings.isEmpty()) {
      out.println("Nothing drifted.");
    }
    if (findings.stream().anyMatch(finding -> finding.command().isPresent())) {
      printRemedy(findings);
    }
  }

  private static String lookedAt(Drift.Counts counts) {
    StringBuilder text = new StringBuilder("Looked at %,d records".formatted(counts.records()));
    append(text, counts.tombstones(), "%,d of them tombstones");
    append(text, counts.leftOut(), "%,d left out by a step");
    append(text, counts.unusable(), "%,d not objects, or refused by a step or as change events");
    return text.append('.').toString();
  }

  private static void append(StringBuilder text, long count, String words) {
    if (count > 0) {
      text.append(", ").append(words.formatted(count));
    }
  }

  private void print(List<DriftFinding> all, DriftFinding.Kind kind, String heading) {
    List<DriftFinding> findings =
        all.stream().filter(finding -> finding.finding() == kind).toList();
    if (findings.isEmpty()) {
      return;
    }
    out.printf("%n%s%n", heading);
    boolean unfit = kind == DriftFinding.Kind.UNFIT_VALUE;
    TextTable table =
        new TextTable(
            unfit
                ? List.of("column", "declared", "records", "first", "values", "widen to")
                : List.of("field", "column type", "records", "first", "values"));
    for (DriftFinding finding : findings) {
      String type =
          finding.operation().isPresent()
              ? finding.type().orElseThrow()
              : finding.reason().orElseThrow();
      if (unfit) {
        table.row(
            finding.field(),
            finding.declared().orElse("-"),
            finding.records(),
            finding.first().text(),
            finding.kinds(),
            type);
      } else {
        table.row(
            finding.field(), type, finding.records(), finding.first().text(), finding.kinds());
      }
    }
    table.print(out, "");
  }

  private void printRemedy(List<DriftFinding> findings) {
    out.printf("%nTo take them in:%n");
    findings.stream()
        .map(DriftFinding::command)
        .flatMap(Optional::stream)
        .forEach(command -> out.println("  " + command));
    out.printf(
        "or all at once by POST /ddl:%n  %s%n",
        new String(Json.write(Drift.body(dataset.name(), findings)), StandardCharsets.UTF_8));
    notAllowed(findings, "add_column", ChangeKind.ADD_COLUMN);
    notAllowed(findings, "widen_column", ChangeKind.WIDEN_COLUMN);
  }

  private void notAllowed(List<DriftFinding> findings, String operation, ChangeKind kind) {
    boolean needed =
        findings.stream()
            .flatMap(finding -> finding.operation().stream())
            .anyMatch(each -> each.path("op").asText().equals(operation));
    if (needed && dataset.allowedChanges().filter(kinds -> !kinds.contains(kind)).isPresent()) {
      out.printf(
          "The dataset does not allow %s: its owner has to add it to allowedChanges first.%n",
          operation);
    }
  }
}
