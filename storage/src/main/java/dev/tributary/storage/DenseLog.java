package dev.tributary.storage;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log of JSON objects in one directory: entry n is {@code <n, 20 digits>.json}, dense from 0,
 * each put if absent and never changed. Any number of processes may read and append; the store's
 * create-if-absent decides between them. Nothing here lists the directory, so every operation costs
 * the same however long the log is.
 *
 * <p>Beside the entries stand two kinds of object that could be deleted without loss: {@code
 * _head}, a hint that may be behind but is never ahead, and {@code _rollup/<first, 20
 * digits>.jsonl}, a thousand entries once more, one a line.
 *
 * <p>Thread-safe. Failures are those of {@link ObjectStore}.
 */
public final class DenseLog {
  /** How many entries one rollup holds. */
  static final int ROLLUP = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(DenseLog.class);

  /** Up to so many entries of a thousand, reading them one by one is no dearer than the rollup. */
  private static final int FEW = 8;

  /** How many entries are held in memory to write a rollup. */
  private static final int PIECE = 20;

  /** How many bytes of a rollup are read at a time. */
  private static final int PIECE_OF_ROLLUP = 8 << 20;

  private final ObjectStore store;
  private final Path directory;
  private final Path hint;
  private final long first;
  private final int pieceOfRollup;

  /** The log in {@code directory}, which need not exist yet. */
  public DenseLog(ObjectStore store, Path directory) {
    this(store, directory, 0);
  }

  /**
   * As above, of a log that goes on from another one's entries and is dense from {@code first} on.
   */
  public DenseLog(ObjectStore store, Path directory, long first) {
    this(store, directory, first, PIECE_OF_ROLLUP);
  }

  DenseLog(ObjectStore store, Path directory, long first, int pieceOfRollup) {
    this.store = requireNonNull(store, "store");
    this.directory = requireNonNull(directory, "directory");
    this.hint = new Path(directory, "_head");
    this.first = first;
    this.pieceOfRollup = pieceOfRollup;
  }

  /** Where the log is. */
  public Path directory() {
    return directory;
  }

  /**
   * The greatest sequence that is present, or empty for a log without entries. Costs two requests
   * while the hint is right, and logarithmically more the further it is behind.
   */
  public OptionalLong head() {
    long present = hinted();
    if (present < first) {
      if (!store.exists(entry(first))) {
        return OptionalLong.empty();
      }
      present = first;
    }
    long step = 1;
    while (store.exists(entry(present + step))) {
      present += step;
      step *= 2;
    }
    long absent = present + step;
    while (absent - present > 1) {
      long middle = present + (absent - present) / 2;
      if (store.exists(entry(middle))) {
        present = middle;
      } else {
        absent = middle;
      }
    }
    return OptionalLong.of(present);
  }

  /** The content of an entry, or empty if it is not there. */
  public Optional<byte[]> read(long sequence) {
    return store.read(entry(sequence));
  }

  /**
   * Puts an entry if it is absent. The caller has seen to it that the entry before is present. The
   * head hint, and the rollup after each thousandth entry, are written best effort: their failure
   * is logged and does not fail the append.
   *
   * @param content one JSON object on one line, unique to this caller (see {@link
   *     ObjectStore#createIfAbsent})
   * @return false if another writer's entry is there
   */
  public boolean append(long sequence, byte[] content) {
    requireOneLine(content);
    if (!store.createIfAbsent(entry(sequence), content)) {
      return false;
    }
    writeHint(sequence);
    if (sequence % ROLLUP == ROLLUP - 1 && sequence - ROLLUP + 1 >= first) {
      writeRollups(sequence - ROLLUP + 1);
    }
    return true;
  }

  /**
   * The entries from {@code from} to {@code toInclusive}, in order, all of which must be present;
   * none if {@code toInclusive} is less. Whole thousands come from one object each.
   *
   * @throws TributaryException LOG_CORRUPT if one is missing
   */
  public List<byte[]> range(long from, long toInclusive) {
    if (from < first) {
      throw new IllegalArgumentException("A log begins at %d, not at %d.".formatted(first, from));
    }
    List<byte[]> entries = new ArrayList<>();
    List<Long> single = new ArrayList<>();
    long next = from;
    while (next <= toInclusive) {
      long thousand = next - next % ROLLUP;
      long last = Math.min(toInclusive, thousand + ROLLUP - 1);
      Optional<List<byte[]>> rolled =
          last - next < FEW
              ? Optional.empty()
              : rollup(thousand, (int) (next - thousand), (int) (last - thousand));
      if (rolled.isPresent()) {
        entries.addAll(readAll(single));
        single.clear();
        entries.addAll(rolled.get());
      } else {
        for (long sequence = next; sequence <= last; sequence++) {
          single.add(sequence);
        }
      }
      next = last + 1;
    }
    entries.addAll(readAll(single));
    return List.copyOf(entries);
  }

