package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MomentsTest {
  @ParameterizedTest
  @CsvSource({
    "iso, 2026-01-31T08:30:00Z, 2026-01-31T08:30:00Z",
    "iso, 2026-01-31 08:30, 2026-01-31T07:30:00Z",
    "iso, 2026-07-31 08:30, 2026-07-31T06:30:00Z",
    "iso, 2026-01-31, 2026-01-30T23:00:00Z",
    "iso, 2026-01-31T08:30:00.123456789+02:00, 2026-01-31T06:30:00.123456789Z",
    "iso, 2026-01-31T08:30:00-0230, 2026-01-31T11:00:00Z",
    "iso, 2026-01-31T08:30+02, 2026-01-31T06:30:00Z",
    "epoch-s, 1767225600, 2026-01-01T00:00:00Z",
    "epoch-s, 1767225600.25, 2026-01-01T00:00:00.25Z",
    "epoch-s, -0.000001, 1969-12-31T23:59:59.999999Z",
    "epoch-ms, 1767225600123, 2026-01-01T00:00:00.123Z",
    "epoch-us, 1767225600123456, 2026-01-01T00:00:00.123456Z",
    "epoch-us, 1.7672256e15, 2026-01-01T00:00:00Z",
    "dd/MMM/yyyy:HH:mm:ss Z, 10/Oct/2026:13:55:36 -0700, 2026-10-10T20:55:36Z",
    "yyyyMMdd, 20260131, 2026-01-30T23:00:00Z",
    "dd.MM.yyyy hh:mm a, 31.01.2026 08:30 PM, 2026-01-31T19:30:00Z",
    "epoch-ms;iso, 2026-01-31T08:30:00Z, 2026-01-31T08:30:00Z",
    // The clock goes back: the first of the two; it goes forward: moved by the gap.
    "iso, 2026-10-25 02:30, 2026-10-25T00:30:00Z",
    "iso, 2026-03-29 02:30, 2026-03-29T01:30:00Z"
  })
  void aTimeIsRead(String formats, String text, Instant moment) {
    assertThat(new Moments(formats, "Europe/Vienna").call(text)).isEqualTo(moment);
  }

  @ParameterizedTest
  @CsvSource({
    "iso, 2026-02-30",
    "iso, 2026-01-31T24:30",
    "iso, 2026-01-31T08:30.5",
    "iso, 2026-01-31 next",
    "iso, 10000-01-01T00:00:00Z",
    "iso, ''",
    "yyyy-MM-dd, 2026-02-29",
    // A time of which only a part can be told is none, rather than midnight.
    "dd.MM.yyyy hh:mm, 31.01.2026 08:30",
    "epoch-s, 1767225600123456",
    "epoch-s, 1e999999999",
    "epoch-s, NaN",
    "epoch-ms, 0x10"
  })
  void whatIsNoTimeIsNull(String formats, String text) {
    assertThat(new Moments(formats, "UTC").call(text)).isNull();
  }
}
