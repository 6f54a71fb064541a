package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import org.junit.jupiter.api.Test;

/** What a table that exists takes in place, what makes it anew, and what it cannot become. */
final class TableChangesTest extends AbstractChangesSuite {
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
}
