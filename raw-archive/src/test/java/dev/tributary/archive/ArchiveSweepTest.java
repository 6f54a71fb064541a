package dev.tributary.archive;

import static dev.tributary.archive.Batches.AUTHOR;
import static dev.tributary.archive.Batches.genesis;
import static dev.tributary.archive.Batches.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Compression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArchiveSweepTest {
  private static final Duration AGE = Duration.ofHours(2);

  @TempDir private java.nio.file.Path directory;

  private final long now = Clock.systemUTC().millis();
  private final LocalDate today = LocalDate.ofInstant(Clock.systemUTC().instant(), ZoneOffset.UTC);

  @BeforeEach
  void anArchive() {
    open().createGenesis(genesis(new PartitionStart(0, 0)), AUTHOR, now - 1000);
  }

  private ManifestLog open() {
    return ManifestLog.open(directory.toUri().toString(), "orders", new Configuration());
  }

  private ArchiveFile file(String name, Duration old, long first, long last) throws IOException {
    String path = "date=%s/%s.jsonl".formatted(today, name);
    java.nio.file.Path file = directory.resolve("orders").resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "0123456789");
    Files.setLastModifiedTime(file, FileTime.fromMillis(now - old.toMillis()));
    return new ArchiveFile(path, Compression.NONE, 10, List.of(segment(0, 0, first, last)));
  }

  private CommitRequest request(long base, ArchiveFile file, long start, long end) {
    return new CommitRequest(
        AUTHOR, base, now, List.of(new OffsetRange(0, 0, start, end)), List.of(), List.of(file));
  }

  private boolean isThere(ArchiveFile file) {
    return Files.exists(directory.resolve("orders").resolve(file.path()));
  }

  @Test
  void oldFilesThatNoEntryNamesAreRemovedAndNothingElse() throws IOException {
    ManifestLog log = open();
    ArchiveFile held = file("held", Duration.ofHours(5), 0, 9);
    ArchiveFile orphan = file("orphan", Duration.ofHours(5), 0, 9);
    ArchiveFile young = file("young", Duration.ofHours(1), 10, 19);
    log.commit(request(0, held, 0, 10));
    SweepReport report = new ArchiveSweep(log).sweep(AGE, AUTHOR, now);
    assertThat(report).isEqualTo(new SweepReport(2, 2, 1, 10));
    assertThat(isThere(held)).isTrue();
    assertThat(isThere(young)).isTrue();
    assertThat(isThere(orphan)).isFalse();
    assertThat(log.requireHead().sweep()).contains(new Sweep(now - AGE.toMillis()));
    assertThat(log.requireHead().watermark(0, 0)).isEqualTo(10);
  }

  @Test
  void whatASweepWouldRemoveIsShownAndNothingIsChanged() throws IOException {
    ManifestLog log = open();
    ArchiveFile held = file("held", Duration.ofHours(5), 0, 9);
    ArchiveFile orphan = file("orphan", Duration.ofHours(5), 0, 9);
    file("young", Duration.ofHours(1), 10, 19);
    log.commit(request(0, held, 0, 10));
    assertThat(new ArchiveSweep(log).unreferenced(AGE, now))
        .singleElement()
        .satisfies(file -> assertThat(file.path().toString()).endsWith(orphan.path()));
    assertThat(isThere(orphan)).isTrue();
    assertThat(log.requireHead().sequence()).isEqualTo(1);
  }

  @Test
  void whatWritersThatWereKilledLeftUnderHiddenNamesIsRemovedOnceItIsOld() throws IOException {
    ArchiveFile dead = file(".dead.jsonl.1.tmp", Duration.ofHours(5), 0, 9);
    ArchiveFile alive = file(".alive.jsonl.1.tmp", Duration.ofHours(1), 0, 9);
    java.nio.file.Path old = dead(dead.path(), ".dead.jsonl.1.tmp");
    java.nio.file.Path young = dead(alive.path(), ".alive.jsonl.1.tmp");
    assertThat(new ArchiveSweep(open()).sweep(AGE, AUTHOR, now).deleted()).isEqualTo(1);
    assertThat(old).doesNotExist();
    assertThat(young).exists();
  }

  /** A file's hidden name has nothing after its {@code .tmp}. */
  private java.nio.file.Path dead(String path, String name) throws IOException {
    java.nio.file.Path file = directory.resolve("orders").resolve(path);
    return Files.move(file, file.resolveSibling(name));
  }

  @Test
  void anAgeThatIsNotPositiveIsRefused() {
    assertThatThrownBy(() -> new ArchiveSweep(open()).unreferenced(Duration.ZERO, now))
        .hasMessageContaining("The age of a sweep is PT0S. Use one that is longer");
  }

  @Test
  void aWriterThatSleptThroughASweepIsRefusedAndItsNextBatchIsTaken() throws IOException {
    ManifestLog writer = open();
    long base = writer.requireHead().sequence();
    ArchiveFile asleep = file("asleep", Duration.ofHours(5), 0, 9);
    new ArchiveSweep(open()).sweep(AGE, AUTHOR, now);
    assertThat(isThere(asleep)).isFalse();
    assertThatThrownBy(() -> writer.commit(request(base, asleep, 0, 10)))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ARCHIVE_SWEPT))
        .hasMessageContaining("entry 1");
    ArchiveFile anew = file("anew", Duration.ZERO, 0, 9);
    long newBase = writer.knownHead().orElseThrow().sequence();
    assertThat(writer.commit(request(newBase, anew, 0, 10)).entry()).isPresent();
  }

  @Test
  void aWriterThatFallsAsleepBetweenItsCheckAndItsPutIsRefused() throws IOException {
    ManifestLog writer = open();
    long base = writer.requireHead().sequence();
    ArchiveFile mine = file("mine", Duration.ofHours(5), 0, 9);
    // Other entries take the sequences that the writer has in mind, the sweep among them.
    ManifestLog other = open();
    ArchiveFile partition = file("other", Duration.ZERO, 0, 9);
    other.commit(
        new CommitRequest(
            AUTHOR,
            0,
            now,
            List.of(new OffsetRange(0, 1, 0, 10)),
            List.of(),
            List.of(
                new ArchiveFile(
                    partition.path(), Compression.NONE, 10, List.of(segment(0, 1, 0, 9))))));
    new ArchiveSweep(other).sweep(AGE, AUTHOR, now);
    assertThatThrownBy(() -> writer.commit(request(base, mine, 0, 10)))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ARCHIVE_SWEPT));
  }

  @Test
  void aBatchThatIsHeldAlreadyIsFineWhateverWasSweptSince() throws IOException {
    ManifestLog writer = open();
    ArchiveFile mine = file("mine", Duration.ofHours(5), 0, 9);
    writer.commit(request(0, mine, 0, 10));
    new ArchiveSweep(open()).sweep(AGE, AUTHOR, now);
    assertThat(writer.commit(request(0, mine, 0, 10)).entry()).isEmpty();
    assertThat(isThere(mine)).isTrue();
  }
}
