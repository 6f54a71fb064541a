package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are found by a pattern are registered by its template. */
final class TemplatesTest {
  private static final String TEMPLATE =
      """
      {"name":"raw_{topic}","group":"shops","target":{"path":"s3a://lake/{topic}/{name}"},
       "columns":[{"name":"id","type":"bigint","comment":"Of {topic}."}],"unknownFields":"evolve"}
      """;
  private static final String PATTERN =
      """
      {"topicPattern":"shop.*","bootstrapServers":"b:1","isolation":"read_uncommitted",
       "kafkaOptions":{"client.id":"t"},"archive":{"location":"s3a://raw/a"},"template":%s}
      """;

  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder, "0");
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private void putPattern() {
    Answer made = metastore.send("PUT", "/sources/shops", PATTERN.formatted(TEMPLATE));
    assertThat(made.status()).as(made.detail()).isEqualTo(201);
  }

  private Answer found(String... topics) {
    Answer answer =
        metastore.send(
            "POST",
            "/sources/shops/topics",
            "{\"topics\":[\"%s\"]}".formatted(String.join("\",\"", topics)));
    assertThat(answer.status()).as(answer.detail()).isEqualTo(200);
    return answer;
  }

  @Test
  void aTopicBecomesASourceOfItsOwnAndADatasetOnce() {
    putPattern();
    Answer answer = found("shop.EU-west", "shop.b");
    assertThat(answer.body().path("registered").toString())
        .isEqualTo(
            "[{\"source\":\"shop_eu_west\",\"dataset\":\"raw_shop_eu_west\"},"
                + "{\"source\":\"shop_b\",\"dataset\":\"raw_shop_b\"}]");
    JsonNode source = metastore.get("/sources/shop_eu_west").body();
    assertThat(source.at("/spec/topics").toString()).isEqualTo("[\"shop.EU-west\"]");
    assertThat(source.at("/spec/foundBy").asText()).isEqualTo("shops");
    assertThat(source.at("/spec/isolation").asText()).isEqualTo("read_uncommitted");
    assertThat(source.at("/spec/kafkaOptions/client.id").asText()).isEqualTo("t");
    assertThat(source.at("/spec").has("template")).isFalse();
    assertThat(source.path("reason").asText()).isEqualTo("Found by the pattern of source shops");
    JsonNode dataset = metastore.get("/datasets/raw_shop_eu_west").body();
    assertThat(dataset.at("/spec/source").asText()).isEqualTo("shop_eu_west");
    assertThat(dataset.at("/spec/group").asText()).isEqualTo("shops");
    assertThat(dataset.at("/spec/target/path").asText())
        .isEqualTo("s3a://lake/shop.EU-west/raw_shop_eu_west");
    assertThat(dataset.at("/spec/columns/0/comment").asText()).isEqualTo("Of shop.EU-west.");
    assertThat(dataset.at("/spec/unknownFields").asText()).isEqualTo("evolve");
    assertThat(metastore.get("/sources/shops").body().at("/spec/topics")).isEmpty();
    assertThat(audit()).contains("create /sources/shop_b", "create /datasets/raw_shop_b");

    int entries = audit().size();
    assertThat(found("shop.EU-west", "shop.b").body().has("registered")).isFalse();
    assertThat(metastore.get("/sources/shops").body().path("version").asLong()).isEqualTo(1);
    metastore.send("DELETE", "/datasets/raw_shop_b", "");
    metastore.send("DELETE", "/sources/shop_b", "");
    assertThat(found("shop.b").body().has("registered")).as("it was retired").isFalse();
    assertThat(audit()).hasSize(entries + 2);
  }

  @Test
  void aTopicThatCannotBeRegisteredIsToldOnceAndHoldsUpNoOther() {
    putPattern();
    metastore.send(
        "PUT",
        "/datasets/raw_shop_c",
        "{\"source\":{\"topic\":\"other\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3a://raw/a\"}},"
            + "\"target\":{\"path\":\"s3a://lake/c\"},\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]}");
    metastore.send(
        "PUT",
        "/sources/by_hand",
        "{\"topic\":\"shop.hand\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3://raw/a/\"}}");
    String longest = "shop." + "x".repeat(55);
    for (int i = 0; i < 2; i++) {
      Answer answer =
          found("shop.a", "shop-a", "shop.c", "shop", longest, "shop.hand", "shops", "shop.d");
      JsonNode refused = answer.body().path("refused");
      assertThat(refused.findValuesAsText("topic"))
          .containsExactly("shop-a", "shop.c", longest, "shops");
      assertThat(refused.at("/0/detail").asText())
          .isEqualTo(
              "There is a source 'shop_a' already, and it is not that of the topic 'shop-a'."
                  + " Register the topic yourself under other names, or let the pattern leave it"
                  + " out.");
      assertThat(refused.at("/1/detail").asText()).startsWith("There is a dataset 'raw_shop_c'");
      assertThat(refused.at("/2/code").asText()).isEqualTo("spec-invalid");
      assertThat(refused.at("/3/detail").asText()).startsWith("There is a source 'shops' already");
    }
    assertThat(metastore.get("/sources/shop_c").status()).isEqualTo(404);
    assertThat(metastore.get("/sources/shop_" + "x".repeat(55)).status())
        .as("no source without its dataset")
        .isEqualTo(404);
    assertThat(metastore.get("/datasets/raw_shop_d").status()).isEqualTo(200);
    assertThat(metastore.get("/datasets/raw_shop_hand").status()).as("another's").isEqualTo(404);
    assertThat(audit().stream().filter(entry -> entry.contains("/sources/shops/topics/shop-a")))
        .as("said once")
        .hasSize(1)
        .allSatisfy(entry -> assertThat(entry).startsWith("refused: There is a source 'shop_a'"));
    assertThat(metastore.reader().foundTopics("shops", List.of("shop-a", "shop.d")))
        .singleElement()
        .asString()
        .startsWith("shop-a: There is a source 'shop_a' already");
  }

  private List<String> audit() {
    List<String> entries = new ArrayList<>();
    metastore
        .get("/audit?limit=1000")
        .body()
        .path("items")
        .forEach(
            entry ->
                entries.add(entry.path("action").asText() + " " + entry.path("resource").asText()));
    return entries;
  }

  @Test
  void driversThatFindATopicAtOnceRegisterItOnce() throws Exception {
    putPattern();
    ExecutorService drivers = Executors.newFixedThreadPool(8);
    try {
      Callable<Long> driver =
          () ->
              IntStream.range(0, 10)
                  .mapToLong(
                      i -> found("shop.n" + i, "shop.m" + i).body().path("registered").size())
                  .sum();
      long registered = 0;
      for (Future<Long> done :
          drivers.invokeAll(IntStream.range(0, 8).mapToObj(i -> driver).toList())) {
        registered += done.get();
      }
      assertThat(registered).isEqualTo(20);
    } finally {
      drivers.shutdownNow();
    }
    JsonNode datasets = metastore.get("/datasets").body().path("items");
    assertThat(datasets).hasSize(20);
    datasets.forEach(dataset -> assertThat(dataset.path("latestVersion").asInt()).isEqualTo(1));
  }

  @Test
  void aTemplateIsValidatedWhenTheSourceIsChanged() {
    refused(TEMPLATE.replace("\"bigint\"", "\"big\""), "/template/columns/0/type", "big");
    refused(TEMPLATE.replace("{topic}\",\"group", "all\",\"group"), "/template/name", "raw_all");
    refused(
        TEMPLATE.replace("{\"name\":\"raw", "{\"source\":\"s\",\"name\":\"raw"),
        "/template/source",
        "names a source");
    refused(TEMPLATE.replace("\"shops\"", "\"My shops\""), "/template/group", "My shops");
    refused(TEMPLATE.replace("\"group\"", "\"grup\""), "/template/grup", "grup");
    refused("{\"columns\":[]}", "/template/target", "target");
    refused("[]", "/template", "");
    Answer without =
        metastore.send(
            "PUT",
            "/sources/shops",
            PATTERN.formatted(TEMPLATE).replace("topicPattern\":\"shop.*", "topic\":\"shop"));
    assertThat(without.status()).isEqualTo(400);
    assertThat(without.pointer()).isEqualTo("/template");
    Answer inline =
        metastore.send(
            "PUT",
            "/datasets/d",
            "{\"source\":%s,\"target\":{\"path\":\"s3a://l/d\"},\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]}"
                .formatted(PATTERN.formatted(TEMPLATE)));
    assertThat(inline.status()).isEqualTo(400);
    assertThat(inline.pointer()).isEqualTo("/source/template");
    assertThat(metastore.get("/sources").body().path("items")).isEmpty();

    putPattern();
    Answer worse =
        metastore.send(
            "PUT",
            "/sources/shops",
            PATTERN.formatted(TEMPLATE.replace("\"bigint\"", "\"big\"")),
            "If-Match",
            "*");
    assertThat(worse.status()).isEqualTo(400);
    assertThat(metastore.get("/sources/shops").body().path("version").asLong()).isEqualTo(1);
  }

  private void refused(String template, String pointer, String problem) {
    Answer answer = metastore.send("PUT", "/sources/shops", PATTERN.formatted(template));
    assertThat(answer.status()).as(template).isEqualTo(400);
    assertThat(answer.pointer()).as(template).isEqualTo(pointer);
    assertThat(answer.detail()).contains(problem);
  }

  @Test
  void aDatasetDoesNotReadAPatternWhoseTopicsBecomeSourcesOfTheirOwn() {
    putPattern();
    Answer refused =
        metastore.send(
            "PUT",
            "/datasets/mine",
            "{\"source\":\"shops\",\"target\":{\"path\":\"s3a://lake/mine\"},\"columns\":[{\"name\":\"id\",\"type\":\"bigint\"}]}");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.pointer()).isEqualTo("/source");
    assertThat(refused.detail()).contains("has a template and no topics");
  }
}