  /** The content of an entry's companion, {@code <sequence>.<suffix>.json}, or empty. */
  public Optional<byte[]> readCompanion(long sequence, String suffix) {
    return store.read(companion(sequence, suffix));
  }

  /**
   * Puts an entry's companion if it is absent.
   *
   * @return false if another writer's is there
   */
  public boolean createCompanion(long sequence, String suffix, byte[] content) {
    return store.createIfAbsent(companion(sequence, suffix), content);
  }

  /** Replaces an entry's companion: for what has to be taken out of it, whoever wrote it. */
  public void replaceCompanion(long sequence, String suffix, byte[] content) {
    store.overwrite(companion(sequence, suffix), content);
  }

  private Path entry(long sequence) {
    return new Path(directory, "%020d.json".formatted(sequence));
  }

  private Path companion(long sequence, String suffix) {
    return new Path(directory, "%020d.%s.json".formatted(sequence, suffix));
  }

  private Path rollupPath(long thousand) {
    return new Path(directory, "_rollup/%020d.jsonl".formatted(thousand));
  }

  private long hinted() {
    Optional<byte[]> content = store.read(hint);
    if (content.isEmpty()) {
      return -1;
    }
    try {
      JsonNode node = Json.mapper().readTree(content.get());
      return node.path("format").asInt() == 1 ? node.path("sequence").asLong(-1) : -1;
    } catch (IOException e) {
      LOG.warn("The hint {} cannot be read; the head is searched from the log's beginning.", hint);
      return -1;
    }
  }

  private void writeHint(long sequence) {
    try {
      store.overwrite(
          hint,
          "{\"format\":1,\"sequence\":%d}".formatted(sequence).getBytes(StandardCharsets.UTF_8));
    } catch (RuntimeException e) {
      LOG.warn("The hint {} was not written: {}", hint, e.getMessage());
    }
  }

  /** Writes this thousand and, if a writer died before it could, the one before. */
  private void writeRollups(long thousand) {
    try {
      long before = thousand - ROLLUP;
      if (before >= first && !store.exists(rollupPath(before))) {
        writeRollup(before);
      }
      writeRollup(thousand);
    } catch (RuntimeException e) {
      LOG.warn("The rollup {} was not written: {}", rollupPath(thousand), e.getMessage());
    }
  }

  /** In pieces: a thousand great entries do not fit into the memory of a writer. */
  private void writeRollup(long thousand) {
    OutputStream lines = store.create(rollupPath(thousand));
    try {
      for (long piece = thousand; piece < thousand + ROLLUP; piece += PIECE) {
        for (byte[] content : readAll(LongStream.range(piece, piece + PIECE).boxed().toList())) {
          lines.write(content);
          lines.write('\n');
        }
      }
      lines.close();
    } catch (IOException e) {
      abandon(lines);
      throw StoreErrors.failed("write", rollupPath(thousand), e);
    } catch (RuntimeException e) {
      abandon(lines);
      throw e;
    }
  }

  private static void abandon(OutputStream stream) {
    if (stream instanceof Abortable abortable) {
      abortable.abort();
    }
  }

  /**
   * Lines {@code first} to {@code last} of a rollup, or empty if it is not there or has not so
   * many. It is read in pieces, since a thousand great entries do not fit into the memory of a
   * reader of few.
   */
  private Optional<List<byte[]>> rollup(long thousand, int first, int last) {
    List<byte[]> lines = new ArrayList<>(last - first + 1);
    ByteArrayOutputStream begun = new ByteArrayOutputStream();
    int line = 0;
    long start = 0;
    while (true) {
      Optional<byte[]> piece = store.readRange(rollupPath(thousand), start, pieceOfRollup);
      if (piece.isEmpty()) {
        return Optional.empty();
      }
      byte[] content = piece.get();
      int begin = 0;
      for (int i = 0; i < content.length; i++) {
        if (content[i] == '\n') {
          if (line >= first) {
            begun.write(content, begin, i - begin);
            lines.add(begun.toByteArray());
            begun.reset();
          }
          if (line == last) {
            return Optional.of(lines);
          }
          line++;
          begin = i + 1;
        }
      }
      if (content.length < pieceOfRollup) {
        return Optional.empty();
      }
      if (line >= first) {
        begun.write(content, begin, content.length - begin);
      }
      start += content.length;
    }
  }

  private List<byte[]> readAll(List<Long> sequences) {
    return ParallelReads.map(sequences, this::readPresent);
  }

  private byte[] readPresent(long sequence) {
    return read(sequence)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "The log entry '%s' is missing although later ones are there. Restore it from a backup or an object version."
                        .formatted(entry(sequence))));
  }

  private static void requireOneLine(byte[] content) {
    for (byte b : content) {
      if (b == '\n' || b == '\r') {
        throw new IllegalArgumentException("A log entry is one line of JSON.");
      }
    }
  }
}
