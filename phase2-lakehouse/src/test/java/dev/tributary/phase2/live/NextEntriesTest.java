package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.TestArchive;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
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

  @Test
  void whatIsArchivedOfATopicThatTheSourceHadIsReadToItsEnd() throws Exception {
    TestArchive archive = new TestArchive(folder, "orders");
    archive.put(List.of(TestArchive.message("a", "1")));
    TestArchive removed = new TestArchive(folder, "returns");
    removed.put(List.of(TestArchive.message("b", "2")));
    removed.put(List.of(TestArchive.message("c", "3")));
    SourceSpec source = source(archive);
    NextEntries entries = NextEntries.unbounded(new Configuration());

    NextEntries.Next next = entries.after(source, List.of("returns", "elsewhere"), topic -> 2, 10);
    assertThat(next.ranges()).containsExactly(new EntryRange("returns", 2, 2));
    assertThat(next.waiting()).isEqualTo(1);
    assertThat(
            entries
                .after(source, List.of("returns"), topic -> topic.equals("returns") ? 50 : 2, 10)
                .ranges())
        .as("another archive in its place")
        .isEmpty();
    assertThat(
            entries
                .after(source, List.of("returns"), topic -> topic.equals("returns") ? 3 : 2, 10)
                .ranges())
        .isEmpty();
  }

  @Test
  void theNextBatchCostsTheSameHoweverLongTheLogIs() throws Exception {
    TestArchive archive = new TestArchive(folder.resolve("short"), "orders");
    for (int entry = 1; entry <= 100; entry++) {
      archive.put(List.of(TestArchive.message("a", "1")));
    }
    Path longer = folder.resolve("long");
    copyBehind(100_000, folder.resolve("short/orders/_log"), longer.resolve("orders/_log"));

    List<Long> few = requests(folder.resolve("short"), 94);
    List<Long> many = requests(longer, 100_094);

    assertThat(many).isEqualTo(few);
    assertThat(few.get(0)).as("of a driver that starts").isLessThanOrEqualTo(12);
    assertThat(few.get(1)).as("of one that goes on").isLessThanOrEqualTo(10);
    assertThat(few.get(2)).as("where nothing came").isEqualTo(1);
  }

  /** What a look costs that finds seven entries, the same again, and one that finds none. */
  private static List<Long> requests(Path archive, long position) {
    ObjectStore store =
        ObjectStores.forPath(new org.apache.hadoop.fs.Path(archive.toUri()), new Configuration());
    AtomicLong requests = new AtomicLong();
    ObjectStore counting =
        (ObjectStore)
            Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> {
                  requests.incrementAndGet();
                  return method.invoke(store, arguments);
                });
    NextEntries entries =
        NextEntries.unbounded((location, topic) -> ManifestLog.open(location, topic, counting));
    SourceSpec source = source(archive.toUri().toString());
    List<Long> costs = new ArrayList<>();
    for (long from : List.of(position, position, position + 7)) {
      NextEntries.Next next = entries.after(source, topic -> from, 1_000);
      assertThat(next.records()).isEqualTo(position + 7 - from);
      costs.add(requests.getAndSet(0));
    }
    return costs;
  }

  /** The newest entries under later numbers, and none of those between: nothing asks for them. */
  private static void copyBehind(long shift, Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (long sequence = 60; sequence <= 100; sequence++) {
      String entry = Files.readString(from.resolve("%020d.json".formatted(sequence)));
      Files.writeString(
          to.resolve("%020d.json".formatted(sequence + shift)),
          entry.replace(
              "\"sequence\":%d,".formatted(sequence),
              "\"sequence\":%d,".formatted(sequence + shift)));
    }
    Files.writeString(to.resolve("_head"), "{\"format\":1,\"sequence\":%d}".formatted(100 + shift));
  }

  private static SourceSpec source(TestArchive archive) {
    return source(archive.location());
  }

  private static SourceSpec source(String location) {
    return new SourceSpec(
        "orders",
        "broker:1",
        List.of("orders"),
        null,
        null,
        null,
        new ArchiveSpec(location, null, null, null),
        null,
        null,
        null);
  }
}
