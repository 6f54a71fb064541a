package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SourceSelectionTest {
  private final FixedMetastore metastore = new FixedMetastore();

  @BeforeEach
  void specs() throws IOException {
    source("orders", "active");
    source("flights", "active");
    source("paused", "paused");
    source("retired", "retired");
    dataset("daily", "orders", "sales", "active");
    dataset("hourly", "orders", "sales", "active");
    dataset("delays", "flights", "travel", "active");
    dataset("old", "flights", "sales", "retired");
    dataset("resting", "paused", "travel", "active");
  }

  private void source(String name, String state) throws IOException {
    String json =
        "{'name':'%s','bootstrapServers':'h:9092','topics':['%s'],'archive':{'location':'s3a://b/raw'},'state':'%s'}"
            .formatted(name, name, state);
    metastore.put(Json.mapper().readValue(json.replace('\'', '"'), SourceSpec.class));
  }

  private void dataset(String name, String source, String group, String state) throws IOException {
    String json =
        "{'name':'%s','source':'%s','group':'%s','target':{'path':'s3a://b/lake/%s'},'columns':[{'name':'a','type':'string'}],'write':{'mode':'append'},'state':'%s'}"
            .formatted(name, source, group, name, state);
    metastore.put(Json.mapper().readValue(json.replace('\'', '"'), DatasetSpec.class));
  }

  private List<String> selected(String... flags) {
    List<String> all = new ArrayList<>(List.of("--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    return SourceSelection.of(
            Phase1Settings.PROGRAM.resolve(all, Map.of(), Path.of("target")), metastore)
        .current()
        .stream()
        .map(source -> source.spec().name())
        .toList();
  }

  @Test
  void onlyActiveSourcesRunHoweverTheyAreAskedFor() {
    assertThat(selected("--all")).containsExactly("flights", "orders");
    assertThat(selected("--source", "paused", "--source", "orders")).containsExactly("orders");
    assertThat(selected("--source", "retired")).isEmpty();
  }

  @Test
  void sourcesShareAQueryWhereNeitherATopicNorAnotherStoreKeepsThemApart() throws IOException {
    assertThat(
            lanes(
                List.of(
                    at("a", "one", "s3://b/raw"),
                    at("b", "two", "s3a://b/other"),
                    at("c", "one", "s3a://b/more"),
                    at("d", "three", "s3a://slow/raw"),
                    at("e", "four", "file:///raw"),
                    at("f", "five", "s3n://slow/raw"))))
        .containsExactly(List.of("a", "b"), List.of("c"), List.of("d", "f"), List.of("e"));
  }

  private static List<List<String>> lanes(List<Versioned<SourceSpec>> sources) {
    return IngestUnits.lanes(sources).stream()
        .map(lane -> lane.stream().map(source -> source.spec().name()).toList())
        .toList();
  }

  private static Versioned<SourceSpec> at(String name, String topic, String archive)
      throws IOException {
    String json =
        "{'name':'%s','bootstrapServers':'h:9092','topics':['%s'],'archive':{'location':'%s'}}"
            .formatted(name, topic, archive);
    return new Versioned<>(
        1, 0, Json.mapper().readValue(json.replace('\'', '"'), SourceSpec.class));
  }

  @Test
  void datasetsStandForTheirSource() {
    assertThat(selected("--dataset", "daily")).containsExactly("orders");
    assertThat(selected("--dataset", "daily", "--dataset", "delays"))
        .containsExactly("flights", "orders");
    assertThat(selected("--dataset", "daily", "--source", "flights"))
        .containsExactly("flights", "orders");
    assertThat(selected("--dataset", "old")).isEmpty();
    assertThat(selected("--dataset", "resting")).isEmpty();
  }

  @Test
  void aGroupStandsForTheSourcesOfItsActiveDatasets() {
    assertThat(selected("--group", "sales")).containsExactly("orders");
    assertThat(selected("--group", "travel")).containsExactly("flights");
  }

  @Test
  void aGroupStandsForThePatternsThatFindItsDatasetsToo() throws IOException {
    finder("shops", "{'group':'shops'}");
    finder("others", "{}");
    assertThat(selected("--group", "shops")).containsExactly("shops");
    assertThat(selected("--group", "default")).containsExactly("others");
    assertThat(selected("--group", "sales")).containsExactly("orders");
  }

  private void finder(String name, String template) throws IOException {
    String json =
        "{'name':'%s','bootstrapServers':'h:9092','topicPattern':'%s.*','archive':{'location':'s3a://b/raw'},'template':%s}"
            .formatted(name, name, template);
    metastore.put(Json.mapper().readValue(json.replace('\'', '"'), SourceSpec.class));
  }

  @Test
  void whatIsNotRegisteredIsNamedAndNothingIsNoSelection() {
    assertThatThrownBy(() -> selected("--dataset", "dayly"))
        .hasMessageContaining("no dataset named dayly")
        .hasMessageContaining("daily");
    assertThatThrownBy(() -> selected("--source", "order"))
        .hasMessageContaining("no source named order");
    assertThatThrownBy(() -> selected("--group", "sails"))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
        .hasMessageContaining("sails");
    assertThatThrownBy(() -> selected())
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SETTING_INVALID));
  }
}
