package dev.tributary.transforms.basic;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.api.java.UDF1;

/** Reads moments from texts; null for what fits no format. */
final class Moments implements UDF1<String, Instant> {
  private static final long serialVersionUID = 1L;

  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");
  private static final int LONGEST = 100;

  private final String formats;
  private final String zone;
  private transient List<Format> readers;

  /** Refuses formats and zones that there are not. */
  Moments(String formats, String zone) {
    this.formats = formats;
    this.zone = zone;
    this.readers = readers();
  }

  @Override
  public Instant call(String text) {
    // What is longer is no time, and may be long enough to be slow as a number.
    if (text == null || text.length() > LONGEST) {
      return null;
    }
    if (readers == null) {
      readers = readers();
    }
    for (Format reader : readers) {
      Optional<Instant> moment = read(reader, text.strip());
      if (moment.isPresent()) {
        return moment.get();
      }
    }
    return null;
  }

  private static Optional<Instant> read(Format reader, String text) {
    try {
      Instant moment = reader.read(text);
      return moment.isBefore(FIRST) || !moment.isBefore(END)
          ? Optional.empty()
          : Optional.of(moment);
    } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
      // Another format may fit.
      return Optional.empty();
    }
  }

  private List<Format> readers() {
    ZoneId local = zone();
    List<Format> all = new ArrayList<>();
    for (String part : formats.split(";")) {
      String format = part.strip();
      if (format.isEmpty()) {
        throw new IllegalArgumentException(
            "The option formats is '%s', where a format is empty. Write formats with semicolons between them."
                .formatted(formats));
      }
      switch (format) {
        case "iso" -> {
          all.add(new Pattern(iso("'T'"), local));
          all.add(new Pattern(iso("' '"), local));
        }
        case "epoch-s" -> all.add(new Epoch(0));
        case "epoch-ms" -> all.add(new Epoch(3));
        case "epoch-us" -> all.add(new Epoch(6));
        default -> all.add(new Pattern(pattern(format), local));
      }
    }
    return all;
  }

  private ZoneId zone() {
    try {
      return ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "The option zone is '%s', which is no zone. Write one such as Europe/Vienna or +02:00."
              .formatted(zone),
          e);
    }
  }

  private static DateTimeFormatter pattern(String pattern) {
    try {
      return strict(new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(pattern));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The option formats holds '%s', which is no pattern: %s. Write one such as yyyy-MM-dd HH:mm, or iso, epoch-s, epoch-ms, epoch-us."
              .formatted(pattern, e.getMessage()),
          e);
    }
  }

  private static DateTimeFormatter iso(String separator) {
    return strict(
        new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern("uuuu-MM-dd[" + separator + "HH:mm[:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendPattern("][XXX][XX][X]]"));
  }

  /** The 30th of February is no day, and a year that is written without its era is one of ours. */
  private static DateTimeFormatter strict(DateTimeFormatterBuilder builder) {
    return builder
        .parseDefaulting(ChronoField.ERA, 1)
        .toFormatter(Locale.ENGLISH)
        .withResolverStyle(ResolverStyle.STRICT);
  }

  /** One way to read a moment. */
  private interface Format {
    Instant read(String text);
  }

  private record Pattern(DateTimeFormatter formatter, ZoneId zone) implements Format {
    private static final Set<ChronoField> TIMES =
        Set.of(
            ChronoField.HOUR_OF_DAY,
            ChronoField.HOUR_OF_AMPM,
            ChronoField.CLOCK_HOUR_OF_AMPM,
            ChronoField.CLOCK_HOUR_OF_DAY,
            ChronoField.AMPM_OF_DAY,
            ChronoField.MINUTE_OF_HOUR,
            ChronoField.SECOND_OF_MINUTE,
            ChronoField.NANO_OF_SECOND);

    @Override
    public Instant read(String text) {
      TemporalAccessor read = formatter.parse(text);
      if (read.isSupported(ChronoField.INSTANT_SECONDS)) {
        return Instant.from(read);
      }
      LocalDate date = LocalDate.from(read);
      LocalTime time = read.query(TemporalQueries.localTime());
      if (time == null && TIMES.stream().anyMatch(read::isSupported)) {
        throw new DateTimeException("a part of a time");
      }
      ZoneId offset = read.query(TemporalQueries.zone());
      return date.atTime(time == null ? LocalTime.MIDNIGHT : time)
          .atZone(offset == null ? zone : offset)
          .toInstant();
    }
  }

  /** A number since 1970, whose unit is a second with so many digits after its point. */
  private record Epoch(int digits) implements Format {
    private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);

    @Override
    public Instant read(String text) {
      // The exponent of 1e999999999 would be written out.
      BigDecimal number = new BigDecimal(text);
      if (Math.abs((long) number.precision() - number.scale()) > 30) {
        throw new ArithmeticException("beyond any time");
      }
      long micros =
          number
              .scaleByPowerOfTen(-digits)
              .multiply(MICROS)
              .setScale(0, RoundingMode.FLOOR)
              .longValueExact();
      return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
  }
}
