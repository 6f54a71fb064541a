package dev.tributary.phase2.execute;

import dev.tributary.phase2.step.Step;
import dev.tributary.phase2.step.Steps;
import dev.tributary.transforms.RowTransform;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bad records of a pass. A record that was exploded is set aside whole where one of its rows is
 * bad, so that it is in the table or in quarantine and never in both: replays, fills and erasure go
 * by records.
 *
 * @param bad the records, each once, with the reason of the first step that refused a row of it
 * @param count how many there are; more than {@code bad} holds only if there were too many
 * @param mayHaveOthers whether other rows of these records may have gone on
 */
record WholeRecords(List<BadRecord> bad, long count, boolean mayHaveOthers) {
  static WholeRecords of(Steps steps, Diverted diverted) {
    List<String> since = since(steps, steps.firstExplode());
    if (diverted.bad().stream().noneMatch(record -> since.contains(record.step()))) {
      return new WholeRecords(diverted.bad(), diverted.badCount(), false);
    }
    Map<RecordId, BadRecord> whole = new LinkedHashMap<>();
    diverted.bad().stream()
        .sorted(
            Comparator.comparing((BadRecord record) -> record.id())
                .thenComparing(record -> since.indexOf(record.step())))
        .forEach(record -> whole.merge(record.id(), record, BadRecord::and));
    long cut = diverted.badCount() - diverted.bad().size();
    return new WholeRecords(List.copyOf(whole.values()), whole.size() + cut, true);
  }

  /** The names of the steps from one on rows on; none where there is no such step. */
  static List<String> since(Steps steps, int first) {
    List<String> since = new ArrayList<>();
    if (first == steps.rows().size()) {
      return since;
    }
    for (Step<RowTransform> step : steps.rows().subList(first, steps.rows().size())) {
      since.add(step.label());
    }
    since.add(ArchiveRows.CONFORM);
    since.add(Expectations.STEP);
    return since;
  }
}
