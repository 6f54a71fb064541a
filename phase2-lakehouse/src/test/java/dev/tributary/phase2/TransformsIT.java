package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TransformsIT {
  private static final byte[] KEY = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  @Test
  void sqlOfASpecDoesNotSeeTheDriversEnvironmentAndSettings() {
    assertThat(
            TestSpark.get()
                .newSession()
                .range(1)
                .selectExpr("'${env:PATH}'", "'${spark.app.name}'", "'${system:java.home}'")
                .head()
                .mkString(" "))
        .isEqualTo("${env:PATH} ${spark.app.name} ${system:java.home}");
  }

  @Test
  void stepsRunInOrderAndEachAccountsForItsRows() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    define(
        lake,
        List.of(
            new ColumnSpec("amount", "decimal(10,2)", false, null, null),
            ColumnSpec.of("magnitude", "double"),
            ColumnSpec.of("name", "string")),
        jar.step("filter", Map.of("where", "mag > 1")),
        jar.step("cast", Map.of("columns", "amount:decimal(10,2)")),
        jar.step("filter", Map.of("where", "amount < 100")),
        jar.step("rename", Map.of("columns", "mag:magnitude")),
        jar.step("decrypt", Map.of("column", "name", "keys", keys())));
    lake.archive()
        .put(
            List.of(
                message("a", row("12.50", 2.5, sealed("one"))),
                message("b", row("13", 0.5, sealed("too small"))),
                message("c", row("much", 3, sealed("bad amount"))),
                message("d", row("500", 3, sealed("too much"))),
                message("e", row("14", 4, "not sealed")),
                message("f", "{"),
                message("g", "{\"mag\":2,\"amount\":null}")));
    lake.run();

    assertThat(lake.query("select amount, magnitude, name from t"))
        .containsExactly("[12.50,2.5,one]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly(
            "[2,2-cast,wrong-type]", "[4,5-decrypt,transform-failed]", "[5,decode,not-json]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(7, 1, 0, 0, 3, 3, 0, 0, 0));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 7, 0, 6, 0, 0, 1),
            new StepLedger("1-filter", 6, 0, 5, 1, 0, 0),
            new StepLedger("2-cast", 5, 0, 4, 0, 0, 1),
            new StepLedger("3-filter", 4, 0, 2, 2, 0, 0),
            new StepLedger("4-rename", 2, 0, 2, 0, 0, 0),
            new StepLedger("5-decrypt", 2, 0, 1, 0, 0, 1),
            new StepLedger("conform", 1, 0, 1, 0, 0, 0));
  }

  @Test
  void wholeValuesAreDecryptedBeforeTheyAreDecoded() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    define(
        lake,
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("tags", "array<string>")),
        jar.step("decrypt-payload", Map.of("keys", keys())));
    lake.archive()
        .put(
            List.of(
                new TestArchive.Message(
                    0, Optional.of("a"), Optional.of(seal("{\"id\":1,\"tags\":[\"x\",\"y\"]}"))),
                message("b", "{\"id\":2}"),
                new TestArchive.Message(
                    0, Optional.of("c"), Optional.of(seal("{\"id\":\"top secret\"}")))));
    lake.run();

    assertThat(lake.query("select id, tags[1], _offset from t")).containsExactly("[1,y,0]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly("[1,1-decrypt-payload,transform-failed]", "[2,decode,wrong-type]");
    assertThat(lake.query("select _message from q where _offset = 2"))
        .containsExactly("[Column id takes bigint; its field holds something else.]");
    assertThat(lake.query("select _message from q where _offset = 1").get(0))
        .startsWith("[The step 1-decrypt-payload {keys=file:" + folder)
        .doesNotContain(Base64.getEncoder().encodeToString(KEY));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("1-decrypt-payload", 3, 0, 2, 0, 0, 1),
            new StepLedger("decode", 2, 0, 1, 0, 0, 1),
            new StepLedger("conform", 1, 0, 1, 0, 0, 0));
  }

  @Test
  void changeEventsAreUnwrappedAfterTheyAreDecryptedAndNotQuoted() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.defineChangeEvents(
        List.of(ColumnSpec.of("id", "bigint")),
        WriteSpec.append(),
        new TargetSpec(lake.table(), null, null),
        jar.step("decrypt-payload", Map.of("keys", keys())));
    List<TestArchive.Message> messages = new ArrayList<>();
    for (String event :
        List.of(
            "{\"op\":\"c\",\"after\":{\"id\":1},\"source\":{\"lsn\":7}}",
            "{\"op\":\"top secret\",\"after\":{\"id\":1}}")) {
      messages.add(new TestArchive.Message(0, Optional.of("a"), Optional.of(seal(event))));
    }
    lake.archive().put(messages);
    lake.run();

    assertThat(lake.query("select id, _cdc_position from t"))
        .containsExactly("[1,00000000000000000007]");
    assertThat(lake.query("select _code, _message from q"))
        .containsExactly(
            "[change-event,The event's op is none of c, u, d, r and t: it is no change of a row.]");
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("1-decrypt-payload", 2, 0, 2, 0, 0, 0),
            new StepLedger("decode", 2, 0, 1, 0, 0, 1),
            new StepLedger("conform", 1, 0, 1, 0, 0, 0));
  }

  @Test
  void noStepAfterADecryptingOneQuotesARecord() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    define(
        lake,
        List.of(ColumnSpec.of("name", "string"), ColumnSpec.of("amount", "bigint")),
        jar.step("decrypt", Map.of("column", "name", "keys", keys())),
        jar.step("cast", Map.of("columns", "name:date")));
    lake.archive()
        .put(List.of(message("a", row("1", 1, sealed("top secret")).replace("\"1\"", "1"))));
    lake.run();

    assertThat(lake.query("select _step, _code from q")).containsExactly("[2-cast,wrong-type]");
    assertThat(lake.query("select _message from q").get(0))
        .doesNotContain("secret,")
        .contains("withheld");
    assertThat(lake.query("select _message from q").get(0)).doesNotContain("top");
  }

  @Test
  void aRecordOnWhichAStepThrowsIsFoundAndSetAsideAndTheOthersGoOn() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    define(
        lake,
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("part", "bigint")),
        jar.step("filter", Map.of("where", "id > 0")),
        jar.step("filter", Map.of("where", "100 / part > 10")));
    List<TestArchive.Message> messages = new ArrayList<>();
    for (int id = 0; id < 20; id++) {
      messages.add(
          message("k" + id, "{\"id\":%d,\"part\":%d}".formatted(id, id == 7 || id == 13 ? 0 : id)));
    }
    lake.archive().put(messages);
    lake.run();

    assertThat(lake.query("select id from t order by id"))
        .containsExactly("[1]", "[2]", "[3]", "[4]", "[5]", "[6]", "[8]", "[9]");
    assertThat(lake.query("select _offset, _key, _step, _code, _message from q order by _offset"))
        .containsExactly(
            "[7,k7,2-filter,transform-failed,The step 2-filter {where=100 / part > 10} throws"
                + " DIVIDE_BY_ZERO on this record.]",
            "[13,k13,2-filter,transform-failed,The step 2-filter {where=100 / part > 10} throws"
                + " DIVIDE_BY_ZERO on this record.]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(20, 8, 0, 0, 10, 2, 0, 0, 0));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 20, 0, 20, 0, 0, 0),
            new StepLedger("1-filter", 20, 0, 19, 1, 0, 0),
            new StepLedger("2-filter", 19, 0, 8, 9, 0, 2),
            new StepLedger("conform", 8, 0, 8, 0, 0, 0));
  }

  /** Also of one that threw until it was looked at alone, and then did not. */
  @Test
  void aRecordOnWhichAStepThrewForAWhileIsNotSetAside() throws Exception {
    PluginJar jar =
        PluginJar.compiled(
            "plugin.Moody",
            """
            package plugin;
            import dev.tributary.transforms.*;
            import java.util.List;
            import org.apache.spark.sql.*;
            import org.apache.spark.sql.api.java.UDF1;
            import org.apache.spark.sql.types.DataTypes;
            public final class Moody implements RowTransform {
              public String name() { return "moody"; }
              public List<TransformOption> options() { return List.of(); }
              public StepKind kind() { return StepKind.ONE_TO_ONE; }
              public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
                return rows.withColumn("id",
                    functions.udf(new Mood(), DataTypes.LongType).apply(functions.col("id")));
              }
              public static final class Mood implements UDF1<Long, Long> {
                public Long call(Long id) {
                  // The pass, all records again, and this one alone; the next run has another class.
                  int thrown = Integer.getInteger("moody.thrown");
                  if (id == 7 && thrown < 3) {
                    System.setProperty("moody.thrown", String.valueOf(thrown + 1));
                    throw new IllegalStateException("Not now.");
                  }
                  return id;
                }
              }
            }
            """,
            folder);
    TestLake lake = new TestLake(folder);
    define(lake, List.of(ColumnSpec.of("id", "bigint")), jar.step("moody", Map.of()));
    lake.archive().put(List.of(message("a", "{\"id\":7}"), message("b", "{\"id\":8}")));

    System.setProperty("moody.thrown", "0");
    assertThatThrownBy(lake::run).hasRootCauseMessage("Not now.");
    lake.run();
    assertThat(lake.query("select id from t order by id")).containsExactly("[7]", "[8]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 2, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void aStepThatExchangesRowsLosesNothingOfWhatWasSetAsideBeforeIt() throws Exception {
    PluginJar jar =
        PluginJar.compiled(
            "plugin.Distinct",
            """
            package plugin;
            import dev.tributary.transforms.*;
            import java.util.List;
            import org.apache.spark.sql.*;
            public final class Distinct implements RowTransform {
              public String name() { return "distinct"; }
              public List<TransformOption> options() { return List.of(); }
              public StepKind kind() { return StepKind.FILTER; }
              public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
                return rows.dropDuplicates("id");
              }
            }
            """,
            folder);
    TestLake lake = new TestLake(folder);
    define(
        lake,
        List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null)),
        jar.step("distinct", Map.of()));
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"name\":\"one\"}"),
                message("b", "{\"id\":1,\"name\":\"one\"}"),
                message("c", "{"),
                message("d", "{\"id\":2}")));
    lake.run();

    assertThat(lake.query("select id, name from t")).containsExactly("[1,one]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly("[2,decode,not-json]", "[3,conform,missing-column]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 1, 2, 0, 0, 0));
  }

  /** Also where it sets the record aside itself, and where it works on bytes. */
  @Tag("long")
  @Test
  void aStepWhosePolicyIsFailStopsThePlanUntilSomebodyRules() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    for (TransformSpec step :
        List.of(
            jar.failing("filter", Map.of("where", "100 / part > 10")),
            jar.failing("json-extract", Map.of("column", "name", "path", "$.a", "to", "name")),
            jar.failing("decompress", Map.of("codec", "gzip")))) {
      TestLake lake = new TestLake(Files.createTempDirectory(folder, step.type()));
      List<ColumnSpec> columns =
          List.of(ColumnSpec.of("part", "bigint"), ColumnSpec.of("name", "string"));
      define(lake, columns, step);
      lake.run();
      lake.archive().put(List.of(bytes(step, 5, "{}"), bytes(step, 0, "no JSON")));
      String named = "1-%s {".formatted(step.type());
      assertThatThrownBy(lake::run)
          .as(named)
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
          .hasMessageContaining("has 1 of 2 records that the step " + named)
          .hasMessageContaining("whose policy is fail")
          .hasMessageContaining(" at ");
      assertThat(lake.query("select count(*) from t")).as(named).containsExactly("[0]");
      assertThat(Path.of(URI.create(lake.table())).resolveSibling("_quarantine/events"))
          .as(named)
          .doesNotExist();

      long plan = lake.log().head().getAsLong();
      new PlanRulings(lake.log(), Clock.systemUTC()).accept(plan, "ann", "that one is broken");
      lake.run();
      assertThat(lake.query("select part from t")).as(named).containsExactly("[5]");
      assertThat(lake.query("select _offset, _step from q"))
          .as(named)
          .containsExactly("[1,1-%s]".formatted(step.type()));
      assertThat(lake.account().counts())
          .as(named)
          .isEqualTo(new PlanCounts(2, 1, 0, 0, 0, 1, 0, 0, 0));

      lake.archive().put(List.of(bytes(step, 6, "{}"), bytes(step, 0, "no JSON")));
      assertThatThrownBy(lake::run).as(named).hasMessageContaining("whose policy is fail");
      new PlanRulings(lake.log(), Clock.systemUTC())
          .voidPlan(lake.log().head().getAsLong(), "ann", "go on");
      define(lake, columns, jar.step(step.type(), step.options()));
      lake.run();
      assertThat(lake.query("select part from t order by part"))
          .as(named)
          .containsExactly("[5]", "[6]");
      assertThat(lake.query("select _offset from q order by _offset"))
          .as(named)
          .containsExactly("[1]", "[3]");
    }
  }

  /** A record that the step can use, or with {@code part} 0 one that it cannot. */
  private static TestArchive.Message bytes(TransformSpec step, int part, String name)
      throws IOException {
    String json =
        "{\"part\":%d,\"name\":%s}".formatted(part, Json.mapper().writeValueAsString(name));
    if (!step.type().equals("decompress") || part == 0) {
      return message("k", json);
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
      zip.write(json.getBytes(StandardCharsets.UTF_8));
    }
    return new TestArchive.Message(0, Optional.of("k"), Optional.of(packed.toByteArray()));
  }

  @Test
  void recordsOnWhichAStepThrowsAreSetAsideUpToTheBreaker() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ColumnSpec.of("part", "bigint")),
        WriteSpec.append(),
        List.of(jar.step("filter", Map.of("where", "100 / part > 10"))),
        new BreakerSpec(0.3, 2L),
        null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"part\":0}"),
                message("b", "{\"part\":1}"),
                message("c", "{\"part\":0}"),
                message("d", "{\"part\":2}")));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TRANSFORM_FAILED))
        .hasMessageContaining("more records on which a step throws than the breaker allows")
        .hasMessageContaining("1-filter {where=100 / part > 10} throws DIVIDE_BY_ZERO");
    assertThat(lake.query("select count(*) from t")).containsExactly("[0]");
  }

  @Test
  void theRunThatFirstSaysWhichRecordsAreBadDecidesForAllOthers() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    String keys = keys();
    Path file = folder.resolve("keys");
    String right = Files.readString(file);
    define(
        lake,
        List.of(ColumnSpec.of("name", "string")),
        jar.step("decrypt", Map.of("column", "name", "keys", keys)));
    lake.archive().put(List.of(message("a", "{\"name\":\"%s\"}".formatted(sealed("one")))));
    Files.writeString(file, "k2=" + right.substring(3));
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    Files.writeString(file, right);
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(1, 0, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.query("select _offset, _step from q")).containsExactly("[0,1-decrypt]");

    lake.archive().put(List.of(message("b", "{\"name\":\"%s\"}".formatted(sealed("two")))));
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    Files.writeString(file, "k2=" + right.substring(3));
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_REPEATABLE));
    Files.writeString(file, right);
    lake.run();
    assertThat(lake.query("select name from t")).containsExactly("[two]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(2, 1, 0, 0, 0, 1, 0, 0, 0));
  }

  @Test
  void aNewVersionOfAJarTakesOverWithTheVersionThatNamesItAndOldPlansKeepTheirs() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns =
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("by", "string"));
    define(lake, columns, plugin("one").step("sign", Map.of()));
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    define(lake, columns, plugin("two").step("sign", Map.of()));
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();

    assertThat(lake.query("select id, by from t order by id"))
        .containsExactly("[1,one]", "[2,two]");
    long plan = lake.account().plan();
    assertThat(lake.log().plan(plan).orElseThrow().jars()).hasSize(1);
    assertThat(lake.log().holdsJar(lake.log().plan(1).orElseThrow().jars().get(0))).isTrue();
  }

  /** The tasks of both are in the middle of their work, in one process, when either signs. */
  @Test
  void twoDatasetsRunTwoVersionsOfOneClassAtOnce() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns =
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("by", "string"));
    define(lake, columns, meeting("one").step("sign", Map.of()));
    String others = folder.resolve("lake/others").toUri().toString();
    lake.specs()
        .dataset(
            new DatasetSpec(
                "others",
                "events",
                null,
                new TargetSpec(others, null, null),
                columns,
                WriteSpec.append(),
                List.of(meeting("two").step("sign", Map.of())),
                null,
                null,
                null));
    lake.archive().put(List.of(message("a", "{\"id\":1}"), message("b", "{\"id\":2}")));

    System.getProperties().put("sign.met", ConcurrentHashMap.newKeySet());
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Callable<Void>> both =
          List.of(
              () -> {
                lake.run();
                return null;
              },
              () -> {
                lake.run("others");
                return null;
              });
      for (Future<Void> run : threads.invokeAll(both)) {
        run.get();
      }
    } finally {
      threads.shutdownNow();
      System.getProperties().remove("sign.met");
    }

    assertThat(lake.query("select id, by from t order by id"))
        .containsExactly("[1,one]", "[2,one]");
    assertThat(
            TestSpark.get()
                .read()
                .format("delta")
                .load(others)
                .selectExpr("id", "by")
                .sort("id")
                .collectAsList())
        .extracting(Row::toString)
        .containsExactly("[1,two]", "[2,two]");
  }

  /** As {@link #plugin}, which waits until another version is signing too. */
  private PluginJar meeting(String text) throws Exception {
    String source =
        """
        package plugin;
        import dev.tributary.transforms.*;
        import java.util.List;
        import java.util.Set;
        import org.apache.spark.sql.*;
        import org.apache.spark.sql.api.java.UDF1;
        import org.apache.spark.sql.types.DataTypes;
        public final class Sign implements RowTransform {
          public static final class Signature implements UDF1<Long, String> {
            @SuppressWarnings("unchecked")
            public String call(Long id) throws Exception {
              Set<String> met = (Set<String>) System.getProperties().get("sign.met");
              met.add(Words.text());
              long until = System.nanoTime() + 120_000_000_000L;
              while (met.size() < 2) {
                if (System.nanoTime() > until) {
                  throw new IllegalStateException("The other version does not sign: " + met);
                }
                Thread.sleep(10);
              }
              return Words.text();
            }
          }
          static final class Words {
            static String text() { return "%s"; }
          }
          public String name() { return "sign"; }
          public List<TransformOption> options() { return List.of(); }
          public StepKind kind() { return StepKind.ONE_TO_ONE; }
          public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
            return rows.withColumn("by",
                functions.udf(new Signature(), DataTypes.StringType).apply(functions.col("id")));
          }
        }
        """
            .formatted(text);
    return PluginJar.compiled("plugin.Sign", source, Files.createTempDirectory(folder, text));
  }

  @Test
  void aPlanThatDiedIsDoneWithItsVersionAndItsJarThoughTheMetastoreHasMovedOn() throws Exception {
    TestLake lake = new TestLake(folder);
    PluginJar one = plugin("one");
    define(
        lake,
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("by", "string")),
        one.step("sign", Map.of()));
    lake.archive().put(List.of(message("a", "{\"id\":1,\"note\":\"n\"}"), message("b", "{")));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    long died = lake.log().head().getAsLong();
    assertThat(lake.query("select count(*) from t")).containsExactly("[0]");
    assertThat(lake.query("select _offset from q")).containsExactly("[1]");

    define(
        lake,
        List.of(
            ColumnSpec.of("id", "bigint"),
            ColumnSpec.of("by", "string"),
            ColumnSpec.of("note", "string")),
        plugin("two").step("sign", Map.of()));
    Files.delete(Path.of(one.location()));
    lake.archive().put(List.of(message("c", "{\"id\":3,\"note\":\"n\"}"), message("d", "{")));
    lake.run();

    assertThat(lake.query("select id, by, note from t order by id"))
        .containsExactly("[1,one,null]", "[3,two,n]");
    assertThat(lake.query("select _offset, _dataset_version from q order by _offset"))
        .containsExactly("[1,1]", "[3,2]");
    assertThat(lake.log().account(died).orElseThrow().datasetVersion()).isEqualTo(1);
    assertThat(lake.log().plan(died).orElseThrow().jars()).containsExactly(one.sha256());
    assertThat(lake.account().datasetVersion()).isEqualTo(2);
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(4, 2, 0, 0, 0, 2, 0, 0, 0));
  }

  @Test
  void whatATransformDoesNotUnderstandIsRefusedBeforeAnythingIsPlanned() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "bigint"));
    refused(columns, jar.step("filter", Map.of("when", "x")), "has no option 'when'");
    refused(columns, jar.step("filter", Map.of()), "needs the option 'where'");
    refused(
        columns, jar.step("sort", Map.of()), "is in none of the dataset's JARs; they hold [add");
    refused(
        columns,
        jar.step("decrypt", Map.of("column", "id", "keys", "AAAA")),
        "has a literal secret as option 'keys'");
    refused(
        columns,
        jar.step("mask", Map.of("columns", "id", "keep", "four")),
        "refuses its options: The option keep is 'four', which is no whole number");
    refused(
        columns,
        jar.step("mask", Map.of("columns", "id", "mode", "first")),
        "refuses its options: The option mode is 'first'. Write fixed, keep-last or null.");
    refused(
        columns,
        new TransformSpec(
            jar.location().toString(), "0".repeat(64), "filter", Map.of("where", "1")),
        "has the SHA-256");
    refused(columns, jar.step("filter", Map.of("where", "no_such_column > 1")), "no_such_column");
  }

  @Test
  void aPluginThatLacksAClassIsRejectedAndTheVersionBeforeGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "bigint"));
    define(lake, columns);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    define(lake, columns, lacking().step("lacking", Map.of()));
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();

    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]");
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .isEqualTo(
            "The transform 'lacking' needs a class that its JAR does not bring:"
                + " java.lang.NoClassDefFoundError: plugin/Lacking$Library. Add it to the JAR, or"
                + " build that against this release.");
  }

  @Test
  void aVersionWhoseJarCannotBeReadNowWaitsForItWhileTheVersionBeforeGoesOn() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "bigint"));
    define(lake, columns);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    Path away = Files.createDirectory(folder.resolve("away.jar"));
    define(
        lake,
        columns,
        new TransformSpec(
            away.toUri().toString(), jar.sha256(), "filter", Map.of("where", "id > 2")));
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();
    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]");
    assertThat(lake.specs().activations()).hasSize(1);

    Files.delete(away);
    Files.copy(Path.of(jar.location()), away);
    lake.archive().put(List.of(message("c", "{\"id\":1}"), message("d", "{\"id\":3}")));
    lake.run();
    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]", "[3]");
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 ACTIVE");
  }

  @Test
  void aJarAtWhatIsNoUriIsRejectedAndTheVersionBeforeGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("id", "bigint"));
    define(lake, columns);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    define(
        lake, columns, new TransformSpec("s3a://[jars/t.jar", "0".repeat(64), "filter", Map.of()));
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();

    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]");
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("is at 's3a://[jars/t.jar', which is no URI");
  }

  /** A plug-in of two classes, whose JAR has one of them. */
  private PluginJar lacking() throws Exception {
    Path where = Files.createTempDirectory(folder, "lacking");
    PluginJar.compiled(
        "plugin.Lacking",
        """
        package plugin;
        import dev.tributary.transforms.*;
        import java.util.List;
        import org.apache.spark.sql.*;
        public final class Lacking implements RowTransform {
          static final class Library { static List<TransformOption> options() { return List.of(); } }
          public String name() { return "lacking"; }
          public List<TransformOption> options() { return Library.options(); }
          public StepKind kind() { return StepKind.ONE_TO_ONE; }
          public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) { return rows; }
        }
        """,
        where);
    Files.delete(where.resolve("classes/plugin/Lacking$Library.class"));
    return PluginJar.ofFolder(where.resolve("classes"), where.resolve("lacking.jar"));
  }

  private void refused(List<ColumnSpec> columns, TransformSpec step, String message)
      throws Exception {
    TestLake lake = new TestLake(Files.createTempDirectory(folder, "refused"));
    define(lake, columns, step);
    assertThatThrownBy(lake::run)
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(message);
    assertThat(lake.log().head()).isEmpty();
  }

  private PluginJar plugin(String text) throws Exception {
    String source =
        """
        package plugin;
        import dev.tributary.transforms.*;
        import java.util.List;
        import org.apache.spark.sql.*;
        import org.apache.spark.sql.api.java.UDF1;
        import org.apache.spark.sql.types.DataTypes;
        public final class Sign implements RowTransform {
          public static final class Signature implements UDF1<Long, String> {
            public String call(Long id) { return "%s"; }
          }
          public String name() { return "sign"; }
          public List<TransformOption> options() { return List.of(); }
          public StepKind kind() { return StepKind.ONE_TO_ONE; }
          public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
            return rows.withColumn("by",
                functions.udf(new Signature(), DataTypes.StringType).apply(functions.col("id")));
          }
        }
        """
            .formatted(text);
    return PluginJar.compiled("plugin.Sign", source, Files.createTempDirectory(folder, text));
  }

  private static void define(TestLake lake, List<ColumnSpec> columns, TransformSpec... steps) {
    lake.define(columns, WriteSpec.append(), Arrays.asList(steps), null, null);
  }

  private String keys() throws Exception {
    Path file = folder.resolve("keys");
    Files.writeString(file, "k1=" + Base64.getEncoder().encodeToString(KEY) + "\n");
    return "file:" + file;
  }

  private static String row(String amount, double magnitude, String name) {
    return "{\"amount\":\"%s\",\"mag\":%s,\"name\":\"%s\"}".formatted(amount, magnitude, name);
  }

  private static String sealed(String plain) throws Exception {
    return Base64.getEncoder().encodeToString(seal(plain));
  }

  /** As the documentation of the format says. */
  private static byte[] seal(String plain) throws Exception {
    byte[] header = {1, 2, 'k', '1'};
    byte[] nonce = Arrays.copyOf(plain.getBytes(StandardCharsets.UTF_8), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(KEY, "AES"), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(header);
    byte[] sealed = cipher.doFinal(plain.getBytes(StandardCharsets.UTF_8));
    byte[] all = new byte[header.length + nonce.length + sealed.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(nonce, 0, all, header.length, nonce.length);
    System.arraycopy(sealed, 0, all, header.length + nonce.length, sealed.length);
    return all;
  }
}
