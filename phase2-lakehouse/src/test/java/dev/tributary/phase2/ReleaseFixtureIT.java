package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive, its plan log and its tables as a release of plan log format 1 left them, with a plan
 * in the middle: every later release reads them, finishes that plan and goes on.
 */
final class ReleaseFixtureIT {
  /** Stands in the fixture for the folder that it was written in. */
  private static final String ROOT = "/fixture-root";

  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("n", "int"));
  private static final WriteSpec UPSERT =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("n"), null, Optional.of("gone"));

  @TempDir Path folder;

  private static List<ColumnSpec> columns(String... more) {
    List<ColumnSpec> columns = new ArrayList<>(COLUMNS);
    columns.add(ColumnSpec.of("gone", "boolean"));
    Stream.of(more).forEach(name -> columns.add(ColumnSpec.of(name, "string")));
    return columns;
  }

  @Test
  void aTableOfFormatOneIsReadItsUnfinishedPlanIsFinishedAndTheNextGoesOn() throws Exception {
    restore(Path.of(ReleaseFixtureIT.class.getResource("/plan-log-format-1").toURI()));
    TestLake lake = new TestLake(folder);
    lake.define(columns(), UPSERT, null, null, null);
    lake.define(columns("channel"), UPSERT, null, null, null);

    PlanLog log = lake.log();
    assertThat(log.plan(0).orElseThrow().kind()).isEqualTo(PlanKind.DDL);
    assertThat(log.account(1).orElseThrow().counts())
        .isEqualTo(new PlanCounts(5, 3, 0, 0, 0, 1, 1, 0, 0));
    assertThat(log.account(2).orElseThrow().outcome()).isEqualTo(PlanOutcome.COMMITTED);
    assertThat(log.plan(4)).as("planned, and its run died").isPresent();
    assertThat(log.account(4)).isEmpty();
    lake.archive().put(List.of(message("1", "{\"id\":1,\"n\":9,\"channel\":\"web\"}")));

    lake.run();

    assertThat(lake.query("select id, n, channel, _offset from t order by id"))
        .containsExactly("[1,9,web,8]", "[3,1,null,3]", "[4,4,shop,6]");
    assertThat(lake.query("select _offset, _code, _plan from q order by _offset"))
        .containsExactly("[4,not-json,1]", "[7,not-json,4]");
    assertThat(lake.account().plan()).isEqualTo(5);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(9);
    assertThat(lake.account().totals().get("events").quarantined()).isEqualTo(2);
  }

  /** Writes what a release leaves behind into the given folder: run it by hand, once a format. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write", matches = ".+")
  void writeTheFixture() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(columns(), UPSERT, null, null, null);
    lake.archive()
        .put(
            List.of(
                message("1", "{\"id\":1,\"n\":1}"),
                message("2", "{\"id\":2,\"n\":1}"),
                message("1", "{\"id\":1,\"n\":2}"),
                message("3", "{\"id\":3,\"n\":1}"),
                message("4", "{\"id\":4,")));
    lake.run();
    lake.archive().put(List.of(message("2", "{\"id\":2,\"n\":3,\"gone\":true}")));
    lake.run();
    lake.define(columns("channel"), UPSERT, null, null, null);
    lake.archive()
        .put(List.of(message("4", "{\"id\":4,\"n\":4,\"channel\":\"shop\"}"), message("5", "{")));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    Path target = Path.of(System.getProperty("tributary.fixture.write"));
    copy(folder, target, text -> text.replace(folder.toString(), ROOT));
  }

  private void restore(Path fixture) throws IOException {
    copy(fixture, folder, text -> text.replace(ROOT, folder.toString()));
  }

  /** A change of a text. */
  @FunctionalInterface
  private interface Rewriting {
    String of(String text);
  }

  /** Copies all files but checksums, which Hadoop makes anew, and rewrites those of text. */
  private static void copy(Path from, Path to, Rewriting rewriting) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(from)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".crc") && name.startsWith(".")) {
        continue;
      }
      Path target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      if (name.endsWith(".json") || name.equals("_head")) {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        Files.writeString(target, rewriting.of(text), StandardCharsets.UTF_8);
      } else {
        Files.copy(file, target);
      }
    }
  }
}
