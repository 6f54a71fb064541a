package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

final class RowCountsTest {
  private static final String STEP = "1-explode";

  @Test
  void theRowsOfARecordAreNumberedThroughThoseThatTheyWereMadeOf() {
    Diversion diversion = new Diversion();
    NumberRows numbers = new NumberRows(diversion, STEP);
    for (int i = 0; i < 4; i++) {
      diversion.entered(STEP);
    }

    assertThat(
            List.of(
                number(numbers, 7, 0),
                number(numbers, 7, 0),
                number(numbers, 7, 2),
                number(numbers, 8, 0)))
        .containsExactly(0, 1, 2, 0);
    assertThat(diversion.value().made()).as("of three rows, and a fourth made none").isEqualTo(1);
    assertThat(diversion.value().leftOut(STEP)).isEqualTo(1);
    assertThat(diversion.value().doubled()).isEmpty();

    number(numbers, 7, 0);
    assertThat(diversion.value().doubled())
        .as("its rows are apart from each other")
        .containsEntry(STEP, record(7));
  }

  @Test
  void aRowThatComesTwiceIsFoundInATaskAndBetweenTasks() {
    Diversion one = new Diversion();
    one.passedOnce(STEP, record(4095), 0);
    one.passedOnce(STEP, record(4096), 0);
    one.passedOnce(STEP, record(4096), 1);
    assertThat(one.value().doubled()).isEmpty();
    assertThat(one.value().passed()).containsEntry(STEP, 3L);

    one.passedOnce(STEP, record(4096), 1);
    assertThat(one.value().doubled()).containsEntry(STEP, record(4096));

    RowSet task = new RowSet();
    task.add(record(1), 0);
    task.add(record(5000), 0);
    RowSet other = new RowSet();
    other.add(record(1), 1);
    other.add(record(5000), 0);
    assertThat(task.copy().addAll(other)).contains(record(5000));
    assertThat(task.add(record(1), 0)).isFalse();
  }

  private static int number(NumberRows numbers, long offset, int of) {
    return numbers.call(RowFactory.create("t", 0, 0, offset, of));
  }

  private static RecordId record(long offset) {
    return new RecordId("t", 0, 0, offset);
  }
}
