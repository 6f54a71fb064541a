package dev.tributary.archive.decode;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in its source's log a change stands, as text that sorts as the log does. */
final class SourcePosition {
  private static final String UNKNOWN = "";

  /** PostgreSQL's {@code sequence}: the last commit before the change, or null, and its LSN. */
  private static final Pattern SEQUENCE = Pattern.compile("\\[\"([0-9]{1,18})\",.*");

  private SourcePosition() {}

  /**
   * The position by what a change event says of its source; empty text where it says none that can
   * be compared, which sorts before all others.
   *
   * @param source PostgreSQL's {@code lsn} and {@code sequence}; MySQL's {@code file}, {@code pos}
   *     and {@code row}; MongoDB's {@code ts_ms} and {@code ord}
   */
  static String of(Map<String, JsonSlice> source) {
    Optional<Long> lsn = count(source, "lsn");
    if (lsn.isPresent()) {
      return ofPostgres(lsn.get(), source);
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

  /**
   * PostgreSQL streams whole transactions in the order of their commits, and an LSN is where a
   * change was written: that of a transaction which was open for a while can be below the one of a
   * read or a change that was streamed before it. Such a change stands right after the last commit
   * before it. What was streamed earlier is below that commit, and what comes later is not below
   * the change's own, which is above all that its transaction wrote.
   */
  private static String ofPostgres(long lsn, Map<String, JsonSlice> source) {
    String written = padded("%020d", lsn);
    return committed(source)
        .filter(commit -> commit >= lsn)
        .map(commit -> padded("%020d-", commit) + written)
        .orElse(written);
  }

  /** The last commit before a change; empty for the first transaction after a snapshot. */
  private static Optional<Long> committed(Map<String, JsonSlice> source) {
    return Optional.ofNullable(source.get("sequence"))
        .flatMap(JsonSlice::text)
        .map(SEQUENCE::matcher)
        .filter(Matcher::matches)
        .map(sequence -> Long.valueOf(sequence.group(1)));
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
