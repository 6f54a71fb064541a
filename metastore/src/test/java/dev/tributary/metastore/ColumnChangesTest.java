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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of columns: by operations, by a document, and by what a driver has found. */
final class ColumnChangesTest extends AbstractChangesSuite {
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

  private Answer found(int version, String operation) {
    return metastore.send(
        "POST",
        "/datasets/orders/columns",
        "{\"version\":%d,\"operations\":[%s]}".formatted(version, operation));
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
}
