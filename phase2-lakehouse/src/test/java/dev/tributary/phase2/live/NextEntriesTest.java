package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

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
    SourceSpec source =
        new SourceSpec(
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
}
