package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/** Makes tables of an engine's events and compares them with the database's own rows. */
final class DebeziumTables {
  /** In which order the halves of the events come; each is a plan of its own. */
  private static final int[] AS_EMITTED = {0, 1};

  /** The order is told by the events alone, some of which come once more at the end. */
  private static final int[] SHUFFLED = {1, 0, 1};

  private static final Path PAGE =
      Path.of(System.getProperty("tributary.home"), "docs", "change-events.md");

  private final DebeziumEvents events;
  private final Path folder;

  DebeziumTables(DebeziumEvents events, Path folder) {
    this.events = events;
    this.folder = folder;
    TestSpark.get()
        .udf()
        .register(
            "unscaled",
            (UDF1<byte[], String>) bytes -> bytes == null ? null : new BigInteger(bytes).toString(),
            DataTypes.StringType);
  }

  /** Everything that is held true of an engine's events. */
  void assertAll() throws Exception {
    assertAsTheDatabase(
        DebeziumForm.PLAIN,
        DebeziumView.EVERYTHING,
        DebeziumView.LINES,
        DebeziumView.LARGE_WITHOUT_BODY,
        DebeziumView.LARGE_FULL,
        DebeziumView.OVERTAKEN);
    assertAsTheDatabase(DebeziumForm.WITH_SCHEMA, DebeziumView.EVERYTHING);
    assertAsTheDatabase(
        DebeziumForm.FLATTENED,
        DebeziumView.EVERYTHING,
        DebeziumView.LINES,
        DebeziumView.OVERTAKEN);
    assertAsTheDatabase(DebeziumForm.ISO_TIMES, DebeziumView.TIMES);
    assertAsTheDatabase(DebeziumForm.DEFAULTS, DebeziumView.DEFAULTS);
    assertDefaultsAreRefused();
    assertTheFirstTransactionIsFound();
    for (DebeziumForm form : List.of(DebeziumForm.PLAIN, DebeziumForm.FLATTENED)) {
      assertLargeValuesThatAreNotInTheLogAreSetAside(form);
      assertTruncatesAreTold(form);
    }
  }

  /** Each of the tables is as the database's own, and nothing is set aside. */
  void assertAsTheDatabase(DebeziumForm form, DebeziumView... views) throws Exception {
    for (DebeziumView view : views) {
      TestLake lake = filled(form, view, SHUFFLED);
      assertThat(rows(lake, view))
          .as("%s in the form %s", view, form)
          .isNotEmpty()
          .isEqualTo(sorted(events.rows(view)));
      assertThat(quarantine(lake)).as("%s in the form %s", view, form).isEmpty();
    }
  }

  /** An update that leaves a large value alone, which the log then lacks, changes nothing. */
  void assertLargeValuesThatAreNotInTheLogAreSetAside(DebeziumForm form) throws Exception {
    TestLake lake = filled(form, DebeziumView.LARGE, AS_EMITTED);
    List<String> expected = sorted(events.rows(DebeziumView.LARGE));
    assertThat(expected).anyMatch(row -> row.startsWith("1|2|"));
    expected.replaceAll(row -> row.replace("1|2|", "1|1|"));
    assertThat(rows(lake, DebeziumView.LARGE)).as("form %s", form).isEqualTo(expected);
    assertThat(quarantine(lake)).containsExactly("[{\"id\":1},decode,incomplete-event]");
  }

  /** No event says which rows went; flattened, none says that any did. */
  void assertTruncatesAreTold(DebeziumForm form) throws Exception {
    TestLake lake = filled(form, DebeziumView.EMPTIED, AS_EMITTED);
    assertThat(events.rows(DebeziumView.EMPTIED)).containsExactly("3|after it");
    assertThat(rows(lake, DebeziumView.EMPTIED))
        .containsExactly("1|there before", "2|too", "3|after it");
    assertThat(quarantine(lake))
        .as("form %s", form)
        .isEqualTo(
            form == DebeziumForm.FLATTENED ? List.of() : List.of("[null,decode,truncate-event]"));
  }

  /** By the query of change-events.md for what does not tell which commit it came after. */
  void assertTheFirstTransactionIsFound() throws Exception {
    TestLake lake = new TestLake(Files.createTempDirectory(folder, "lake-"));
    lake.archive().put(events.of(DebeziumForm.PLAIN, DebeziumView.EVERYTHING.table()));
    String page = Files.readString(PAGE);
    String[] statements =
        page.substring(page.indexOf("CREATE TEMPORARY VIEW"))
            .split("\n```", 2)[0]
            .replace("CREATE TEMPORARY", "CREATE OR REPLACE TEMPORARY")
            .replace("s3a://lake/raw", lake.archive().location())
            .replace("shop.public.customers", lake.archive().topic())
            .split(";");
    TestSpark.get().sql(statements[0]);
    assertThat(TestSpark.get().sql(statements[1]).collectAsList())
        .singleElement()
        .satisfies(row -> assertThat(row.getString(0)).isEqualTo("{\"id\":3}"));
  }

  /** No decimal column takes base64, and no timestamp the microseconds of these days. */
  private void assertDefaultsAreRefused() throws Exception {
    TestLake lake = filled(DebeziumForm.DEFAULTS, DebeziumView.EVERYTHING, AS_EMITTED);
    TreeSet<String> codes = new TreeSet<>(lake.query("select _code from q"));
    assertThat(codes).isNotEmpty().isSubsetOf("[wrong-type]", "[out-of-range]");
    assertThat(lake.query("select count(*) from t where amount is not null or moment is not null"))
        .containsExactly("[0]");
  }

  private TestLake filled(DebeziumForm form, DebeziumView view, int[] halves) throws Exception {
    TestLake lake = new TestLake(Files.createTempDirectory(folder, "lake-"));
    lake.defineChangeEvents(
        view.columns(),
        new WriteSpec(WriteMode.UPSERT, view.key(), null, null, null),
        new TargetSpec(lake.table(), null, null));
    List<TestArchive.Message> messages = events.of(form, view.table());
    assertThat(messages).as("%s in the form %s", view, form).hasSizeGreaterThan(2);
    long put = 0;
    for (int half : halves) {
      List<TestArchive.Message> batch =
          messages.subList(half * messages.size() / 2, (half + 1) * messages.size() / 2);
      lake.archive().put(batch);
      put += batch.size();
    }
    lake.run();
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo(put).isEqualTo(totals.accounted());
    return lake;
  }

  private static List<String> rows(TestLake lake, DebeziumView view) {
    return sorted(
        lake.query(view.forSpark()).stream()
            .map(row -> row.substring(1, row.length() - 1))
            .toList());
  }

  private static List<String> quarantine(TestLake lake) {
    return Files.exists(quarantineFolder(lake))
        ? lake.query("select _key, _step, _code from q order by _offset")
        : List.of();
  }

  private static Path quarantineFolder(TestLake lake) {
    Path table = Path.of(URI.create(lake.table()));
    return table.resolveSibling("_quarantine").resolve(table.getFileName());
  }

  private static List<String> sorted(List<String> rows) {
    List<String> sorted = new ArrayList<>(rows);
    sorted.sort(null);
    return sorted;
  }
}
