package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Date;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;

class KeyRangeTest {
  @Test
  void datesThatAreOthersInJavasCalendarAreNoBounds() {
    assertThat(KeyRange.comparable(date(1582, 10, 4))).isFalse();
    assertThat(KeyRange.comparable(date(1582, 10, 15)))
        .as("what Spark makes of ten days")
        .isFalse();
    assertThat(KeyRange.comparable(date(1582, 10, 16))).isTrue();
    assertThat(KeyRange.comparable(date(2026, 1, 1))).isTrue();
    assertThat(KeyRange.comparable(Timestamp.valueOf(LocalDateTime.of(1500, 1, 1, 0, 0))))
        .isFalse();
    assertThat(KeyRange.comparable(Timestamp.valueOf(LocalDateTime.of(1970, 1, 1, 0, 0)))).isTrue();
    assertThat(KeyRange.comparable("1500-01-01")).isTrue();
    assertThat(KeyRange.comparable(7L)).isTrue();
    assertThat(KeyRange.comparable(new byte[0])).isFalse();
  }

  private static Date date(int year, int month, int day) {
    return Date.valueOf(LocalDate.of(year, month, day));
  }
}
