package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What changes may do, what they say, and that they can be tried and repeated. */
final class ChangesTest {
  private static final String DATASET =
      """
      {"source":{"topic":"orders","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
       "target":{"path":"s3a://lake/orders"},
       "columns":[{"name":"id","type":"bigint"},{"name":"at","type":"timestamp"},
                  {"name":"count","type":"int"},{"name":"price","type":"decimal(10,2)"},
                  {"name":"note","type":"string","comment":"old"},
                  {"name":"kind","type":"string","nullable":false}]%s}
      """;

  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder);
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private Answer put(String more, String... headers) {
    return metastore.send("PUT", "/datasets/orders", DATASET.formatted(more), headers);
  }

  private Answer change(String path, String operations, String... headers) {
    return metastore.send(
        "POST", path, "{\"table\":\"orders\",\"operations\":[" + operations + "]}", headers);
  }

  private Answer ddl(String operations, String... headers) {
    return change("/ddl", operations, headers);
  }

  private Answer dml(String operations, String... headers) {
    return change("/dml", operations, headers);
  }

  private void activate(int version, int sequence) {
    assertThat(
            metastore
                .send(
                    "POST",
                    "/activations",
                    "{\"dataset\":\"orders\",\"version\":%d,\"outcome\":\"active\",\"sequences\":{\"orders\":%d},\"run\":\"r\"}"
                        .formatted(version, sequence))
                .status())
        .isEqualTo(204);
  }

  private static void refused(Answer answer, int status, String pointer, String detail) {
    assertThat(answer.status()).as(answer.detail()).isEqualTo(status);
    assertThat(answer.pointer()).as(answer.detail()).isEqualTo(pointer);
    assertThat(answer.detail()).contains(detail);
    assertThat(answer.body().path("remedy").asText()).isNotEmpty();
  }

  @Test
  void aKeyIsNotCalledAsAColumnThatDeletesAreRememberedWith() {
    String upsert = ",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"%s\"]}";
    put(upsert.formatted("id"));
    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"id\",\"to\":\"_order\"}"),
        400,
        "/operations/0/to",
        "Deletes are remembered with a column of this name beside the key");
    assertThat(ddl("{\"op\":\"rename_column\",\"name\":\"note\",\"to\":\"_plan\"}").status())
        .isEqualTo(200);
    refused(
        dml("{\"op\":\"set_primary_key\",\"columns\":[\"_plan\"]}"),
        400,
        "/operations/0/columns",
        "Deletes are remembered with a column of this name beside the key");
    refused(
        metastore.send(
            "PUT",
            "/datasets/other",
            DATASET
                .formatted(upsert.formatted("_generation"))
                .replace("\"name\":\"id\"", "\"name\":\"_generation\"")),
        400,
        "/write/primaryKey",
        "Deletes are remembered with a column of this name beside the key");
  }

  @Test
  void everyDdlOperationChangesTheColumnsAndSaysWhat() {
    put("");
    activate(1, 0);
    Answer changed =
        ddl(
            """
            {"op":"add_column","column":{"name":"city","type":"string"}},
            {"op":"widen_column","name":"count","type":"bigint"},
            {"op":"widen_column","name":"price","type":"decimal(14,4)"},
            {"op":"alter_comment","name":"note","comment":"new"},
            {"op":"set_nullable","name":"kind","nullable":true},
            {"op":"rename_column","name":"at","to":"happened"},
            {"op":"drop_column","name":"id"}\
            """);
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().path("operation").asText())
        .isEqualTo(
            "add_column city, widen_column count to bigint, widen_column price to decimal(14,4),"
                + " alter_comment note, set_nullable kind true, rename_column at to happened,"
                + " drop_column id");
    List<String> differences = new ArrayList<>();
    changed
        .body()
        .path("diff")
        .forEach(d -> differences.add(d.path("change").asText() + d.path("path").asText()));
    assertThat(differences)
        .containsExactlyInAnyOrder(
            "removed/columns/id",
            "removed/columns/at",
            "added/columns/happened",
            "added/columns/city",
            "changed/columns/count/type",
            "changed/columns/price/type",
            "changed/columns/note/comment",
            "changed/columns/kind/nullable");
    assertThat(metastore.get("/datasets/orders/versions/2").body().path("diff"))
        .isEqualTo(changed.body().path("diff"));
  }

  @Test
  void whatDeltaCannotWidenIsRefused() {
    put("");
    activate(1, 0);
    String widen = "{\"op\":\"widen_column\",\"name\":\"%s\",\"type\":\"%s\"}";
    for (String[] narrowing :
        new String[][] {
          {"id", "int"},
          {"id", "double"},
          {"price", "decimal(10,3)"},
          {"price", "decimal(9,2)"},
          {"note", "int"},
          {"count", "decimal(9,0)"},
          {"count", "int"}
        }) {
      refused(
          ddl(widen.formatted((Object[]) narrowing)),
          409,
          "/operations/0/type",
          "which Delta cannot widen to " + narrowing[1]);
    }
    refused(
        ddl("{\"op\":\"widen_column\",\"name\":\"note\",\"type\":\"strin\"}"),
        400,
        "/operations/0/type",
        "'strin', which is not known");
  }

  @Test
  void aDatasetWithoutATableCanStillBecomeAnotherAndOneWithATableCannot() {
    put("");
    refused(
        dml("{\"op\":\"set_mode\",\"mode\":\"upsert\"}"),
        400,
        "/operations/0/mode",
        "needs at least one key column");
    refused(
        dml("{\"op\":\"set_primary_key\",\"columns\":[\"nothing\"]}"),
        400,
        "/operations/0/columns",
        "is not a declared column");
    Answer changed =
        dml(
            """
            {"op":"set_mode","mode":"upsert"},{"op":"set_order_by","columns":["at"]},
            {"op":"set_primary_key","columns":["id"]},{"op":"set_partitioning","columns":["kind"]},
            {"op":"set_deletes","deletes":"soft","deleteWhen":"kind = 'x'"}\
            """);
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().at("/spec/write/mode").asText()).isEqualTo("upsert");
    assertThat(changed.body().at("/spec/target/partitionBy/0").asText()).isEqualTo("kind");
    activate(2, 0);
    refused(
        dml("{\"op\":\"pause\"},{\"op\":\"set_primary_key\",\"columns\":[\"note\"]}"),
        409,
        "/operations/1/columns",
        "cannot become '[note]'");
    assertThat(metastore.get("/datasets/orders").body().at("/spec/state").asText())
        .isEqualTo("active");
    refused(
        ddl("{\"op\":\"drop_column\",\"name\":\"at\"}"),
        409,
        "/operations/0/name",
        "used as an ordering column");
    Answer transforms =
        dml(
            "{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"filter\",\"options\":{\"where\":\"id > 0\"}}]}"
                .formatted("a".repeat(64)));
    assertThat(transforms.body().at("/spec/transforms/0/type").asText()).isEqualTo("filter");
    refused(dml("{\"op\":\"pause\"},{\"op\":\"resume\"}"), 400, "/operations", "exclude");
  }

  @Test
  void whetherRowsHaveValuesIsForDriversToSee() {
    put("");
    activate(1, 0);
    Answer changed = ddl("{\"op\":\"set_nullable\",\"name\":\"note\",\"nullable\":false}");
    assertThat(changed.body().path("state").asText()).isEqualTo("pending");
    assertThat(changed.body().at("/spec/columns/4/nullable").asBoolean()).isFalse();
  }

  @Test
  void aColumnKeepsItsIdentityUnderAnotherNameAndOneThatWasDroppedDoesNotComeBack() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"rename_column\",\"name\":\"note\",\"to\":\"remark\"}");
    Answer added =
        ddl(
            """
            {"op":"add_column","column":{"name":"note","type":"string"}},
            {"op":"drop_column","name":"price"},
            {"op":"add_column","column":{"name":"price","type":"decimal(10,2)"}}\
            """);
    assertThat(added.body().at("/spec/columns/0/id").isMissingNode()).isTrue();
    assertThat(ids(added)).containsExactly("", "", "", "0.note", "", "3.1", "3.3");
    assertThat(added.body().at("/spec/columns/3/path").asText()).isEqualTo("note");

    Answer reverted = dml("{\"op\":\"revert_to\",\"version\":1}");
    assertThat(reverted.status()).as(reverted.detail()).isEqualTo(200);
    assertThat(ids(reverted))
        .as("price was dropped since, so that it is another column now")
        .containsExactly("", "", "", "4.4", "", "");
  }

  private static List<String> ids(Answer answer) {
    List<String> ids = new ArrayList<>();
    answer.body().at("/spec/columns").forEach(column -> ids.add(column.path("id").asText("")));
    return ids;
  }

  @Test
  void aDocumentRenamesByIdAndIsKnownByNameElse() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"city\",\"type\":\"string\"}}");
    String city = ",{\"name\":\"city\",\"type\":\"string\"}]";
    String known = DATASET.formatted("").replace("]}", city + "}");
    Answer same = metastore.send("PUT", "/datasets/orders", known, "If-Match", "*");
    assertThat(same.body().path("version").asInt()).as(same.detail()).isEqualTo(2);

    Answer renamed =
        metastore.send(
            "PUT",
            "/datasets/orders",
            known.replace("\"name\":\"city\"", "\"name\":\"town\",\"id\":\"2.1\""),
            "If-Match",
            "*");
    assertThat(renamed.body().at("/spec/columns/6/name").asText())
        .as(renamed.detail())
        .isEqualTo("town");
    refused(
        metastore.send(
            "PUT",
            "/datasets/orders",
            known.replace("\"name\":\"city\"", "\"name\":\"town\",\"id\":\"9.9\""),
            "If-Match",
            "*"),
        409,
        "/columns/6/id",
        "No column of the dataset has the id '9.9'");
    refused(
        ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"x\",\"type\":\"int\",\"id\":\"3.1\"}}"),
        409,
        "/operations/0/column/id",
        "No column of the dataset has the id");
  }

  @Test
  void keyAndOrderFollowTheirColumnsAndWhatNamesAColumnInTextHoldsIt() {
    put(
        ",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"],\"orderBy\":[\"at\"],\"deleteWhen\":\"kind"
            + " = 'x'\"}");
    activate(1, 0);
    Answer changed =
        ddl(
            """
            {"op":"rename_column","name":"ID","to":"key"},
            {"op":"rename_column","name":"at","to":"happened"}\
            """);
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().at("/spec/write/primaryKey/0").asText()).isEqualTo("key");
    assertThat(changed.body().at("/spec/write/orderBy/0").asText()).isEqualTo("happened");
    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"kind\",\"to\":\"sort\"}"),
        409,
        "/operations/0/name",
        "a part of write.deleteWhen");
    dml(
        "{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"filter\",\"options\":{\"where\":\"price > 0\"}}]}"
            .formatted("a".repeat(64)));
    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"price\",\"to\":\"cost\"}"),
        409,
        "/operations/0/name",
        "named by the options of the transform filter");
  }

  @Test
  void aTableThatExistsChangesItsModeAndDeletesWhereThatIsRightInPlace() {
    put("");
    activate(1, 0);
    refused(
        dml(
            "{\"op\":\"set_mode\",\"mode\":\"upsert\"},{\"op\":\"set_primary_key\",\"columns\":[\"id\"]},{\"op\":\"set_deletes\",\"deletes\":\"soft\"}"),
        409,
        "/operations/2/deletes",
        "rows that no mark says are not deleted");
    Answer upsert =
        dml(
            "{\"op\":\"set_mode\",\"mode\":\"upsert\"},{\"op\":\"set_primary_key\",\"columns\":[\"id\"]},{\"op\":\"set_order_by\",\"columns\":[\"at\"]}");
    assertThat(upsert.status()).as(upsert.detail()).isEqualTo(200);
    activate(2, 1);
    assertThat(dml("{\"op\":\"set_deletes\",\"deletes\":\"ignore\"}").status()).isEqualTo(200);
    assertThat(
            dml("{\"op\":\"set_deletes\",\"deletes\":\"hard\",\"deleteWhen\":\"kind = 'x'\"}")
                .status())
        .isEqualTo(200);
    refused(
        dml("{\"op\":\"set_deletes\",\"deletes\":\"soft\"}"),
        409,
        "/operations/0/deletes",
        "'HARD', which cannot become 'SOFT'");
    refused(
        dml("{\"op\":\"set_order_by\",\"columns\":[\"count\"]}"),
        409,
        "/operations/0/columns",
        "'[at]', which cannot become '[count]'");
    refused(
        dml("{\"op\":\"set_partitioning\",\"columns\":[\"kind\"]}"),
        409,
        "/operations/0/columns",
        "which cannot become '[kind]'");
    assertThat(dml("{\"op\":\"set_mode\",\"mode\":\"append\"}").status()).isEqualTo(200);
  }

  private Answer rebuild(String operations) {
    return metastore.send(
        "POST",
        "/dml",
        "{\"table\":\"orders\",\"rebuild\":true,\"operations\":[%s]}".formatted(operations));
  }

  private long effective() {
    return metastore.get("/datasets/orders").body().path("version").asLong();
  }

  @Test
  void aChangeThatNeedsARebuildWaitsForItAndIsGivenToNoDriver() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    String key = "{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}";
    assertThat(rebuild(key).body().has("rebuild")).as("without a table there is none").isFalse();
    assertThat(effective()).isEqualTo(2);
    activate(2, 0);
    String back = "{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}";
    Answer inPlace = dml(back);
    refused(inPlace, 409, "/operations/0/columns", "which cannot become '[id]'");
    assertThat(inPlace.body().path("remedy").asText()).contains("./tributary rebuild");

    Answer waits = rebuild(back);

    assertThat(waits.status()).as(waits.detail()).isEqualTo(200);
    assertThat(waits.body().path("version").asLong()).isEqualTo(3);
    assertThat(waits.body().path("state").asText()).isEqualTo("pending");
    assertThat(waits.body().path("rebuild").asBoolean()).isTrue();
    assertThat(effective()).isEqualTo(2);
    assertThat(metastore.get("/datasets/orders").body().path("latestVersion").asLong())
        .isEqualTo(3);
    assertThat(rebuild(back).body().path("version").asLong()).as("the same again").isEqualTo(3);
    Answer paused = rebuild("{\"op\":\"pause\"}");
    assertThat(paused.status()).as("it would wait").isEqualTo(409);
    assertThat(paused.body().path("remedy").asText()).contains("a change of their own");
    assertThat(metastore.get("/datasets/orders/versions").body().at("/items/0/rebuild").asBoolean())
        .isTrue();

    Answer meanwhile = ddl("{\"op\":\"alter_comment\",\"name\":\"note\",\"comment\":\"new\"}");
    assertThat(meanwhile.body().path("version").asLong()).isEqualTo(4);
    assertThat(effective()).as("made from the one in force").isEqualTo(4);
    activate(4, 1);
    Answer left = metastore.get("/datasets/orders/versions/3");
    assertThat(left.body().path("state").asText()).isEqualTo("superseded");
    assertThat(left.body().has("rebuild")).isFalse();

    assertThat(rebuild(back).body().path("version").asLong()).isEqualTo(5);
    assertThat(effective()).isEqualTo(4);
    activate(5, 2);
    assertThat(effective()).as("the cut-over brings it").isEqualTo(5);
    assertThat(metastore.get("/datasets/orders").body().has("rebuild")).isFalse();
  }

  @Test
  void aVersionThatWasMadeWithoutWhatARebuildChangedIsRejectedWhenThatComesIntoForce() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    activate(1, 0);
    rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}");
    ddl("{\"op\":\"alter_comment\",\"name\":\"note\",\"comment\":\"new\"}");
    assertThat(effective()).isEqualTo(3);

    activate(2, 1);

    assertThat(effective()).isEqualTo(2);
    Answer left = metastore.get("/datasets/orders/versions/3");
    assertThat(left.body().path("state").asText()).isEqualTo("rejected");
    assertThat(left.body().at("/activation/reason").asText())
        .contains("made from version 1, and would take back what version 2 changed");
    Answer anew = ddl("{\"op\":\"alter_comment\",\"name\":\"note\",\"comment\":\"new\"}");
    assertThat(anew.body().at("/spec/write/primaryKey/0").asText()).isEqualTo("kind");
    assertThat(effective()).isEqualTo(4);
  }

  @Test
  void aDatasetThatIsPausedOrRetiredDuringACutOverStaysSoUnderTheVersionThatItBrings() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    activate(1, 0);
    rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}");
    assertThat(dml("{\"op\":\"pause\"}").body().path("version").asLong()).isEqualTo(3);

    activate(2, 1);

    Answer kept = metastore.get("/datasets/orders");
    assertThat(kept.body().path("version").asLong()).isEqualTo(4);
    assertThat(kept.body().at("/spec/state").asText()).isEqualTo("paused");
    assertThat(kept.body().at("/spec/write/primaryKey/0").asText()).isEqualTo("kind");
    assertThat(kept.body().path("operation").asText())
        .isEqualTo("paused as version 3, kept over a rebuild");
    activate(2, 1);
    assertThat(effective()).as("a report that is repeated").isEqualTo(4);

    dml("{\"op\":\"resume\"}");
    activate(5, 2);
    rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}");
    assertThat(metastore.send("DELETE", "/datasets/orders", "").status()).isEqualTo(200);
    activate(6, 3);
    Answer retired = metastore.get("/datasets/orders");
    assertThat(retired.body().path("version").asLong()).isEqualTo(8);
    assertThat(retired.body().at("/spec/state").asText()).isEqualTo("retired");
    assertThat(retired.body().at("/spec/write/primaryKey/0").asText()).isEqualTo("id");
    assertThat(metastore.send("DELETE", "/sources/orders", "").status())
        .as("nothing reads it")
        .isEqualTo(200);
  }

  @Test
  void aDatasetThatIsPausedAndResumedDuringACutOverGoesOn() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    activate(1, 0);
    rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}");
    dml("{\"op\":\"pause\"}");
    dml("{\"op\":\"resume\"}");

    activate(2, 1);

    assertThat(effective()).isEqualTo(2);
  }

  @Test
  void aRebuildThatIsGivenUpLeavesTheVersionInForce() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    activate(1, 0);
    rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}");
    assertThat(
            metastore
                .send(
                    "POST",
                    "/activations",
                    "{\"dataset\":\"orders\",\"version\":2,\"outcome\":\"rejected\",\"reason\":\"given up\",\"run\":\"r\"}")
                .status())
        .isEqualTo(204);
    assertThat(effective()).isEqualTo(1);
    assertThat(
            rebuild("{\"op\":\"set_primary_key\",\"columns\":[\"kind\"]}")
                .body()
                .path("version")
                .asLong())
        .isEqualTo(3);
    assertThat(dml("{\"op\":\"pause\"}").body().path("version").asLong()).isEqualTo(4);
    assertThat(effective()).isEqualTo(4);
  }

  @Test
  void aDatasetBecomesAHistoryBeforeThereIsATableAndNotAfter() {
    put("");
    String history = "{\"op\":\"set_mode\",\"mode\":\"history\"}";
    String key = ",{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}";
    String order = ",{\"op\":\"set_order_by\",\"columns\":[\"at\"]}";
    refused(dml(history + key), 400, "/operations/1/columns", "write.orderBy");
    Answer changed = dml(history + key + order);
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().path("operation").asText()).startsWith("set_mode history");
    refused(
        ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"_valid_to\",\"type\":\"int\"}}"),
        400,
        "/operations/0/column/name",
        "_valid_to");
    activate(2, 0);
    refused(
        dml("{\"op\":\"set_mode\",\"mode\":\"upsert\"}"),
        409,
        "/operations/0/mode",
        "several versions of a key");
    refused(
        dml("{\"op\":\"revert_to\",\"version\":1}"),
        409,
        "/operations/0/version",
        "several versions of a key");
  }

  @Test
  void whatADatasetDoesNotAllowIsRefusedHoweverItIsAskedFor() {
    put(",\"allowedChanges\":[\"add_column\"]");
    assertThat(ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}").status())
        .isEqualTo(200);
    refused(
        ddl("{\"op\":\"drop_column\",\"name\":\"note\"}"),
        409,
        "/operations/0/op",
        "does not allow drop_column; it allows [add_column]");
    refused(
        dml("{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}"),
        409,
        "/operations/0/columns",
        "does not allow set_primary_key");
    refused(
        put(",\"allowedChanges\":[\"add_column\"]", "If-Match", "*"),
        409,
        "/columns",
        "drop_column");
    refused(
        dml("{\"op\":\"revert_to\",\"version\":1}"), 409, "/operations/0/version", "drop_column");
    assertThat(dml("{\"op\":\"pause\"}").status()).isEqualTo(200);
  }

  @Test
  void revertingMakesAnEarlierVersionCurrentAndNamesWhatWasWrittenSince() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"city\",\"type\":\"string\"}}");
    activate(2, 17);
    ddl("{\"op\":\"alter_comment\",\"name\":\"note\"}");
    activate(3, 21);
    dml("{\"op\":\"pause\"}");
    Answer reverted = dml("{\"op\":\"revert_to\",\"version\":1}");
    assertThat(reverted.status()).as(reverted.detail()).isEqualTo(200);
    assertThat(reverted.body().path("version").asInt()).isEqualTo(5);
    assertThat(reverted.body().at("/spec/columns")).hasSize(6);
    assertThat(reverted.body().at("/spec/columns/4/comment").asText()).isEqualTo("old");
    assertThat(reverted.body().at("/spec/state").asText()).isEqualTo("paused");
    assertThat(reverted.body().at("/written/since/orders").asInt()).isEqualTo(17);
    assertThat(reverted.body().at("/written/command").asText())
        .isEqualTo(
            "./tributary backfill --dataset orders --mode replace --version 5 --from-sequence"
                + " orders=17");
    refused(
        dml("{\"op\":\"revert_to\",\"version\":9}"), 404, "/operations/0/version", "no version 9");
  }

  @Test
  void anUpsertTableIsWrittenAnewBesideTheOldOneSinceNoRangeOfItCanBeReplaced() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}");
    activate(1, 0);
    ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"city\",\"type\":\"string\"}}");
    activate(2, 17);

    Answer reverted = dml("{\"op\":\"revert_to\",\"version\":1}");

    assertThat(reverted.body().at("/written/command").asText())
        .isEqualTo(
            "./tributary backfill --dataset orders --mode fill --version 3 --into"
                + " s3a://lake/orders_again");
  }

  @Test
  void aTableOfWhichNoRangeCanBeReplacedIsWrittenAnewToo() {
    String step =
        "{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"x\",\"kind\":\"combine\"}"
            .formatted("a".repeat(64));
    for (String[] of :
        new String[][] {
          {"combined", "", ",\"transforms\":[" + step + "]", "s3a://lake/combined_again"},
          {"kept", ",\"properties\":{\"delta.appendOnly\":\"true\"}", "", "s3a://lake/kept_again"},
          {"my own", "", "", "'s3a://lake/my own_again'"}
        }) {
      String name = of[0].replace(" ", "_");
      boolean merged = of[1].isEmpty() && of[2].isEmpty();
      String document =
          DATASET
              .formatted(of[2])
              .replace("s3a://lake/orders\"", "s3a://lake/" + of[0] + "\"" + of[1]);
      assertThat(metastore.send("PUT", "/datasets/" + name, document).status()).isEqualTo(201);
      active(name, 1, 0);
      String change =
          merged
              ? "{\"op\":\"set_mode\",\"mode\":\"upsert\"},{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}"
              : "{\"op\":\"pause\"}";
      of(name, change);
      active(name, 2, 17);
      Answer reverted = of(name, "{\"op\":\"revert_to\",\"version\":1},{\"op\":\"resume\"}");
      assertThat(reverted.body().at("/written/command").asText())
          .as(reverted.response().body())
          .isEqualTo(
              "./tributary backfill --dataset %s --mode fill --version 3 --into %s"
                  .formatted(name, of[3]));
    }
  }

  private Answer of(String table, String operations) {
    return metastore.send(
        "POST", "/dml", "{\"table\":\"%s\",\"operations\":[%s]}".formatted(table, operations));
  }

  private void active(String dataset, int version, int sequence) {
    metastore.send(
        "POST",
        "/activations",
        "{\"dataset\":\"%s\",\"version\":%d,\"outcome\":\"active\",\"sequences\":{\"orders\":%d},\"run\":\"r\"}"
            .formatted(dataset, version, sequence));
  }

  @Test
  void whatMarksADeleteStaysUnlessItIsSetOrTakenAway() {
    put(",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"],\"deleteWhen\":\"kind = 'x'\"}");
    String set = "{\"op\":\"set_deletes\",\"deletes\":\"%s\"%s}";
    assertThat(dml(set.formatted("ignore", "")).body().at("/spec/write/deleteWhen").asText())
        .isEqualTo("kind = 'x'");
    assertThat(
            dml(set.formatted("hard", ",\"deleteWhen\":\"kind = 'y'\""))
                .body()
                .at("/spec/write/deleteWhen")
                .asText())
        .isEqualTo("kind = 'y'");
    refused(
        dml(set.formatted("hard", ",\"deleteWhen\":1")),
        400,
        "/operations/0/deleteWhen",
        "which is no text");
    Answer none = dml(set.formatted("hard", ",\"deleteWhen\":null"));
    assertThat(none.status()).as(none.detail()).isEqualTo(200);
    assertThat(none.body().at("/spec/write").has("deleteWhen")).isFalse();
  }

  @Test
  void whatMeansNothingToAppendedRowsIsRefusedAndGoesWithTheMode() {
    refused(
        put(",\"write\":{\"deleteWhen\":\"kind = 'x'\"}"), 400, "/write/deleteWhen", "no effect");
    refused(put(",\"write\":{\"deletes\":\"soft\"}"), 400, "/write/deletes", "no effect");
    refused(
        withTarget("\"mergeStrategy\":\"merge-on-read\""),
        400,
        "/target/mergeStrategy",
        "no effect");
    put("");
    refused(
        dml("{\"op\":\"set_deletes\",\"deletes\":\"soft\"}"),
        400,
        "/operations/0/deletes",
        "no effect");
    String upsert =
        DATASET
            .formatted(
                ",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"],\"deleteWhen\":\"kind = 'x'\"}")
            .replace(
                "s3a://lake/orders\"", "s3a://lake/orders\",\"mergeStrategy\":\"merge-on-read\"");
    Answer merged = metastore.send("PUT", "/datasets/orders", upsert, "If-Match", "*");
    assertThat(merged.status()).as(merged.detail()).isEqualTo(200);
    Answer appended = dml("{\"op\":\"set_mode\",\"mode\":\"append\"}");
    assertThat(appended.status()).as(appended.detail()).isEqualTo(200);
    assertThat(appended.body().at("/spec/write").has("deleteWhen")).isFalse();
    assertThat(
            metastore
                .send(
                    "PUT",
                    "/datasets/orders",
                    appended.body().path("spec").toString(),
                    "If-Match",
                    "*")
                .status())
        .as("what it answers can be put again")
        .isEqualTo(200);
  }

  @Test
  void aDocumentAddsAColumnUnderANameThatAnotherHadBefore() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"rename_column\",\"name\":\"note\",\"to\":\"remark\"}");
    String remark =
        "{\"name\":\"remark\",\"type\":\"string\",\"comment\":\"old\",\"path\":\"note\"}";
    String note = ",{\"name\":\"note\",\"type\":\"string\",\"path\":\"memo\"}]}";
    String byName =
        DATASET
            .formatted("")
            .replace("{\"name\":\"note\",\"type\":\"string\",\"comment\":\"old\"}", remark)
            .replace("]}", note);
    Answer added = metastore.send("PUT", "/datasets/orders", byName, "If-Match", "*");
    assertThat(added.status()).as(added.detail()).isEqualTo(200);
    assertThat(ids(added)).containsExactly("", "", "", "", "0.note", "", "3.7");

    Answer same = metastore.send("PUT", "/datasets/orders", byName, "If-Match", "*");
    assertThat(same.body().path("version").asInt()).as(same.detail()).isEqualTo(3);
    ObjectNode whole = (ObjectNode) same.body().path("spec");
    ((ObjectNode) whole.at("/columns/6")).put("name", "memo");
    ((ArrayNode) whole.path("columns")).addObject().put("name", "note").put("type", "string");
    Answer byId = metastore.send("PUT", "/datasets/orders", whole.toString(), "If-Match", "*");
    assertThat(byId.status()).as(byId.detail()).isEqualTo(200);
    assertThat(ids(byId)).containsExactly("", "", "", "", "0.note", "", "3.7", "4.8");
    refused(
        metastore.send(
            "PUT",
            "/datasets/orders",
            whole.toString().replace("\"3.7\"", "\"5.7\""),
            "If-Match",
            "*"),
        409,
        "/columns/6/id",
        "No column of the dataset has the id '5.7'");
  }

  @Test
  void aDocumentThatStillHasTheFormerNameAloneRenamesTheColumnBack() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"rename_column\",\"name\":\"note\",\"to\":\"remark\"}");
    Answer back = put("", "If-Match", "*");
    assertThat(back.status()).as(back.detail()).isEqualTo(200);
    assertThat(back.body().at("/spec/columns")).hasSize(6);
    assertThat(ids(back)).containsExactly("", "", "", "", "", "");
  }

  @Test
  void whereAColumnIsReadAndItsDefaultAreChangesThatADatasetAllowsOrNot() {
    String only = ",\"allowedChanges\":[\"%s\"]";
    put(only.formatted("set_path"));
    String path = "\"name\":\"kind\",\"path\":\"sort\"";
    String byDefault = "\"name\":\"kind\",\"default\":\"none\"";
    String document = DATASET.formatted(only.formatted("set_path"));
    refused(
        metastore.send(
            "PUT",
            "/datasets/orders",
            document.replace("\"name\":\"kind\"", byDefault),
            "If-Match",
            "*"),
        409,
        "/columns/5/default",
        "does not allow set_default; it allows [set_path]");
    Answer moved =
        metastore.send(
            "PUT",
            "/datasets/orders",
            document.replace("\"name\":\"kind\"", path).replace("\"set_path\"", "\"set_default\""),
            "If-Match",
            "*");
    assertThat(moved.status()).as(moved.detail()).isEqualTo(200);
    refused(
        metastore.send("PUT", "/datasets/orders", document, "If-Match", "*"),
        409,
        "/columns/5/path",
        "does not allow set_path");
  }

  @Test
  void aPathIsFieldNamesAndATypeIsTheSameHoweverItIsWritten() {
    String column =
        "{\"op\":\"add_column\",\"column\":{\"name\":\"n\",\"type\":\"int\",\"path\":\"%s\"}}";
    put("");
    for (String path : new String[] {"a..b", "", ".a", "a."}) {
      refused(
          ddl(column.formatted(path)),
          400,
          "/operations/0/column/path",
          "in which a name is empty");
    }
    ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"sum\",\"type\":\"decimal(10)\"}}");
    activate(2, 0);
    ObjectNode spec = (ObjectNode) metastore.get("/datasets/orders").body().path("spec");
    for (String type : new String[] {"decimal(10,0)", "decimal"}) {
      ((ObjectNode) spec.at("/columns/6")).put("type", type);
      Answer same = metastore.send("PUT", "/datasets/orders", spec.toString(), "If-Match", "*");
      assertThat(same.status()).as(same.detail()).isEqualTo(200);
    }
    ((ObjectNode) spec.at("/columns/6")).put("type", "decimal(9)");
    refused(
        metastore.send("PUT", "/datasets/orders", spec.toString(), "If-Match", "*"),
        409,
        "/columns/6/type",
        "cannot widen");
  }

  @Test
  void aPageOfLongDatasetsEndsBeforeItIsTooLarge() {
    StringBuilder columns = new StringBuilder();
    for (int i = 0; i < 4_000; i++) {
      columns.append(
          ",{\"name\":\"c%d\",\"type\":\"string\",\"comment\":\"%s\"}"
              .formatted(i, "x".repeat(100)));
    }
    for (int i = 0; i < 4; i++) {
      String document =
          DATASET.formatted("").replace("lake/orders", "lake/d" + i).replace("]}", columns + "]}");
      assertThat(metastore.send("PUT", "/datasets/d" + i, document).status()).isEqualTo(201);
    }
    List<Integer> sizes = new ArrayList<>();
    List<String> names = new ArrayList<>();
    String path = "/datasets?limit=1000";
    while (!path.isEmpty()) {
      Answer page = metastore.get(path);
      assertThat(page.response().body().length()).isLessThan(1_500_000);
      sizes.add(page.body().path("items").size());
      page.body().path("items").forEach(item -> names.add(item.path("name").asText()));
      String token = page.body().path("nextPageToken").asText("");
      path = token.isEmpty() ? "" : "/datasets?limit=1000&pageToken=" + token;
    }
    assertThat(names).containsExactly("d0", "d1", "d2", "d3");
    assertThat(sizes).hasSizeGreaterThan(1);
    assertThat(metastore.admin().list("datasets")).hasSize(4);
  }

  @Test
  void aDryRunSaysWhatWouldHappenAndChangesNothing() {
    Answer created = metastore.send("PUT", "/datasets/orders?dryRun=true", DATASET.formatted(""));
    assertThat(created.status()).isEqualTo(200);
    assertThat(created.body().path("dryRun").asBoolean()).isTrue();
    assertThat(created.body().path("version").asInt()).isEqualTo(1);
    assertThat(metastore.get("/datasets/orders").status()).isEqualTo(404);
    assertThat(metastore.get("/sources/orders").status()).isEqualTo(404);
    put("");
    String body =
        "{\"table\":\"orders\",\"operations\":[{\"op\":\"drop_column\",\"name\":\"note\"}]}";
    Answer tried = metastore.send("POST", "/ddl?dryRun=true", body, "Idempotency-Key", "k");
    assertThat(tried.body().at("/diff/0/path").asText()).isEqualTo("/columns/note");
    assertThat(tried.header("ETag")).isEmpty();
    assertThat(metastore.send("POST", "/ddl?dryRun=maybe", body).code())
        .isEqualTo("request-invalid");
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(1);
    assertThat(
            metastore
                .send("POST", "/ddl", body, "Idempotency-Key", "k")
                .header("Idempotency-Replayed"))
        .isEmpty();
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(2);
  }

  @Test
  void aRequestThatIsRepeatedWithItsKeyIsCarriedOutOnce() {
    put("");
    String add = "{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}";
    Answer first = ddl(add, "Idempotency-Key", "key-1");
    metastore.close();
    metastore = new RunningMetastore(folder);
    Answer again = ddl(add, "Idempotency-Key", "key-1");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(2);
    Answer other = dml("{\"op\":\"pause\"}", "Idempotency-Key", "key-1");
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.code()).isEqualTo("idempotency-key-reused");
    Answer refused = ddl(add, "Idempotency-Key", "key-2");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(ddl(add.replace("\"a\"", "\"b\""), "Idempotency-Key", "key-2").status())
        .as("a refusal keeps no key")
        .isEqualTo(200);
    assertThat(ddl(add, "Idempotency-Key", "x".repeat(300)).code()).isEqualTo("request-invalid");
  }

  @Test
  void columnsCanBeDescribedByASchemaOrByAMessage() {
    JsonNode columns =
        spec(
            """
            "schema":{"required":["id","$ref-ed"],"properties":{
               "id":{"type":"integer","description":"the key"},
               "at":{"type":"string","format":"date-time"},
               "tags":{"type":"array","items":{"type":"string"}},
               "$ref-ed":{"$ref":"#/$defs/place"},
               "mixed":{"type":["string","null"]},
               "many":{"type":"object","additionalProperties":{"type":"number"}}},
             "$defs":{"place":{"properties":{"lat":{"type":"number"},"ok":{"type":"boolean"}}}}}
            """);
    assertThat(columns.at("/0/type").asText()).isEqualTo("bigint");
    assertThat(columns.at("/0/nullable").asBoolean()).isFalse();
    assertThat(columns.at("/0/comment").asText()).isEqualTo("the key");
    assertThat(columns.at("/1/type").asText()).isEqualTo("timestamp");
    assertThat(columns.at("/1/nullable").asBoolean()).isTrue();
    assertThat(columns.at("/2/type").asText()).isEqualTo("array<string>");
    assertThat(columns.at("/3/type").asText()).isEqualTo("struct<lat:double,ok:boolean>");
    assertThat(columns.at("/4/type").asText()).isEqualTo("string");
    assertThat(columns.at("/5/type").asText()).isEqualTo("map<string,double>");
    JsonNode seen =
        spec(
            """
            "example":{"id":1,"price":1.5,"at":"2026-01-01T00:00:00Z","day":"2026-01-01",
              "who":{"name":"x","old":false},"list":[1,2.5],"nothing":null}
            """);
    assertThat(types(seen))
        .containsExactly(
            "bigint",
            "double",
            "timestamp",
            "date",
            "struct<name:string,old:boolean>",
            "array<double>",
            "string");
    refused(
        describe("\"schema\":{\"properties\":{\"a\":{\"$ref\":\"#/$defs/no\"}}}"),
        400,
        "/schema/properties/a/$ref",
        "leads nowhere");
    refused(
        describe("\"example\":{\"a\":1},\"columns\":[]"), 400, "/example", "[columns, example]");
  }

  private Answer describe(String described) {
    return metastore.send(
        "PUT",
        "/datasets/d?dryRun=true",
        """
        {"source":{"topic":"d","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
         "target":{"path":"s3a://lake/d"},%s}
        """
            .formatted(described));
  }

  private JsonNode spec(String described) {
    Answer answer = describe(described);
    assertThat(answer.status()).as(answer.detail()).isEqualTo(200);
    return answer.body().at("/spec/columns");
  }

  private static List<String> types(JsonNode columns) {
    List<String> types = new ArrayList<>();
    columns.forEach(column -> types.add(column.path("type").asText()));
    return types;
  }

  @Test
  void whatDriversDoNotImplementIsRefusedByName() {
    Answer answer = put(",\"format\":\"avro\"");
    assertThat(answer.code()).isEqualTo("not-supported");
    assertThat(answer.pointer()).isEqualTo("/format");
    assertThat(put(",\"unknownFields\":\"ignore\",\"format\":\"json\"").status()).isEqualTo(201);
  }

  @Test
  void maintenanceIsCheckedFieldByFieldAndLeftOutWhereItSaysWhatIsDoneAnyhow() {
    for (String[] wrong :
        new String[][] {
          {"[]", "/maintenance"},
          {"{\"optimise\":true}", "/maintenance/optimise"},
          {"{\"optimize\":\"often\"}", "/maintenance/optimize"},
          {"{\"fileBytes\":1000}", "/maintenance/fileBytes"},
          {"{\"minFiles\":1}", "/maintenance/minFiles"},
          {"{\"retainHours\":167}", "/maintenance/retainHours"},
          {"{\"afterBatches\":0}", "/maintenance/afterBatches"},
          {"{\"atMostMillis\":999}", "/maintenance/atMostMillis"},
          {
            "{\"afterBatches\":5,\"optimize\":false,\"purgeDeletionVectors\":false}",
            "/maintenance/afterBatches"
          }
        }) {
      refused(put(",\"maintenance\":" + wrong[0]), 400, wrong[1], "");
    }
    assertThat(put(",\"maintenance\":{\"vacuum\":true}").body().path("spec").has("maintenance"))
        .isFalse();
    Answer told = put(",\"maintenance\":{\"vacuum\":false,\"afterBatches\":20}", "If-Match", "*");
    assertThat(told.body().at("/spec/maintenance/vacuum").asBoolean(true)).isFalse();
    assertThat(told.body().at("/spec/maintenance/afterBatches").asInt()).isEqualTo(20);
    assertThat(told.body().at("/spec/maintenance/minFiles").asInt()).isEqualTo(8);
  }

  @Test
  void coordinatesHaveNamesThatNoOtherColumnHasAndKeepThem() {
    for (String[] wrong :
        new String[][] {
          {"[]", "/coordinates"},
          {"{\"key\":\"k\"}", "/coordinates/key"},
          {"{\"topic\":\"my topic\"}", "/coordinates/topic"},
          {"{\"topic\":\"_offset\"}", "/coordinates/topic"},
          {"{\"topic\":\"_Deleted\"}", "/coordinates/topic"},
          {"{\"topic\":\"_valid_from\"}", "/coordinates/topic"},
          {"{\"topic\":\"_rescued\"}", "/coordinates/topic"},
          {"{\"topic\":\"src\",\"offset\":\"SRC\"}", "/coordinates/offset"},
          {"{\"row\":\"ID\"}", "/coordinates/row"}
        }) {
      refused(put(",\"coordinates\":" + wrong[0]), 400, wrong[1], "");
    }
    assertThat(put(",\"coordinates\":{}").body().path("spec").has("coordinates")).isFalse();
    Answer told = put(",\"coordinates\":{\"offset\":\"kafka_offset\"}", "If-Match", "*");
    assertThat(told.status()).as("there is no table yet").isEqualTo(200);
    assertThat(told.body().at("/spec/coordinates/offset").asText()).isEqualTo("kafka_offset");
    assertThat(told.body().at("/spec/coordinates/topic").asText()).isEqualTo("_topic");
    activate(2, 0);
    refused(
        put(",\"coordinates\":{\"offset\":\"o\"}", "If-Match", "*"),
        409,
        "/coordinates",
        "which cannot become");
  }

  @Test
  void triggerAndRetriesAreCheckedFieldByFieldAndLeftOutWhereNothingIsSaid() {
    for (String[] wrong :
        new String[][] {
          {"\"trigger\":\"10s\"", "/trigger"},
          {"\"trigger\":{\"intervalMillis\":-1}", "/trigger/intervalMillis"},
          {"\"trigger\":{\"intervalMillis\":86400001}", "/trigger/intervalMillis"},
          {"\"trigger\":{\"every\":1}", "/trigger/every"},
          {"\"retries\":{\"attempts\":0}", "/retries/attempts"},
          {"\"retries\":{\"baseMillis\":-1}", "/retries/baseMillis"},
          {"\"retries\":{\"baseMillis\":10,\"capMillis\":9}", "/retries/capMillis"}
        }) {
      refused(put("," + wrong[0]), 400, wrong[1], "");
    }
    Answer plain = put("");
    assertThat(plain.body().path("spec").has("trigger")).isFalse();
    assertThat(plain.body().path("spec").has("retries")).isFalse();
    Answer told =
        put(
            ",\"trigger\":{\"intervalMillis\":3600000},\"retries\":{\"attempts\":3,\"capMillis\":5000}",
            "If-Match",
            "*");
    assertThat(told.body().at("/spec/trigger/intervalMillis").asLong()).isEqualTo(3_600_000);
    assertThat(told.body().at("/spec/retries/attempts").asInt()).isEqualTo(3);
    assertThat(told.body().at("/spec/retries").has("baseMillis")).isFalse();
  }

  @Test
  void unknownFieldsAreRescuedFromSomeVersionOnIntoAColumnThatKeepsItsName() {
    put(",\"unknownFields\":\"ignore\"");
    activate(1, 0);
    assertThat(metastore.get("/datasets/orders").body().path("spec").has("unknownFields"))
        .as("old readers read what does not use it")
        .isFalse();
    Answer rescued = unknown("{\"policy\":\"rescue\",\"column\":\"_rest\"}");
    assertThat(rescued.status()).as(rescued.detail()).isEqualTo(200);
    assertThat(rescued.body().at("/diff/0/path").asText()).isEqualTo("/unknownFields");
    assertThat(rescued.body().at("/spec/unknownFields/column").asText()).isEqualTo("_rest");
    activate(2, 0);
    assertThat(
            unknown("{\"policy\":\"rescue\",\"column\":\"_rest\"}").body().path("version").asInt())
        .isEqualTo(2);
    refused(unknown("\"rescue\""), 409, "/unknownFields/column", "cannot become '[_rescued]'");
    assertThat(unknown("\"quarantine\"").body().at("/spec/unknownFields").asText())
        .isEqualTo("quarantine");
    assertThat(unknown("\"rescue\"").status()).isEqualTo(200);
    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"note\",\"to\":\"_Rescued\"}"),
        400,
        "/operations/0/to",
        "another column of this name");

    put(",\"allowedChanges\":[\"add_column\"]", "If-Match", "*");
    refused(
        put(",\"allowedChanges\":[\"add_column\"],\"unknownFields\":\"rescue\"", "If-Match", "*"),
        409,
        "/unknownFields",
        "does not allow set_unknown_fields");
  }

  private Answer found(int version, String operation) {
    return metastore.send(
        "POST",
        "/datasets/orders/columns",
        "{\"version\":%d,\"operations\":[%s]}".formatted(version, operation));
  }

  private int versions() {
    return metastore.get("/datasets/orders/versions").body().path("items").size();
  }

  @Test
  void anEvolvingDatasetTakesOnceWhatItsDriverHasFoundAndNotAgainWhatWasRejected() {
    put(",\"unknownFields\":\"evolve\"");
    activate(1, 0);
    List<DdlOperation> changes =
        List.of(
            new DdlOperation.AddColumn(ColumnSpec.of("coupon", "string")),
            new DdlOperation.WidenColumn("count", "bigint"));
    HttpMetastore driver = metastore.reader();
    driver.foundColumns("orders", 1, changes, "found in records");

    Answer now = metastore.get("/datasets/orders");
    assertThat(now.body().path("version").asInt()).isEqualTo(2);
    assertThat(now.body().path("state").asText()).isEqualTo("pending");
    assertThat(now.body().path("operation").asText())
        .isEqualTo("add_column coupon, widen_column count to bigint");
    assertThat(now.body().path("reason").asText()).isEqualTo("found in records");
    assertThat(ids(now)).containsExactly("", "", "", "", "", "", "2.1");
    assertThatThrownBy(() -> driver.foundColumns("orders", 1, changes, "found in records"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.VERSION_CONFLICT));
    assertThat(versions()).isEqualTo(2);

    assertThat(
            metastore
                .send(
                    "POST",
                    "/activations",
                    "{\"dataset\":\"orders\",\"version\":2,\"outcome\":\"rejected\",\"reason\":\"No room.\",\"run\":\"r\"}")
                .status())
        .isEqualTo(204);
    assertThatThrownBy(() -> driver.foundColumns("orders", 1, changes, "found in records"))
        .as("a driver that begins anew does not know that it was rejected")
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_REFUSED))
        .hasMessageContaining("Version 2 of the dataset orders had these columns")
        .hasMessageContaining("No room.");
    assertThat(versions()).isEqualTo(2);
    driver.foundColumns("orders", 1, changes.subList(0, 1), "found in records");
    assertThat(versions()).isEqualTo(3);
  }

  @Test
  void aDriverChangesNothingOfADatasetButWhatItsPolicyAndItsAllowedChangesTake() {
    String keyed =
        ",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"],\"orderBy\":[\"count\"]},\"unknownFields\":\"%s\",\"allowedChanges\":[%s\"add_column\",\"drop_column\",\"set_unknown_fields\"]";
    put(keyed.formatted("evolve", "\"widen_column\","));
    for (String[] bad :
        new String[][] {
          {"{\"op\":\"drop_column\",\"name\":\"note\"}", "/operations/0/op", "nothing else"},
          {
            "{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\",\"path\":\"b.a\"}}",
            "/operations/0/column",
            "more than a name and a type"
          },
          {
            "{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\",\"nullable\":false}}",
            "/operations/0/column",
            "not nullable"
          },
          {
            "{\"op\":\"add_column\",\"column\":{\"name\":\"NOTE\",\"type\":\"int\"}}",
            "/operations/0/column/name",
            "ignoring case"
          },
          {
            "{\"op\":\"widen_column\",\"name\":\"ID\",\"type\":\"decimal(20,0)\"}",
            "/operations/0/name",
            "belongs to the key"
          },
          {
            "{\"op\":\"widen_column\",\"name\":\"count\",\"type\":\"bigint\"}",
            "/operations/0/name",
            "the order"
          },
          {
            "{\"op\":\"widen_column\",\"name\":\"note\",\"type\":\"int\"}",
            "/operations/0/type",
            "cannot widen"
          }
        }) {
      refused(found(1, bad[0]), 409, bad[1], bad[2]);
    }
    String wider = "{\"op\":\"widen_column\",\"name\":\"price\",\"type\":\"decimal(12,2)\"}";
    put(keyed.formatted("evolve", ""), "If-Match", "*");
    refused(found(2, wider), 409, "/operations/0/op", "does not allow widen_column");
    put(keyed.formatted("rescue", "\"widen_column\","), "If-Match", "*");
    refused(found(3, wider), 409, "", "do not evolve");
    assertThat(versions()).isEqualTo(3);
    put(keyed.formatted("evolve", "\"widen_column\","), "If-Match", "*");
    assertThat(found(4, wider).status()).isEqualTo(200);
  }

  @Test
  void whatUnknownFieldsCannotBeIsRefused() {
    for (String[] bad :
        new String[][] {
          {"\"resuce\"", "/unknownFields", "Use ignore, rescue, evolve or quarantine"},
          {"5", "/unknownFields", "Use ignore, rescue, evolve or quarantine"},
          {"{\"column\":\"_rest\"}", "/unknownFields", "Use ignore, rescue, evolve or quarantine"},
          {"{\"policy\":\"rescue\",\"colum\":\"c\"}", "/unknownFields", "Did you mean column?"},
          {"{\"policy\":\"rescue\",\"column\":\"a b\"}", "/unknownFields/column", "underscores"},
          {
            "{\"policy\":\"quarantine\",\"column\":\"_rest\"}",
            "/unknownFields/column",
            "only the policies rescue and evolve"
          },
          {
            "{\"policy\":\"rescue\",\"column\":\"NOTE\"}", "/unknownFields/column", "another column"
          },
          {
            "{\"policy\":\"rescue\",\"column\":\"_Offset\"}",
            "/unknownFields/column",
            "another column"
          }
        }) {
      refused(put(",\"unknownFields\":" + bad[0]), 400, bad[1], bad[2]);
    }
    Answer derived =
        metastore.send(
            "PUT",
            "/datasets/orders",
            DATASET
                .formatted(",\"unknownFields\":{\"policy\":\"rescue\",\"column\":\"day\"}")
                .replace(
                    "s3a://lake/orders\"",
                    "s3a://lake/orders\",\"partitionBy\":[\"day(at) as day\"]"));
    refused(derived, 400, "/unknownFields/column", "another column");
  }

  private Answer unknown(String json) {
    return put(",\"unknownFields\":" + json, "If-Match", "*");
  }

  @Test
  void expectationsAreSetCheckedAndStandInTheWayOfTheColumnsThatTheyName() {
    put(",\"allowedChanges\":[\"set_checks\",\"rename_column\",\"drop_column\"]");
    activate(1, 0);
    String set = "{\"op\":\"set_checks\",\"checks\":%s}";
    String one = "{\"name\":\"%s\",\"expression\":\"%s\"%s}";
    Answer changed =
        dml(
            set.formatted(
                "{\"expectations\":[%s,%s]}"
                    .formatted(
                        one.formatted("known", "note is not null", ""),
                        one.formatted("positive", "price > 0", ",\"policy\":\"drop\""))));
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().path("operation").asText()).isEqualTo("set_checks known, positive");
    assertThat(changed.body().path("state").asText()).isEqualTo("pending");
    assertThat(changed.body().at("/spec/checks/expectations/0/policy").asText()).isEqualTo("warn");
    assertThat(changed.body().at("/spec/checks/expectations/1/policy").asText()).isEqualTo("drop");
    assertThat(changed.body().at("/diff/0/path").asText()).startsWith("/checks");

    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"price\",\"to\":\"cost\"}"),
        409,
        "/operations/0/name",
        "named by the expectation positive");
    refused(
        ddl("{\"op\":\"drop_column\",\"name\":\"note\"}"),
        409,
        "/operations/0/name",
        "named by the expectation known");
    Answer weaker =
        dml(
            set.formatted(
                "{\"expectations\":[%s]}".formatted(one.formatted("positive", "price > 0", ""))));
    assertThat(weaker.body().at("/diff/0/path").asText()).isEqualTo("/checks/expectations/known");
    assertThat(weaker.body().at("/diff/1/path").asText())
        .isEqualTo("/checks/expectations/positive/policy");
    assertThat(ddl("{\"op\":\"drop_column\",\"name\":\"note\"}").status()).isEqualTo(200);

    for (String[] wrong :
        new String[][] {
          {one.formatted("a", " ", ""), "/0/expression", "which is not allowed"},
          {one.formatted("No", "true", ""), "/0/name", "'No', which is not allowed"},
          {one.formatted("a", "true", ",\"policy\":\"log\""), "/0/policy", "'log'"},
          {"{\"name\":\"a\"}", "/0/expression", "is missing"},
          {one.formatted("a", "true", "") + "," + one.formatted("a", "false", ""), "", "'a'"}
        }) {
      refused(
          dml(set.formatted("{\"expectations\":[" + wrong[0] + "]}")),
          400,
          "/operations/0/checks/expectations" + wrong[1],
          wrong[2]);
      refused(
          put(",\"checks\":{\"expectations\":[" + wrong[0] + "]}", "If-Match", "*"),
          400,
          "/checks/expectations" + wrong[1],
          wrong[2]);
    }
    refused(dml(set.formatted("null")), 400, "/operations/0/checks", "checks");
    refused(dml(set.formatted("[]")), 400, "/operations/0/checks", "not of its type");
    assertThat(dml(set.formatted("{}")).body().at("/spec/checks/expectations")).isEmpty();
  }

  @Test
  void aJsonSchemaIsLookedAtWhenItIsSetAndChangesOfChecksAreTakenOnlyWhereAllowed() {
    put("");
    String set = "{\"op\":\"set_checks\",\"checks\":{\"jsonSchema\":%s}}";
    String id = "{\"schema\":{\"required\":[\"id\"]}%s}";
    Answer changed = dml(set.formatted(id.formatted("")));
    assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
    assertThat(changed.body().path("operation").asText()).isEqualTo("set_checks json-schema");
    assertThat(changed.body().at("/spec/checks/jsonSchema").toString())
        .isEqualTo("{\"schema\":{\"required\":[\"id\"]},\"mode\":\"lenient\",\"policy\":\"warn\"}");
    assertThat(dml(set.formatted(id.formatted(",\"mode\":\"strict\""))).status()).isEqualTo(200);

    for (String[] wrong :
        new String[][] {
          {"{}", "/schema", "is missing"},
          {"{\"schema\":true}", "/schema", "is an object"},
          {"{\"schema\":{\"type\":\"objekt\"}}", "/schema/type", "no JSON Schema"},
          {"{\"schema\":{\"items\":{\"$ref\":\"http://a/b\"}}}", "/schema/items/$ref", "fetched"},
          {id.formatted(",\"mode\":\"loose\""), "/mode", "loose"},
          {id.formatted(",\"policy\":\"log\""), "/policy", "log"},
          {id.formatted(",\"file\":\"a\""), "/file", "file"}
        }) {
      refused(
          dml(set.formatted(wrong[0])),
          400,
          "/operations/0/checks/jsonSchema" + wrong[1],
          wrong[2]);
      refused(
          put(",\"checks\":{\"jsonSchema\":" + wrong[0] + "}", "If-Match", "*"),
          400,
          "/checks/jsonSchema" + wrong[1],
          wrong[2]);
    }

    put(",\"allowedChanges\":[\"add_column\"]", "If-Match", "*");
    refused(
        dml(set.formatted(id.formatted(""))),
        409,
        "/operations/0/checks",
        "does not allow set_checks");
    refused(
        put(
            ",\"allowedChanges\":[\"add_column\"],\"checks\":{\"jsonSchema\":"
                + id.formatted("")
                + "}",
            "If-Match",
            "*"),
        409,
        "/checks",
        "does not allow set_checks");
  }

  @Test
  void anEventTimeThatIsNewSetsAsideWhatIsUnusable() {
    String set = "{\"op\":\"set_checks\",\"checks\":{\"eventTime\":{\"column\":\"at\",%s}}}";
    String unusable = "/spec/checks/eventTime/unusable";
    put("");
    Answer brought = dml(set.formatted("\"latenessMillis\":5"));
    assertThat(brought.status()).as(brought.detail()).isEqualTo(200);
    assertThat(brought.body().at(unusable).asText()).isEqualTo("quarantine");
    Answer again = dml(set.formatted("\"latenessMillis\":5"));
    assertThat(again.body().path("version").asInt()).isEqualTo(2);
    refused(
        dml(set.formatted("\"latenessMillis\":5,\"unusable\":\"table\"")),
        400,
        "/operations/0/checks/eventTime/unusable",
        "table");

    Answer written = dml(set.formatted("\"latenessMillis\":5,\"unusable\":null"));
    assertThat(written.body().path("version").asInt()).isEqualTo(3);
    assertThat(written.body().at(unusable).isMissingNode()).isTrue();
    Answer later = dml(set.formatted("\"latenessMillis\":6"));
    assertThat(later.body().at(unusable).isMissingNode()).as("what went on goes on").isTrue();

    Answer gone = dml("{\"op\":\"set_checks\",\"checks\":{}}");
    assertThat(gone.body().path("version").asInt()).isEqualTo(5);
    assertThat(dml("{\"op\":\"revert_to\",\"version\":3}").body().at(unusable).isMissingNode())
        .as("an earlier version comes back as it was")
        .isTrue();
    assertThat(dml("{\"op\":\"revert_to\",\"version\":2}").body().at(unusable).asText())
        .isEqualTo("quarantine");
  }

  @Test
  void theTablesLayoutIsCheckedFieldByField() {
    for (String[] target :
        new String[][] {
          {"\"partitionBy\":[\"day(nothing)\"]", "/target/partitionBy", "not a declared column"},
          {"\"partitionBy\":[\"day(note)\"]", "/target/partitionBy", "derive from a timestamp"},
          {"\"partitionBy\":[\"day(at) as kind\"]", "/target/partitionBy", "has a column kind"},
          {"\"compression\":\"brotli\"", "/target/compression", "brotli"},
          {"\"clusterBy\":[\"nothing\"]", "/target/clusterBy", "not a declared column"},
          {"\"clusterBy\":[\"kind\",\"KIND\"]", "/target/clusterBy", "once"},
          {
            "\"clusterBy\":[\"id\",\"at\",\"count\",\"price\",\"note\"]",
            "/target/clusterBy",
            "four columns at most"
          },
          {
            "\"partitionBy\":[\"kind\"],\"clusterBy\":[\"id\"]",
            "/target/clusterBy",
            "clustered or partitioned"
          },
          {
            "\"properties\":{\"delta.setTransactionRetentionDuration\":\"interval 1 day\"}",
            "/target/properties/delta.setTransactionRetentionDuration",
            "forget which plans"
          },
          {
            "\"properties\":{\"delta.logRetentionDuration\":\"interval 2 hours\"}",
            "/target/properties/delta.logRetentionDuration",
            "a day at least"
          },
          {
            "\"mergeStrategy\":\"merge-on-read\",\"properties\":{\"delta.enableDeletionVectors\":\"false\"}",
            "/target/properties/delta.enableDeletionVectors",
            "says it already"
          }
        }) {
      Answer answer = withTarget(target[0]);
      assertThat(answer.status()).as(answer.detail()).isBetween(400, 409);
      assertThat(answer.pointer()).isEqualTo(target[1]);
      assertThat(answer.detail()).contains(target[2]);
    }
    Answer put =
        withTarget(
            "\"partitionBy\":[\"kind\",\"day(at)\",\"hour(at) as"
                + " hour\"],\"compression\":\"zstd\",\"properties\":{\"delta.logRetentionDuration\":\"interval"
                + " 7 days\"}");
    assertThat(put.status()).as(put.detail()).isEqualTo(201);
    activate(1, 0);
    refused(
        ddl("{\"op\":\"rename_column\",\"name\":\"at\",\"to\":\"happened\"}"),
        409,
        "/operations/0/name",
        "at_day is derived from the column at");
    refused(
        ddl("{\"op\":\"drop_column\",\"name\":\"at\"}"),
        409,
        "/operations/0/name",
        "used as a partition column");
    assertThat(ddl("{\"op\":\"rename_column\",\"name\":\"kind\",\"to\":\"sort\"}").status())
        .isEqualTo(200);
  }

  @Test
  void aClusteringColumnFollowsARenameAndStaysForAsLongAsTheTableIsThere() {
    assertThat(withTarget("\"clusterBy\":[]").body().at("/spec/target").has("clusterBy")).isFalse();
    Answer put =
        metastore.send(
            "PUT",
            "/datasets/orders",
            DATASET
                .formatted("")
                .replace(
                    "s3a://lake/orders\"", "s3a://lake/orders\",\"clusterBy\":[\"kind\",\"at\"]"),
            "If-Match",
            "*");
    assertThat(put.status()).as(put.detail()).isEqualTo(200);
    activate(2, 0);
    Answer renamed = ddl("{\"op\":\"rename_column\",\"name\":\"KIND\",\"to\":\"sort\"}");
    assertThat(renamed.body().at("/spec/target/clusterBy/0").asText()).isEqualTo("sort");
    activate(3, 1);
    refused(
        ddl("{\"op\":\"drop_column\",\"name\":\"at\"}"),
        409,
        "/operations/0/name",
        "used as a clustering column");
    ObjectNode spec = (ObjectNode) metastore.get("/datasets/orders").body().path("spec");
    ((ObjectNode) spec.path("target")).putArray("clusterBy").add("at");
    refused(
        metastore.send("PUT", "/datasets/orders", spec.toString(), "If-Match", "*"),
        409,
        "/target/clusterBy",
        "The table exists");
  }

  private Answer withTarget(String more) {
    return metastore.send(
        "PUT",
        "/datasets/orders",
        DATASET.formatted("").replace("s3a://lake/orders\"", "s3a://lake/orders\"," + more));
  }

  @Test
  void aDefaultIsWhatTheColumnTakesFromAMessage() {
    String added =
        "{\"op\":\"add_column\",\"column\":{\"name\":\"n\",\"type\":\"%s\",\"default\":%s}}";
    put("");
    for (String[] wrong :
        new String[][] {
          {"int", "\"1\""}, {"boolean", "1"}, {"date", "1"}, {"array<int>", "1"}, {"binary", "{}"}
        }) {
      refused(
          ddl(added.formatted((Object[]) wrong)),
          400,
          "/operations/0/column/default",
          "does not take the default");
    }
    Answer taken = ddl(added.formatted("struct<a:int,b:string>", "{\"a\":1}"));
    assertThat(taken.body().at("/spec/columns/6/default/a").asInt()).isEqualTo(1);
  }

  @Test
  void versionsSayWhoWhyAndWhatAndSourcesHaveThemToo() {
    put("");
    metastore.send(
        "POST",
        "/ddl",
        "{\"table\":\"orders\",\"reason\":\"not"
            + " used\",\"operations\":[{\"op\":\"drop_column\",\"name\":\"note\"}]}");
    JsonNode version = metastore.get("/datasets/orders/versions").body().at("/items/0");
    assertThat(version.path("by").asText()).isEqualTo("anonymous");
    assertThat(version.path("reason").asText()).isEqualTo("not used");
    assertThat(version.at("/diff/0/from/comment").asText()).isEqualTo("old");
    metastore.send(
        "PUT",
        "/sources/orders?reason=moved",
        "{\"topic\":\"orders\",\"bootstrapServers\":\"c:9092\",\"archive\":{\"location\":\"s3a://raw/a\"}}",
        "If-Match",
        "*");
    JsonNode source = metastore.get("/sources/orders/versions").body().at("/items/0");
    assertThat(source.path("reason").asText()).isEqualTo("moved");
    assertThat(source.at("/diff/0/to").asText()).isEqualTo("c:9092");
    JsonNode audit = metastore.get("/audit").body().path("items");
    assertThat(audit).hasSize(4);
    assertThat(audit.at("/0/resource").asText()).isEqualTo("/sources/orders");
    assertThat(audit.at("/1/action").asText()).isEqualTo("drop_column note");
    assertThat(audit.at("/1/version").asInt()).isEqualTo(2);
    assertThat(audit.at("/3/resource").asText()).isEqualTo("/sources/orders");
  }

  @Test
  void theFieldsOfAStructHaveNamesThatDifferByMoreThanCase() {
    put("");
    for (String type :
        new String[] {"struct<a:int,A:int>", "array<struct<x:map<string,struct<b:int,B:int>>>>"}) {
      refused(
          ddl(
              "{\"op\":\"add_column\",\"column\":{\"name\":\"n\",\"type\":\"%s\"}}"
                  .formatted(type)),
          400,
          "/operations/0/column/type",
          "twice. Give its fields names that differ by more than case.");
    }
    refused(
        metastore.send(
            "PUT",
            "/datasets/other",
            DATASET.formatted("").replace("decimal(10,2)", "struct<a:int,b:int,A:int>")),
        400,
        "/columns/3/type",
        "a struct has the field 'a' twice");
    assertThat(
            ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"n\",\"type\":\"struct<a:struct<a:int>,b:struct<a:int>>\"}}")
                .status())
        .isEqualTo(200);
  }

  @Test
  void aDocumentsColumnThatCannotBeIsNamedByItsPlace() {
    String twice = DATASET.formatted("").replace("\"name\":\"price\"", "\"name\":\"ID\"");
    refused(
        metastore.send("PUT", "/datasets/other", twice),
        400,
        "/columns/3/name",
        "unique ignoring case");
    String reserved = DATASET.formatted("").replace("\"name\":\"note\"", "\"name\":\"_Offset\"");
    refused(
        metastore.send("PUT", "/datasets/other", reserved),
        400,
        "/columns/4/name",
        "The platform adds a column of this name");
  }

  @Test
  void revertingOnceIsEnoughAndNothingIsWrittenAnewWhereNothingChanges() {
    put("");
    activate(1, 0);
    ddl("{\"op\":\"add_column\",\"column\":{\"name\":\"city\",\"type\":\"string\"}}");
    activate(2, 17);
    refused(
        dml("{\"op\":\"revert_to\",\"version\":1},{\"op\":\"revert_to\",\"version\":2}"),
        400,
        "/operations",
        "revert_to stands there more than once");
    dml("{\"op\":\"revert_to\",\"version\":1}");
    activate(3, 20);
    Answer again = dml("{\"op\":\"revert_to\",\"version\":1}");
    assertThat(again.body().path("version").asInt()).isEqualTo(3);
    assertThat(again.body().has("written")).as("nothing was left").isFalse();
  }

  @Test
  void aPasswordInAUriIsRefusedAndNotRepeated() {
    String document = DATASET.formatted("");
    for (String[] uri :
        new String[][] {
          {"s3a://raw/a", "s3a://AKIA:hun/ter2@raw/a", "/source/archive/location"},
          {"s3a://lake/orders", "s3a://AKIA:hunter2@lake/orders", "/target/path"}
        }) {
      Answer answer = metastore.send("PUT", "/datasets/orders", document.replace(uri[0], uri[1]));
      refused(answer, 400, uri[2], "bears a password");
      assertThat(answer.response().body()).doesNotContain("AKIA").doesNotContain("ter2");
    }
    assertThat(
            metastore
                .send(
                    "PUT",
                    "/datasets/orders",
                    document
                        .replace("s3a://lake/orders", "abfss://lake@account.dfs.core.windows.net/o")
                        .replace("s3a://raw/a", "hdfs://name:8020/raw/a@b"))
                .status())
        .isEqualTo(201);
  }

  @Test
  void pagesOfLongSourcesAndOfTheirVersionsEndBeforeTheyAreTooLarge() {
    List<String> topics = new ArrayList<>(List.of("\"t\""));
    String source =
        "{\"topics\":[%s],\"bootstrapServers\":\"b:1\",\"kafkaOptions\":{\"client.id\":\""
            + "x".repeat(600_000)
            + "\"},\"archive\":{\"location\":\"s3a://raw/%s\"}}";
    for (int i = 0; i < 3; i++) {
      String document = source.formatted(String.join(",", topics), i);
      assertThat(metastore.send("PUT", "/sources/s" + i, document).status()).isEqualTo(201);
    }
    for (int i = 0; i < 3; i++) {
      topics.add("\"more%d\"".formatted(i));
      assertThat(
              metastore
                  .send(
                      "PUT",
                      "/sources/s0",
                      source.formatted(String.join(",", topics), 0),
                      "If-Match",
                      "*")
                  .status())
          .isEqualTo(200);
    }
    for (String path : new String[] {"/sources?limit=1000", "/sources/s0/versions?limit=1000"}) {
      Answer page = metastore.get(path);
      assertThat(page.response().body().length()).as(path).isLessThan(1_500_000);
      assertThat(page.body().path("items").size()).as(path).isEqualTo(1);
      assertThat(page.body().has("nextPageToken")).as(path).isTrue();
    }
    assertThat(metastore.admin().list("sources")).hasSize(3);
    assertThat(metastore.admin().list("sources/s0/versions")).hasSize(4);
    assertThat(metastore.get("/sources/s0/versions?limit=1").body().at("/items/0/diff").toString())
        .isEqualTo("[{\"path\":\"/topics/more2\",\"change\":\"added\",\"to\":\"more2\"}]");
  }
}
