package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.TestArchive;
import dev.tributary.phase2.plan.EntryRange;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NextEntriesTest {
  @TempDir Path folder;

  @Test
  void whatComesAfterTheFirstLookIsNotForARunUpToNow() throws Exception {
    TestArchive archive = new TestArchive(folder, "orders");
    SourceSpec source = source(archive);
    NextEntries upToNow = NextEntries.upToNow(new Configuration());
    NextEntries unbounded = NextEntries.unbounded(new Configuration());
    archive.put(List.of(TestArchive.message("a", "1"), TestArchive.message("b", "2")));
    assertThat(upToNow.after(source, topic -> 0, 10).waiting()).isEqualTo(2);

    archive.put(List.of(TestArchive.message("c", "3")));
    NextEntries.Next next = upToNow.after(source, topic -> 0, 10);
    assertThat(next.ranges()).containsExactly(new EntryRange("orders", 0, 1));
    assertThat(next.waiting()).isEqualTo(2);
    assertThat(upToNow.after(source, topic -> 2, 10).ranges()).isEmpty();
    assertThat(unbounded.after(source, topic -> 2, 10).ranges())
        .containsExactly(new EntryRange("orders", 2, 2));
  }

  @Test
  void anArchiveThatHasLessThanTheTableIsRefused() throws Exception {
    TestArchive archive = new TestArchive(folder, "orders");
    SourceSpec source = source(archive);
    NextEntries entries = NextEntries.unbounded(new Configuration());
    archive.put(List.of(TestArchive.message("a", "1")));
    assertThat(entries.after(source, topic -> 2, 10).ranges()).isEmpty();

    assertThatThrownBy(() -> entries.after(source, topic -> 6, 10))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_CORRUPT))
        .hasMessageContaining("has 6 entries of topic orders, but its archive has only 2")
        .hasMessageContaining("restore the archive's _log");
    SourceSpec emptied = source(new TestArchive(folder.resolve("emptied"), "returns"));
    assertThatThrownBy(() -> entries.after(emptied, topic -> 1, 10))
        .hasMessageContaining("has 1 entries of topic");
  }

  private static SourceSpec source(TestArchive archive) {
    return new SourceSpec(
        "orders",
        "broker:1",
        List.of("orders"),
        null,
        null,
        null,
        new ArchiveSpec(archive.location(), null, null, null),
        null,
        null,
        null);
  }
}
