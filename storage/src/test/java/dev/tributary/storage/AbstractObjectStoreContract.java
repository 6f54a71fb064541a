package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store keeps. */
abstract class AbstractObjectStoreContract {
  private static final int WRITERS = 16;

  ObjectStore store;
  Path directory;

  /** A store over a directory that can be written to. */
  abstract ObjectStore open();

  /** A directory of the store. */
  abstract Path root();

  @BeforeEach
  final void openStore() {
    store = open();
    directory = new Path(root(), UUID.randomUUID().toString());
  }

  @Test
  void whatWasCreatedIsReadBack() {
    Path path = new Path(directory, "deep/er/a.json");
    assertThat(store.createIfAbsent(path, bytes("one"))).isTrue();
    assertThat(store.read(path)).hasValue(bytes("one"));
    assertThat(store.exists(path)).isTrue();
  }

  @Test
  void aSecondCreatorIsRefusedAndChangesNothing() {
    Path path = new Path(directory, "a");
    assertThat(store.createIfAbsent(path, bytes("one"))).isTrue();
    assertThat(store.createIfAbsent(path, bytes("two"))).isFalse();
    assertThat(store.read(path)).hasValue(bytes("one"));
    assertThat(names("")).containsExactly("a");
  }

  @Test
  void sixteenCreatorsOfOneObjectHaveOneWinner() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
    CyclicBarrier start = new CyclicBarrier(WRITERS);
    try {
      for (int round = 0; round < 20; round++) {
        Path path = new Path(directory, "race-" + round);
        List<Future<String>> winners = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          winners.add(
              executor.submit(
                  () -> {
                    String content = UUID.randomUUID().toString();
                    start.await();
                    return store.createIfAbsent(path, bytes(content)) ? content : "";
                  }));
        }
        List<String> won = new ArrayList<>();
        for (Future<String> winner : winners) {
          won.add(winner.get());
        }
        won.removeAll(Collections.singleton(""));
        assertThat(won).as("winners of round %d", round).hasSize(1);
        assertThat(store.read(path)).hasValue(bytes(won.get(0)));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void anAbsentObjectIsEmptyAndItsDeletionFine() {
    Path path = new Path(directory, "nowhere/a");
    assertThat(store.read(path)).isEmpty();
    assertThat(store.readRange(path, 0, 10)).isEmpty();
    assertThat(store.exists(path)).isFalse();
    store.delete(path);
  }

  @Test
  void aDirectoryIsNoObject() {
    store.createIfAbsent(new Path(directory, "a/b"), bytes("one"));
    assertThat(store.exists(new Path(directory, "a"))).isFalse();
  }

  @Test
  void aDeletedObjectCanBeCreatedAgain() {
    Path path = new Path(directory, "a");
    store.createIfAbsent(path, bytes("one"));
    store.delete(path);
    assertThat(store.read(path)).isEmpty();
    assertThat(store.createIfAbsent(path, bytes("two"))).isTrue();
  }

  @Test
  void aRangeEndsWithTheObject() {
    Path path = new Path(directory, "a");
    store.createIfAbsent(path, bytes("0123456789"));
    assertThat(store.readRange(path, 2, 3)).hasValue(bytes("234"));
    assertThat(store.readRange(path, 8, 100)).hasValue(bytes("89"));
    assertThat(store.readRange(path, 0, 0)).hasValue(new byte[0]);
    assertThat(store.readRange(path, 10, 5)).hasValue(new byte[0]);
    assertThat(store.readRange(path, 99, 5)).hasValue(new byte[0]);
  }

  @Test
  void anEmptyObjectIsAnObject() {
    Path path = new Path(directory, "empty");
    assertThat(store.createIfAbsent(path, new byte[0])).isTrue();
    assertThat(store.read(path)).hasValue(new byte[0]);
    assertThat(store.exists(path)).isTrue();
  }

  @Test
  void overwritingReplacesOrCreates() {
    Path path = new Path(directory, "hint");
    store.overwrite(path, bytes("longer than the next"));
    store.overwrite(path, bytes("two"));
    assertThat(store.read(path)).hasValue(bytes("two"));
    assertThat(names("")).containsExactly("hint");
  }

  @Test
  void aListingBeginsAtANameAndStaysInItsDirectory() {
    for (String name : List.of("b", "a", "c.json", "c.jsom", "c.jsonl", "d/e", "_x")) {
      store.createIfAbsent(new Path(directory, name), bytes(name));
    }
    assertThat(names("")).containsExactly("_x", "a", "b", "c.jsom", "c.json", "c.jsonl");
    assertThat(names("b")).containsExactly("b", "c.jsom", "c.json", "c.jsonl");
    assertThat(names("c.json")).containsExactly("c.json", "c.jsonl");
    assertThat(names("z")).isEmpty();
    ListedObject listed = store.listFrom(directory, "c.jsonl").next();
    assertThat(listed.path()).isEqualTo(new Path(directory, "c.jsonl"));
    assertThat(listed.length()).isEqualTo(7);
    assertThat(listed.modifiedAt()).isGreaterThan(1_600_000_000_000L);
  }

  @Test
  void anAbsentDirectoryIsListedAsEmpty() {
    assertThat(names("")).isEmpty();
  }

  @Test
  void aStreamedObjectAppearsWholeWhenItIsClosed() throws IOException {
    Path path = new Path(directory, "data/file");
    byte[] content = new byte[3_000_000];
    IntStream.range(0, content.length).forEach(i -> content[i] = (byte) (i * 31));
    try (OutputStream stream = store.create(path)) {
      stream.write(content, 0, 1_000_000);
      stream.write(content[1_000_000]);
      stream.flush();
      assertThat(store.exists(path)).isFalse();
      assertThat(store.listFrom(path.getParent(), "").hasNext()).isFalse();
      stream.write(content, 1_000_001, content.length - 1_000_001);
    }
    assertThat(store.read(path)).hasValue(content);
  }

  @Test
  void aStreamThatIsAbortedLeavesNothing() throws IOException {
    Path path = new Path(directory, "data/file");
    OutputStream stream = store.create(path);
    stream.write(new byte[1_000_000]);
    stream.flush();
    assertThat(stream).isInstanceOf(Abortable.class);
    assertThat(((Abortable) stream).abort().anyCleanupException()).isNull();
    stream.close();
    assertThat(store.exists(path)).isFalse();
    assertThat(store.listFrom(path.getParent(), "").hasNext()).isFalse();
    assertThat(store.unfinished(path.getParent()).hasNext()).isFalse();
  }

  final List<String> names(String first) {
    return names(store, first);
  }

  final List<String> names(ObjectStore asked, String first) {
    List<String> names = new ArrayList<>();
    Iterator<ListedObject> objects = asked.listFrom(directory, first);
    objects.forEachRemaining(object -> names.add(object.path().getName()));
    return names;
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
