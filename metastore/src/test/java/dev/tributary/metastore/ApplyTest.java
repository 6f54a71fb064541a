package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.apply.Applier;
import dev.tributary.core.apply.Applier.Others;
import dev.tributary.core.apply.DatasetFile;
import dev.tributary.core.apply.Plan;
import dev.tributary.core.apply.Step.Kind;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of datasets, the examples among them, against the real service. */
final class ApplyTest {
  private static final Path EXAMPLES = Path.of(System.getProperty("tributary.home"), "examples");

  @TempDir private Path folder;
  private RunningMetastore metastore;
  private Applier applier;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder);
    applier = new Applier(metastore.admin());
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private Plan apply(String content, Others others) throws IOException {
    Path file = Files.writeString(folder.resolve("datasets.yaml"), content);
    Plan plan = applier.plan(DatasetFile.read(file, Optional.empty()), others);
    applier.apply(plan);
    return plan;
  }

  @Test
  void everyExampleCanBeAppliedAndTheSecondTimeThereIsNothingToDo() throws IOException {
    List<Path> examples;
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      examples = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(examples).hasSizeGreaterThanOrEqualTo(5);
    for (Path example : examples) {
      Path own = Files.createDirectory(folder.resolve(example.getFileName()));
      try (RunningMetastore service = new RunningMetastore(own)) {
        Applier fresh = new Applier(service.admin());
        DatasetFile file = DatasetFile.read(example, Optional.empty());
        Plan plan = fresh.plan(file, Others.RETIRE);
        assertThat(plan.count(Kind.CREATE)).as(plan.text()).isEqualTo(plan.steps().size());
        fresh.apply(plan);
        Plan again = fresh.plan(file, Others.RETIRE);
        assertThat(again.changesAnything()).as(again.text()).isFalse();
      }
    }
  }

  @Test
  void whatTheExamplesSayIsWhatIsStored() throws IOException {
    stored("connector.yaml");
    JsonNode events = spec("user_events");
    assertThat(events.at("/target/path").asText())
        .isEqualTo("s3a://data-lake-dev/events/user-events");
    assertThat(texts(events.at("/target/partitionBy")))
        .containsExactly(
            "year(occurred_at) as year",
            "month(occurred_at) as month",
            "day(occurred_at) as day",
            "event_type");
    assertThat(events.at("/retries/attempts").asInt()).isEqualTo(4);
    assertThat(events.at("/checks/jsonSchema/schema/required")).hasSize(4);
    JsonNode logs = spec("system_logs");
    assertThat(texts(logs.at("/target/partitionBy")))
        .hasSize(5)
        .contains("hour(logged_at) as hour");
    assertThat(logs.at("/retries/attempts").asInt()).isEqualTo(3);
    JsonNode source = metastore.get("/sources/" + logs.path("source").asText()).body().path("spec");
    assertThat(source.at("/batch/maxRecords").asInt()).isEqualTo(2_000);
    assertThat(source.at("/batch/maxDelayMillis").asInt()).isEqualTo(120_000);

    stored("kafka-tables.yaml");
    assertThat(texts(spec("user_events").at("/target/partitionBy")))
        .containsExactly("day(timestamp) as date", "hour(timestamp) as hour");
    assertThat(spec("user_events").at("/checks/eventTime/column").asText()).isEqualTo("timestamp");
    assertThat(spec("user_events").at("/checks/eventTime/unusable").asText())
        .isEqualTo("quarantine");
    assertThat(spec("user_events").at("/maintenance/afterBatches").asInt()).isEqualTo(100);
    assertThat(spec("user_profiles").has("maintenance")).isFalse();
    assertThat(spec("user_profiles").at("/write/mode").asText()).isEqualTo("upsert");
    assertThat(texts(spec("user_profiles").at("/write/primaryKey"))).containsExactly("user_id");

    stored("stream-ingest.yaml");
    assertThat(texts(spec("user_events").at("/target/partitionBy")))
        .containsExactly("day(timestamp) as date");
    assertThat(spec("user_events").at("/target/compression").asText()).isEqualTo("snappy");

    stored("lakehouse.yaml");
    JsonNode orders = spec("orders");
    assertThat(orders.at("/transforms").findValuesAsText("type"))
        .containsExactly("decrypt", "filter", "cast");
    assertThat(texts(orders.at("/allowedChanges")))
        .containsExactly("add_column", "drop_column", "set_transforms");
    assertThat(texts(orders.at("/write/primaryKey"))).containsExactly("order_id", "country");
    assertThat(spec("clicks").at("/write/mode").asText()).isEqualTo("append");
  }

  /** Applies an example to a service of its own. */
  private void stored(String example) throws IOException {
    metastore.close();
    metastore = new RunningMetastore(Files.createDirectory(folder.resolve(example)));
    Applier fresh = new Applier(metastore.admin());
    fresh.apply(
        fresh.plan(DatasetFile.read(EXAMPLES.resolve(example), Optional.empty()), Others.KEEP));
  }

  private JsonNode spec(String dataset) {
    return metastore.get("/datasets/" + dataset).body().path("spec");
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  void theValuesOfAnEnvironmentAreElsewhereAndAllInOnePlace() {
    Path file = EXAMPLES.resolve("connector.yaml");
    DatasetFile prod = DatasetFile.read(file, Optional.of("prod"));
    assertThat(prod.datasets().get("user_events").at("/target/path").asText())
        .isEqualTo("s3a://data-lake/events/user-events");
    assertThat(prod.datasets().get("user_events").at("/source/bootstrapServers").asText())
        .isEqualTo("kafka-1:9092,kafka-2:9092");
    for (String schema : new String[] {"/schema", "/checks/jsonSchema/schema"}) {
      assertThat(prod.datasets().get("order_events").at(schema + "/required")).hasSize(3);
    }
    assertThatThrownBy(() -> DatasetFile.read(file, Optional.of("stage")))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("There is no environment 'stage'. Known are [prod].");
  }

  @Test
  void aPlanSaysWhatWouldChangeAndNothingIsRetiredUnasked() throws IOException {
    apply(file("bigint", "one"), Others.KEEP);
    Plan changed = apply(file("string", "two"), Others.KEEP);
    assertThat(changed.text())
        .contains("~ datasets/one (change)")
        .contains("~ /columns/id/type: \"bigint\" -> \"string\"")
        .contains("+ datasets/two (create)")
        .contains("1 to create, 1 to change, 0 to retire");
    Plan without = apply(file("string", "one"), Others.KEEP);
    assertThat(without.changesAnything()).as(without.text()).isFalse();
    Plan pruned = apply(file("string", "one"), Others.RETIRE);
    assertThat(pruned.text()).contains("- datasets/two (retire)").contains("1 to retire");
    assertThat(metastore.get("/datasets/two").body().at("/spec/state").asText())
        .isEqualTo("retired");
    assertThat(apply(file("string", "one"), Others.RETIRE).changesAnything()).isFalse();
  }

  @Test
  void whatCannotBeRetiredHoldsUpNothingElse() throws IOException {
    String sources =
        """
        sources:
          alpha: {topic: alpha, bootstrapServers: "b:1", archive: {location: "s3a://raw/a"}}
          beta: {topic: beta, bootstrapServers: "b:1", archive: {location: "s3a://raw/a"}}
        """;
    apply(sources, Others.KEEP);
    Plan plan = applier.plan(read(file("int", "one")), Others.RETIRE);
    Answer late =
        metastore.send(
            "PUT",
            "/datasets/late",
            """
            {"source":"alpha","target":{"path":"s3a://lake/late"},"columns":[{"name":"id","type":"int"}]}
            """);
    assertThat(late.status()).as(late.detail()).isEqualTo(201);

    List<Applier.Stayed> stayed = applier.apply(plan);

    assertThat(stayed).extracting(Applier.Stayed::path).containsExactly("sources/alpha");
    assertThat(stayed.get(0).reason()).contains("late");
    assertThat(metastore.get("/sources/beta").body().at("/spec/state").asText())
        .isEqualTo("retired");
    assertThat(metastore.get("/datasets/one").status()).isEqualTo(200);
  }

  @Test
  void whatAPatternOfTheFileHasFoundIsNotRetired() throws IOException {
    String pattern =
        """
        sources:
          shops:
            topicPattern: "shop[.].*"
            bootstrapServers: "b:1"
            archive: {location: "s3a://raw/a"}
            template: {columns: [{name: id, type: int}], target: {path: "s3a://lake/{topic}"}}
        """;
    apply(pattern, Others.KEEP);
    metastore.reader().foundTopics("shops", List.of("shop.a"));
    Plan pruned = apply(pattern, Others.RETIRE);
    assertThat(pruned.changesAnything()).as(pruned.text()).isFalse();
    assertThat(metastore.get("/datasets/shop_a").body().at("/spec/state").asText())
        .isEqualTo("active");
    assertThat(apply(file("string", "one"), Others.RETIRE).text())
        .contains("- datasets/shop_a (retire)", "- sources/shop_a (retire)");
  }

  private static String file(String type, String last) {
    String dataset =
        "  %s: {source: events, target: {path: \"s3a://lake/%s\"}, columns: [{name: id, type:"
            + " %s}]}\n";
    return "sources: {events: {topic: events, bootstrapServers: \"b:9092\", archive: {location:"
        + " \"s3a://raw/a\"}}}\n"
        + "datasets:\n"
        + dataset.formatted("one", "one", type)
        + (last.equals("one") ? "" : dataset.formatted(last, last, type));
  }

  @Test
  void whatTheMetastoreWouldRefuseStandsInThePlanAndIsNotApplied() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("datasets.yaml"), file("bigint", "two").replace("bigint", "biggint"));
    Plan plan = applier.plan(DatasetFile.read(file, Optional.empty()), Others.KEEP);
    assertThat(plan.count(Kind.REFUSED)).isEqualTo(2);
    assertThat(plan.text()).contains("! datasets/one (refused)").contains("at /columns/0/type");
    assertThatThrownBy(() -> applier.apply(plan)).hasMessageContaining("biggint");
    assertThat(metastore.get("/datasets/one").status()).isEqualTo(404);
  }

  @Test
  void whatSomebodyElseChangesAfterThePlanWasShownIsNotLost() throws IOException {
    apply(file("bigint", "two"), Others.KEEP);
    Path file = Files.writeString(folder.resolve("datasets.yaml"), file("string", "three"));
    Plan plan = applier.plan(DatasetFile.read(file, Optional.empty()), Others.RETIRE);
    metastore.send(
        "POST",
        "/ddl",
        "{\"table\":\"one\",\"operations\":[{\"op\":\"add_column\","
            + "\"column\":{\"name\":\"added\",\"type\":\"int\"}}]}");
    assertThatThrownBy(() -> applier.apply(plan))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("datasets/one was changed by somebody else after the plan was made")
        .hasMessageContaining("run the command again");
    assertThat(metastore.get("/datasets/one").body().at("/spec/columns")).hasSize(2);
    assertThat(metastore.get("/datasets/three").status()).isEqualTo(404);

    Plan again = applier.plan(DatasetFile.read(file, Optional.empty()), Others.RETIRE);
    metastore.send("POST", "/dml", "{\"table\":\"two\",\"operations\":[{\"op\":\"pause\"}]}");
    assertThatThrownBy(() -> applier.apply(again)).hasMessageContaining("datasets/two was changed");
    assertThat(metastore.get("/datasets/two").body().at("/spec/state").asText())
        .isEqualTo("paused");
    assertThat(metastore.get("/datasets/three").status()).isEqualTo(200);
  }

  @Test
  void whatADriverMadeOfAnEvolvingDatasetIsNotTakenBackByTheFileThatKnowsNothingOfIt()
      throws IOException {
    String before = evolving("{name: id, type: int}, {name: price, type: 'decimal(10,2)'}");
    apply(before, Others.KEEP);
    HttpMetastore driver = metastore.reader();
    driver.reportActivation(Activation.active("one", 1, Map.of("events", 0L), 0, "run-1"));
    driver.foundColumns(
        "one",
        1,
        List.of(
            new DdlOperation.AddColumn(ColumnSpec.of("city", "string")),
            new DdlOperation.WidenColumn("id", "bigint"),
            new DdlOperation.WidenColumn("price", "decimal(14,4)")),
        "found in records");
    Plan again = apply(before, Others.RETIRE);
    assertThat(again.changesAnything()).as(again.text()).isFalse();
    assertThat(again.text())
        .contains("= datasets/one (nothing)")
        .contains("= /columns/city: kept, as drivers added it")
        .doesNotContain("/columns/id", "/columns/price");

    metastore.admin().ddl("one", List.of(new DdlOperation.AddColumn(ColumnSpec.of("a", "int"))));
    Plan more = apply(before.replace("{name: id", "{name: b, type: int}, {name: id"), Others.KEEP);
    assertThat(more.text())
        .as("what a person added goes, and what a driver added stays, whatever else is changed")
        .contains("1 to change")
        .contains("/columns/b")
        .contains("- /columns/a")
        .contains("= /columns/city: kept")
        .doesNotContain("- /columns/city", "/columns/id", "/columns/price");
    assertThat(spec("one").at("/columns").findValuesAsText("name"))
        .containsExactly("b", "id", "price", "city");

    metastore.admin().ddl("one", List.of(new DdlOperation.DropColumn("city")));
    Plan dropped = apply(before, Others.KEEP);
    assertThat(dropped.text()).doesNotContain("/columns/city");

    Plan narrowing = applier.plan(read(before.replace("evolve", "rescue")), Others.KEEP);
    assertThat(narrowing.text()).contains("is of type bigint, which Delta cannot widen to int");
  }

  private static String evolving(String columns) {
    return file("int", "one")
        .replace(
            "columns: [{name: id, type: int}]",
            "unknownFields: evolve, columns: [" + columns + "]");
  }

  private DatasetFile read(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("datasets.yaml"), content);
    return DatasetFile.read(file, Optional.empty());
  }

  @Test
  void whatIsPausedStaysSoUnlessTheFileSaysOtherwise() throws IOException {
    apply(file("bigint", "one"), Others.KEEP);
    metastore.admin().pause("one");
    metastore.admin().putSource(source().withState(SpecState.PAUSED));
    Plan again = apply(file("bigint", "one"), Others.RETIRE);
    assertThat(again.changesAnything()).as(again.text()).isFalse();
    apply(file("string", "one"), Others.KEEP);
    assertThat(spec("one").path("state").asText()).isEqualTo("paused");
    Plan said =
        apply(file("string", "one").replace("{source:", "{state: active, source:"), Others.KEEP);
    assertThat(said.text()).contains("~ /state: \"paused\" -> \"active\"");
    assertThat(spec("one").path("state").asText()).isEqualTo("active");
    assertThat(source().state()).isEqualTo(SpecState.PAUSED);

    metastore.admin().retireDataset("one");
    Plan back = apply(file("string", "one"), Others.KEEP);
    assertThat(back.text())
        .as("a file that names what was retired wants it back, and the plan says so")
        .contains("~ /state: \"retired\" -> \"active\"");
  }

  @Test
  void aFileThatSaysNothingOfUnusableTimesSetsThemAsideWhereTheyAreNewAndElseChangesNothing()
      throws IOException {
    apply(timed("aheadMillis: 5"), Others.KEEP);
    assertThat(unusable().asText()).isEqualTo("quarantine");
    assertThat(apply(timed("aheadMillis: 5"), Others.RETIRE).changesAnything()).isFalse();
    Plan other = apply(timed("aheadMillis: 6"), Others.KEEP);
    assertThat(other.text()).contains("/checks/eventTime").doesNotContain("unusable");
    assertThat(unusable().asText()).isEqualTo("quarantine");

    apply(timed("aheadMillis: 6, unusable: drop"), Others.KEEP);
    assertThat(apply(timed("aheadMillis: 6"), Others.RETIRE).changesAnything()).isFalse();
    assertThat(unusable().asText()).isEqualTo("drop");

    Plan written = apply(timed("aheadMillis: 6, unusable: null"), Others.KEEP);
    assertThat(written.text()).contains("- /checks/eventTime/unusable");
    for (String then : List.of("aheadMillis: 6", "aheadMillis: 7", "aheadMillis: 7")) {
      apply(timed(then), Others.KEEP);
      assertThat(unusable().isMissingNode()).as("as of a dataset from before the field").isTrue();
    }
    assertThat(metastore.get("/datasets/one").body().path("version").asInt()).isEqualTo(5);
  }

  private static String timed(String eventTime) {
    return file("int", "one")
        .replace(
            "{name: id, type: int}]",
            "{name: id, type: int}, {name: at, type: timestamp}], checks: {eventTime: {column: at, "
                + eventTime
                + "}}");
  }

  private JsonNode unusable() {
    return spec("one").at("/checks/eventTime/unusable");
  }

  private SourceSpec source() {
    return metastore.reader().source("events").orElseThrow().spec();
  }

  @Test
  void aFileThatIsWrongSaysWhere() {
    wrong("datasetts: {}", "The section 'datasetts' is not known.");
    wrong("datasetts: {}", "Did you mean datasets?");
    wrong("datasets: {a: {group: \"${x}\"}}", "at /datasets/a/group: There is no value 'x'.");
    wrong("datasets: [1]", "at /datasets: It is no mapping.");
    wrong("datasets: {a: {schemaFile: no.json}}", "no.json cannot be read");
    wrong("datasets: {a: {checks: {jsonSchema: {schemaFile: no.json}}}}", "no.json cannot be read");
    wrong("datasets: {a: {}, a: {}}", "is no YAML");
  }

  private void wrong(String content, String message) {
    assertThatThrownBy(() -> apply(content, Others.KEEP))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(message);
  }
}
