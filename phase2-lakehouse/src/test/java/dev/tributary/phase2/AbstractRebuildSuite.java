package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;

/** A table of events that is rebuilt, and what is asked of it. */
abstract class AbstractRebuildSuite {
  static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          ColumnSpec.of("name", "string"));

  static final WriteSpec BY_ID =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty());

  /** The archive's entries begin two days before. */
  static final long THIRD_DAY = 1_763_712_000_000L + Duration.ofDays(2).toMillis();

  static final String ROWS = "select id, at, name from t order by id, at, name";

  @TempDir Path folder;

  private static void running(TestSpark.Work work) {
    try {
      work.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Runs something when the source is looked up for the nth time from now on. */
  static void atLookUp(TestLake lake, int n, TestSpark.Work work) {
    lake.specs().beforeNextLookUp(n == 1 ? () -> running(work) : () -> atLookUp(lake, n - 1, work));
  }

  static void expireFirstDay(TestLake lake) {
    new ArchiveRetention(ManifestLog.open(lake.archive().location(), "events", new Configuration()))
        .expire(
            THIRD_DAY - Duration.ofDays(1).toMillis(), new Author("test", "test"), THIRD_DAY + 1)
        .orElseThrow();
  }

  final TestLake appending() {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    return lake;
  }

  static DatasetSpec current(TestLake lake) {
    return lake.specs().dataset("events").orElseThrow().spec();
  }

  static long await(TestLake lake, WriteSpec write) {
    return lake.specs().awaiting(current(lake).withWrite(write));
  }

  static DatasetSpec withAnotherName(TestLake lake) {
    return current(lake)
        .withColumns(
            List.of(
                COLUMNS.get(0),
                COLUMNS.get(1),
                new ColumnSpec("called", "string", true, Optional.of("name"), Optional.empty())
                    .withId(Optional.of("0.name"))));
  }

  static DatasetSpec withOneMoreColumn(TestLake lake) {
    return current(lake)
        .withColumns(
            Stream.concat(COLUMNS.stream(), Stream.of(ColumnSpec.of("more", "string"))).toList());
  }

  static RebuildRequest request() {
    return request(Action.REBUILD);
  }

  static RebuildRequest request(Action action) {
    return new RebuildRequest(
        "events", OptionalLong.empty(), Set.of(), OptionalLong.empty(), action);
  }

  static RebuildRequest request(Action action, long version) {
    return new RebuildRequest(
        "events", OptionalLong.of(version), Set.of(), OptionalLong.empty(), action);
  }

  static TestArchive.Message event(String id, int at, String name) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"name\":\"%s\"}".formatted(id, at, name));
  }

  static long version(TestLake lake) {
    return DeltaTable.forPath(TestSpark.get(), lake.table())
        .history(1)
        .select("version")
        .head()
        .getLong(0);
  }

  static List<String> remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .select("id", "_plan")
        .collectAsList()
        .stream()
        .map(Object::toString)
        .toList();
  }

  static long plans(TestLake lake, PlanKind kind) {
    long found = 0;
    for (long n = 0; n <= lake.log().head().getAsLong(); n++) {
      found += lake.log().plan(n).orElseThrow().kind() == kind ? 1 : 0;
    }
    return found;
  }

  final Path rebuilt(long version) {
    return folder.resolve("lake/events/rebuilt-" + version);
  }

  final void assertNothingLeft(long version) {
    assertNothingLeft(folder.resolve("lake/events"), version);
  }

  final void assertNothingLeft(TestLake lake, long version) {
    assertNothingLeft(Path.of(java.net.URI.create(lake.table())), version);
  }

  private static void assertNothingLeft(Path table, long version) {
    String name = "rebuilt-" + version;
    assertThat(table.resolve(name).resolve("_delta_log")).doesNotExist();
    for (String beside : List.of("_plans", "_quarantine", "_tombstones")) {
      assertThat(table.resolve(beside).resolve(name)).doesNotExist();
    }
  }

  static Thread thread(AtomicReference<Throwable> failure, TestSpark.Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception e) {
                failure.compareAndSet(null, e);
              }
            });
    thread.start();
    return thread;
  }
}
