package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.GapKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskGroupingTest {
  private static final long MEGABYTE = 1 << 20;
  private final TaskGrouping grouping = new TaskGrouping(2, 100 * MEGABYTE, 4 * MEGABYTE);

  private static PlannedRange range(String topic, int partition, long megabytes) {
    return new PlannedRange(
        topic,
        "id",
        0,
        partition,
        0,
        megabytes * 1024,
        GapKind.TRANSACTIONAL,
        1024,
        PlannedRange.NO_EPOCH,
        Long.MAX_VALUE);
  }

  private static List<PlannedRange> flat(List<List<PlannedRange>> tasks) {
    return tasks.stream().flatMap(List::stream).toList();
  }

  @Test
  void aSmallBatchOfManyTopicsIsOneTask() {
    List<PlannedRange> ranges = new ArrayList<>();
    for (int topic = 0; topic < 50; topic++) {
      ranges.add(
          new PlannedRange(
              "t" + topic,
              "id",
              0,
              0,
              0,
              10,
              GapKind.TRANSACTIONAL,
              1024,
              PlannedRange.NO_EPOCH,
              Long.MAX_VALUE));
    }
    assertThat(grouping.group(ranges)).hasSize(1);
  }

  @Test
  void aTopicThatIsWorthItKeepsEveryCoreBusyWithEqualShares() {
    List<List<PlannedRange>> tasks =
        grouping.group(
            List.of(
                range("orders", 0, 10),
                range("orders", 1, 10),
                range("orders", 2, 10),
                range("orders", 3, 10)));

    assertThat(tasks).hasSize(2);
    assertThat(tasks).allSatisfy(task -> assertThat(task).hasSize(2));
  }

  @Test
  void noTaskIsMuchBiggerThanTheTarget() {
    List<PlannedRange> ranges = new ArrayList<>();
    for (int partition = 0; partition < 16; partition++) {
      ranges.add(range("orders", partition, 50));
    }
    List<List<PlannedRange>> tasks = grouping.group(ranges);

    assertThat(tasks).hasSize(8);
    assertThat(tasks)
        .allSatisfy(
            task ->
                assertThat(task.stream().mapToLong(PlannedRange::bytes).sum())
                    .isLessThanOrEqualTo(100 * MEGABYTE));
  }

  @Test
  void tasksComeInWholeRoundsOfAllCores() {
    List<PlannedRange> ranges = new ArrayList<>();
    for (int partition = 0; partition < 8; partition++) {
      ranges.add(range("orders", partition, 30));
    }
    assertThat(grouping.group(ranges)).hasSize(4);
  }

  @Test
  void aSmallTopicBesideABigOneIsNotSpreadOverTasks() {
    List<PlannedRange> ranges = new ArrayList<>();
    for (int partition = 0; partition < 8; partition++) {
      ranges.add(range("big", partition, 50));
      ranges.add(range("small", partition, 1));
    }
    List<List<PlannedRange>> tasks = grouping.group(ranges);

    assertThat(flat(tasks)).containsExactlyInAnyOrderElementsOf(ranges);
    assertThat(
            tasks.stream()
                .filter(task -> task.stream().anyMatch(range -> range.topic().equals("small"))))
        .hasSize(1);
  }

  @Test
  void rangesOfATaskStandByTopicAndPartition() {
    List<List<PlannedRange>> tasks =
        grouping.group(List.of(range("b", 1, 1), range("a", 1, 1), range("b", 0, 1)));

    assertThat(tasks)
        .containsExactly(List.of(range("a", 1, 1), range("b", 0, 1), range("b", 1, 1)));
  }

  @Test
  void smallRangesAreFetchedTogetherAndABigOneAlone() {
    PlannedRange big = range("a", 1, 64);
    assertThat(
            RangeReader.waves(List.of(range("a", 0, 1), big, range("b", 0, 2), range("b", 1, 2))))
        .containsExactly(
            List.of(range("a", 0, 1)), List.of(big), List.of(range("b", 0, 2), range("b", 1, 2)));
  }
}
