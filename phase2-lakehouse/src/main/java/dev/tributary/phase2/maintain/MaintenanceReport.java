package dev.tributary.phase2.maintain;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.phase2.table.Rewritten;
import dev.tributary.phase2.table.Vacuumed;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * What was done, or would be, with a dataset's table and those beside it.
 *
 * @param datasets that write into the table
 * @param table its folder
 * @param dryRun whether nothing was done
 * @param tables each of them that exists
 */
public record MaintenanceReport(
    List<String> datasets, String table, boolean dryRun, List<Part> tables) {
  /** Copies the lists. */
  public MaintenanceReport {
    datasets = List.copyOf(datasets);
    tables = List.copyOf(tables);
  }

  /**
   * What was done with one table.
   *
   * @param name {@code table}, {@code quarantine} or {@code tombstones}
   * @param optimized small files and what became of them; of a dry run their number alone
   * @param purged files with deletion vectors and what became of them; as above
   * @param vacuumed what was removed, or would be
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Part(
      String name,
      Optional<Rewriting> optimized,
      Optional<Rewriting> purged,
      Optional<Vacuuming> vacuumed) {
    private boolean nothing() {
      return optimized.isEmpty() && purged.isEmpty() && vacuumed.isEmpty();
    }
  }

  /**
   * Files that were written anew.
   *
   * @param partitions of how many partitions; a table without partition columns is one
   * @param files before and after
   * @param conflicts how often another writer's commit came first
   * @param left partitions that are left for the next time, since that happened each time
   */
  public record Rewriting(int partitions, Rewritten files, int conflicts, List<String> left) {
    /** Copies the list. */
    public Rewriting {
      left = List.copyOf(left);
    }
  }

  /**
   * Files that were removed.
   *
   * @param retainHours for how long what was replaced stays
   * @param files how many
   */
  public record Vacuuming(long retainHours, Vacuumed files) {}

  /** For people. */
  public String text() {
    StringJoiner text = new StringJoiner(System.lineSeparator(), "", System.lineSeparator());
    text.add(
        "%s: %s%s"
            .formatted(
                String.join(", ", datasets),
                table,
                dryRun ? " (dry run: nothing was changed)" : ""));
    if (tables.isEmpty()) {
      text.add("  there is no table yet");
    }
    for (Part part : tables) {
      if (part.nothing()) {
        text.add("  %s: nothing was done".formatted(part.name()));
      }
      part.purged()
          .ifPresent(done -> rewriting(text, part.name(), "files with deletion vectors", done));
      part.optimized().ifPresent(done -> rewriting(text, part.name(), "small files", done));
      part.vacuumed()
          .ifPresent(
              done ->
                  text.add(
                      "  %s: %d files that nothing has named for %d hours %s%s"
                          .formatted(
                              part.name(),
                              done.files().files(),
                              done.retainHours(),
                              dryRun ? "would go" : "are gone",
                              dryRun ? "" : ", %d bytes".formatted(done.files().bytes()))));
    }
    return text.toString();
  }

  private void rewriting(StringJoiner text, String name, String kind, Rewriting done) {
    Rewritten files = done.files();
    text.add(
        dryRun
            ? "  %s: %d %s in %d partitions (%d bytes) would be written anew"
                .formatted(name, files.filesBefore(), kind, done.partitions(), files.bytesBefore())
            : "  %s: %d %s in %d partitions (%d bytes) became %d (%d bytes)"
                .formatted(
                    name,
                    files.filesBefore(),
                    kind,
                    done.partitions(),
                    files.bytesBefore(),
                    files.filesAfter(),
                    files.bytesAfter()));
    if (!done.left().isEmpty()) {
      text.add(
          "  %s: left for the next time, since other writers changed them meanwhile: %s"
              .formatted(name, String.join(", ", done.left())));
    }
  }
}
