package dev.tributary.archive.decode;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where in its source's log a change stands, as text that sorts as the log does. */
final class SourcePosition {
  private static final String UNKNOWN = "";

  private SourcePosition() {}

  /**
   * The position by what a change event says of its source; empty text where it says none that can
   * be compared, which sorts before all others.
   *
   * @param source PostgreSQL's {@code lsn}; MySQL's {@code file}, {@code pos} and {@code row};
   *     MongoDB's {@code ts_ms} and {@code ord}
   */
  static String of(Map<String, JsonSlice> source) {
    Optional<Long> lsn = count(source, "lsn");
    if (lsn.isPresent()) {
      return padded("%020d", lsn.get());
    }
    Optional<Long> file = binlog(source);
    Optional<Long> pos = count(source, "pos");
    if (file.isPresent() && pos.isPresent()) {
      return padded("%010d-%020d-%010d", file.get(), pos.get(), count(source, "row").orElse(0L));
    }
    Optional<Long> time = count(source, "ts_ms");
    Optional<Long> ord = count(source, "ord");
    if (time.isPresent() && ord.isPresent()) {
      return padded("%020d-%010d", time.get() / 1000, ord.get());
    }
    return UNKNOWN;
  }

  private static String padded(String format, Object... numbers) {
    return String.format(Locale.ROOT, format, numbers);
  }

  /** The number in the name of a binlog's file: 3 of {@code mysql-bin.000003}. */
  private static Optional<Long> binlog(Map<String, JsonSlice> source) {
    return Optional.ofNullable(source.get("file"))
        .flatMap(JsonSlice::text)
        .map(name -> name.substring(name.lastIndexOf('.') + 1))
        .filter(number -> number.matches("[0-9]{1,10}"))
        .map(Long::valueOf);
  }

  private static Optional<Long> count(Map<String, JsonSlice> source, String field) {
    return Optional.ofNullable(source.get(field))
        .flatMap(JsonSlice::integer)
        .filter(number -> number >= 0);
  }
}
