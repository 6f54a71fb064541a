package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What changes may do, what they say, and that they can be tried and repeated. */
final class ChangesTest extends AbstractChangesSuite {
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
