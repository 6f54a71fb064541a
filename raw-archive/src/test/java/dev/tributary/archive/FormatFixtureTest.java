package dev.tributary.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.core.spec.Isolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

/** Archives of every format that was released, which this release has to read. */
final class FormatFixtureTest {
  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void anArchiveOfFormatOneIsRead() throws Exception {
    Path archive = Path.of(FormatFixtureTest.class.getResource("/format-1").toURI());
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), "orders", new Configuration());
    ManifestEntry head = log.requireHead();
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(
            EntryKind.GENESIS,
            EntryKind.DATA,
            EntryKind.SWEEP,
            EntryKind.ACCEPTED_LOSS,
            EntryKind.INCARNATION);
    assertThat(head.watermark(0, 0)).isEqualTo(12);
    assertThat(head.watermark(0, 1)).isEqualTo(9);
    assertThat(head.accepted()).contains(new Acceptance("ada", "recreated"));
    assertThat(log.genesis().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
    assertThat(log.entry(2).orElseThrow().sweep()).contains(new Sweep(1_763_640_002_000L));
    List<String> records = new ArrayList<>();
    for (ArchiveFile file : log.entry(1).orElseThrow().files()) {
      byte[] content = Files.readAllBytes(archive.resolve("orders").resolve(file.path()));
      for (Segment segment : file.segments()) {
        SegmentReader reader = SegmentReader.open("orders", file, segment, content);
        while (reader.next()) {
          records.add(
              "%d/%d %s %s"
                  .formatted(
                      reader.line().partition(),
                      reader.line().offset(),
                      reader.line().hasKey() ? hex(reader.line().key()) : "-",
                      reader.line().isTombstone() ? "-" : hex(reader.line().value())));
        }
      }
    }
    assertThat(records)
        .containsExactly(
            "0/0 61 " + hex("{\"id\":1 , \"n\":12.50}".getBytes()),
            "0/1 ff " + hex("plain \"text\"\n".getBytes()),
            "1/5 - -",
            "1/7 - ff00",
            "1/8 - " + hex("{\n\"a\":1\r}".getBytes()));
  }

  @Test
  void anArchiveOfFormatOneWithRewritesAndARetentionIsRead() throws Exception {
    Path archive = Path.of(FormatFixtureTest.class.getResource("/format-1-rewritten").toURI());
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), "orders", new Configuration());
    ManifestEntry head = log.requireHead();
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(
            EntryKind.GENESIS,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.REWRITE,
            EntryKind.REWRITE,
            EntryKind.RETENTION);
    assertThat(head.held()).isEqualTo(3);
    assertThat(head.account(0, 0).orElseThrow().expired()).isEqualTo(2);
    assertThat(head.account(0, 0).orElseThrow().erased()).isEqualTo(1);
    assertThat(new ArchiveRetention(log).unfinished()).isEmpty();
    assertThat(UpkeepArchive.read(log))
        .extracting(read -> read.sequence() + ":" + read.record().offset())
        .containsExactly("2:2", "3:4", "3:5");
  }
}
