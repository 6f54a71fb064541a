package dev.tributary.archive.decode;

import static dev.tributary.archive.decode.DecodeError.OUT_OF_RANGE;
import static dev.tributary.archive.decode.DecodeError.WRONG_TYPE;

import java.time.LocalDate;
import java.time.YearMonth;

/** Reads ISO 8601 dates and times digit by digit. Not thread-safe. */
final class TimeText {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long SECONDS_PER_DAY = 86_400;

  private byte[] bytes = {};
  private int at;
  private int end;
  private long value;

  /** How reading went. */
  enum Outcome {
    READ,
    NO_TIME,
    NO_SUCH_TIME;

    DecodeError error() {
      return this == NO_TIME ? WRONG_TYPE : OUT_OF_RANGE;
    }
  }

  /** What was read last: days, or microseconds, since 1970-01-01 UTC. */
  long value() {
    return value;
  }

  /**
   * A date, {@code 2026-11-21}, as days. One with a Z, as XML Schema writes it, is the same day.
   */
  Outcome readDate(byte[] text, int start, int stop) {
    bytes = text;
    at = start;
    end = stop;
    Outcome date = date();
    if (date == Outcome.READ && !accept('Z')) {
      accept('z');
    }
    return date == Outcome.READ && at != end ? Outcome.NO_TIME : date;
  }

  /** A date and time, {@code 2026-11-21T08:30:00.123Z}, as microseconds. */
  Outcome readTimestamp(byte[] text, int start, int stop) {
    bytes = text;
    at = start;
    end = stop;
    Outcome date = date();
    if (date != Outcome.READ) {
      return date;
    }
    long days = value;
    if (!accept('T') && !accept('t') && !accept(' ')) {
      return Outcome.NO_TIME;
    }
    int hour = number(2);
    boolean wellFormed = accept(':');
    int minute = number(2);
    int second = 0;
    long micros = 0;
    if (accept(':')) {
      second = number(2);
      wellFormed &= second >= 0;
      if (accept('.') || accept(',')) {
        micros = fraction();
        wellFormed &= micros >= 0;
      }
    }
    if (!wellFormed || hour < 0 || minute < 0) {
      return Outcome.NO_TIME;
    }
    value = 0;
    Outcome zone = zone();
    if (zone != Outcome.READ) {
      return zone;
    }
    if (hour > 23 || minute > 59 || second > 59) {
      return Outcome.NO_SUCH_TIME;
    }
    long seconds = days * SECONDS_PER_DAY + hour * 3_600L + minute * 60L + second - value;
    value = seconds * MICROS_PER_SECOND + micros;
    return Outcome.READ;
  }

  private Outcome date() {
    int year = number(4);
    boolean wellFormed = accept('-');
    int month = number(2);
    wellFormed &= accept('-');
    int day = number(2);
    if (!wellFormed || year < 0 || month < 0 || day < 0) {
      return Outcome.NO_TIME;
    }
    if (year < 1
        || month < 1
        || month > 12
        || day < 1
        || day > YearMonth.of(year, month).lengthOfMonth()) {
      return Outcome.NO_SUCH_TIME;
    }
    value = LocalDate.of(year, month, day).toEpochDay();
    return Outcome.READ;
  }

  /** Microseconds; what is finer is cut off, as the type has no room for it. -1 for no digits. */
  private long fraction() {
    int digits = 0;
    long micros = 0;
    while (at < end && isDigit(bytes[at]) && digits < 9) {
      micros = digits < 6 ? 10 * micros + (bytes[at] - '0') : micros;
      digits++;
      at++;
    }
    if (digits == 0) {
      return -1;
    }
    for (; digits < 6; digits++) {
      micros *= 10;
    }
    return micros;
  }

  /** The zone's seconds east of UTC, which is also what no zone means. */
  private Outcome zone() {
    if (at == end) {
      return Outcome.READ;
    }
    if (accept('Z') || accept('z')) {
      return at == end ? Outcome.READ : Outcome.NO_TIME;
    }
    boolean west = accept('-');
    if (!west && !accept('+')) {
      return Outcome.NO_TIME;
    }
    int hours = number(2);
    boolean colon = accept(':');
    int minutes = at == end && !colon ? 0 : number(2);
    if (hours < 0 || minutes < 0 || at != end) {
      return Outcome.NO_TIME;
    }
    if (hours > 18 || minutes > 59) {
      return Outcome.NO_SUCH_TIME;
    }
    value = (west ? -1 : 1) * (hours * 3_600L + minutes * 60L);
    return Outcome.READ;
  }

  /** A number of so many digits; -1 for none. */
  private int number(int digits) {
    if (at + digits > end) {
      return -1;
    }
    int number = 0;
    for (int digit = 0; digit < digits; digit++) {
      if (!isDigit(bytes[at])) {
        return -1;
      }
      number = 10 * number + (bytes[at++] - '0');
    }
    return number;
  }

  private boolean accept(char character) {
    if (at == end || bytes[at] != character) {
      return false;
    }
    at++;
    return true;
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }
}
