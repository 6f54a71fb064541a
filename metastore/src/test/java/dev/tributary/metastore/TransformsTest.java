package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What datasets ask of a registered JAR is checked when they are changed. */
final class TransformsTest {
  private static final UploadedJar JAR =
      UploadedJar.with(
          UploadedJar.DESCRIPTION,
          """
          [{"name":"decrypt","type":"a.Decrypt","kind":"one-to-one",
            "options":[{"name":"column","required":true,"documentation":"Which one."},
                       {"name":"keys","secret":true}]}]
          """);
  private static final String HASH = JAR.sha256();

  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder);
    assertThat(metastore.upload(JAR.path(), JAR.content()).status()).isEqualTo(201);
    assertThat(put("decrypt", "\"column\":\"id\",\"keys\":\"env:KEYS\"").status()).isEqualTo(201);
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private Answer put(String type, String options) {
    return put(type, options, "default");
  }

  private Answer put(String type, String options, String group) {
    return metastore.send(
        "PUT",
        "/datasets/o",
        """
        {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
         "target":{"path":"s3a://lake/o"},"columns":[{"name":"id","type":"string"}],
         "transforms":[{"jar":"s3a://jars/t.jar","sha256":"%s","type":"%s","options":{%s}}],
         "group":"%s"}
        """
            .formatted(HASH, type, options, group),
        metastore.get("/datasets/o").status() == 200 ? "If-Match" : "If-None-Match",
        "*");
  }

  private static void refused(Answer answer, String pointer, String detail) {
    assertThat(answer.status()).as(answer.detail()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("transform-invalid");
    assertThat(answer.pointer()).isEqualTo(pointer);
    assertThat(answer.detail()).contains(detail);
  }

  @Test
  void aTransformOrAnOptionThatTheJarDoesNotHoldIsRefused() {
    refused(put("decrpyt", "\"column\":\"id\""), "/transforms/0/type", "Did you mean decrypt?");
    refused(
        put("decrypt", "\"colum\":\"id\""), "/transforms/0/options/colum", "Did you mean column?");
    refused(
        put("a.Decrypt", ""), "/transforms/0/options", "needs the option 'column'. Add it: Which");
    Answer literal = put("decrypt", "\"column\":\"id\",\"keys\":\"k=hunter2\"");
    refused(literal, "/transforms/0/options/keys", "holds a literal secret");
    assertThat(literal.response().body()).doesNotContain("hunter2");
    refused(
        metastore.send(
            "POST",
            "/dml",
            "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"x\"}]}]}"
                .formatted(HASH)),
        "/operations/0/transforms/0/type",
        "holds no transform 'x'");
  }

  @Test
  void whatWasTakenOnceHoldsUpNoOtherChange() throws SQLException {
    String before = "\"column\":\"id\",\"keys\":\"env:KEYS\"";
    // As of a release that took a caller's word for what the JAR holds.
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("metastore.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE transform_jars SET described = replace(described, '\"keys\"', '\"secrets\"')");
    }
    assertThat(put("decrypt", before).status()).as("nothing changes").isEqualTo(200);
    Answer moved = put("decrypt", before, "others");
    assertThat(moved.status()).as(moved.detail()).isEqualTo(200);
    assertThat(moved.body().path("version").asInt()).isEqualTo(2);
    Answer reverted =
        metastore.send(
            "POST",
            "/dml",
            "{\"table\":\"o\",\"operations\":[{\"op\":\"revert_to\",\"version\":1}]}");
    assertThat(reverted.status()).as(reverted.detail()).isEqualTo(200);
    refused(
        put("decrypt", before.replace("KEYS", "OTHERS")),
        "/transforms/0/options/keys",
        "has no option 'keys'");
  }

  @Test
  void aDatasetCallsAStepWhatItIs() {
    UploadedJar jar =
        UploadedJar.with(
            UploadedJar.DESCRIPTION,
            "[{\"name\":\"explode\",\"type\":\"a.Decrypt\",\"kind\":\"explode\",\"options\":[]}]");
    assertThat(metastore.upload(jar.path(), jar.content()).status()).isEqualTo(201);
    String explode = jar.sha256();
    String step =
        "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"s3a://jars/e.jar\",\"sha256\":\"%s\",\"type\":\"explode\"%s}]}]}";

    refused(
        metastore.send("POST", "/dml", step.formatted(explode, "")),
        "/operations/0/transforms/0/kind",
        "is of the kind explode, and the dataset calls it nothing. Write kind: explode.");
    refused(
        metastore.send("POST", "/dml", step.formatted(explode, ",\"kind\":\"filter\"")),
        "/operations/0/transforms/0/kind",
        "the dataset calls it filter");
    Answer taken = metastore.send("POST", "/dml", step.formatted(explode, ",\"kind\":\"explode\""));
    assertThat(taken.status()).as(taken.detail()).isLessThan(300);
    assertThat(metastore.get("/datasets/o").response().body()).contains("\"kind\":\"explode\"");
  }

  @Test
  void stepsThatExplodeHaveNoneThatCombinesBetweenThem() {
    String step =
        "{\"jar\":\"s3a://jars/x.jar\",\"sha256\":\"%s\",\"type\":\"%s\",\"kind\":\"%s\"}";
    String explode = step.formatted("d".repeat(64), "explode", "explode");
    String combine = step.formatted("d".repeat(64), "deduplicate", "combine");
    String set =
        "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[%s]}]}";

    refused(
        metastore.send(
            "POST", "/dml", set.formatted(String.join(",", combine, explode, combine, explode))),
        "/operations/0/transforms/2",
        "The transform deduplicate combines rows between two steps that explode. Move it");
    Answer taken =
        metastore.send(
            "POST", "/dml", set.formatted(String.join(",", combine, explode, explode, combine)));
    assertThat(taken.status()).as(taken.detail()).isEqualTo(200);
  }

  @Test
  void thePlatformsOwnSecretsAreKnownWithoutTheirJar() {
    String step =
        "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"%s\",\"sha256\":\"%s\",\"type\":\"%s\",\"options\":{\"%s\":\"%s\"}}]}]}";
    String jar = "s3a://jars/basic.jar";
    String unknown = "d".repeat(64);
    for (String[] secret :
        new String[][] {
          {"decrypt", "keys"},
          {"decrypt-payload", "keys"},
          {"dev.tributary.transforms.basic.HashTransform", "key"}
        }) {
      Answer literal =
          metastore.send(
              "POST", "/dml", step.formatted(jar, unknown, secret[0], secret[1], "k=hunter2"));
      refused(literal, "/operations/0/transforms/0/options/" + secret[1], "holds a literal secret");
      assertThat(literal.response().body()).doesNotContain("hunter2");
      Answer reference =
          metastore.send(
              "POST", "/dml", step.formatted(jar, unknown, secret[0], secret[1], "env:KEYS"));
      assertThat(reference.status()).as(reference.detail()).isEqualTo(200);
    }
    Answer other =
        metastore.send("POST", "/dml", step.formatted(jar, unknown, "sort", "key", "column"));
    assertThat(other.status()).as("of somebody else's step").isEqualTo(200);
    refused(
        metastore.send(
            "POST",
            "/dml",
            step.formatted(
                "metastore:/transforms/%s.jar".formatted(unknown), unknown, "sort", "by", "id")),
        "/operations/0/transforms/0/jar",
        "was not uploaded");
    refused(
        metastore.send("PUT", "/transforms/" + unknown, "{\"uri\":\"metastore:/t.jar\"}"),
        "/uri",
        "was not uploaded");
  }

  @Test
  void aJarThatADatasetUsesStays() {
    Answer used = metastore.send("DELETE", "/transforms/" + HASH, "");
    assertThat(used.status()).isEqualTo(409);
    assertThat(used.detail()).contains("used by the datasets [o]");
    metastore.send("DELETE", "/datasets/o", "");
    assertThat(metastore.send("DELETE", "/transforms/" + HASH, "").status()).isEqualTo(200);
    assertThat(metastore.get("/transforms/" + HASH).status()).isEqualTo(404);
    assertThat(metastore.send("PUT", "/transforms/xyz", "{\"uri\":\"s3a://j/t.jar\"}").code())
        .isEqualTo("request-invalid");
  }

  @Test
  void aSecretIsKnownByTheNameOfItsOptionWhereNothingElseSaysIt() {
    String step =
        "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[{\"jar\":\"%s\",\"sha256\":\"%s\",\"type\":\"own\",\"options\":{\"%s\":\"%s\"}}]}]}";
    String unknown = "d".repeat(64);
    String jar = "s3a://jars/own.jar";
    for (String option :
        new String[] {"clientSecret", "authToken", "dbPassword", "secretAccessKey"}) {
      Answer literal =
          metastore.send("POST", "/dml", step.formatted(jar, unknown, option, "hunter2"));
      refused(literal, "/operations/0/transforms/0/options/" + option, "holds a literal secret");
      assertThat(literal.response().body()).doesNotContain("hunter2");
      Answer reference =
          metastore.send("POST", "/dml", step.formatted(jar, unknown, option, "env:IT"));
      assertThat(reference.status()).as(reference.detail()).isEqualTo(200);
    }
    assertThat(
            metastore
                .send("POST", "/dml", step.formatted(jar, unknown, "api.key", "hunter2"))
                .pointer())
        .isEqualTo("/operations/0/transforms/0/options/api.key");
    for (String option : new String[] {"key", "tokens", "secretary", "monkey"}) {
      Answer other = metastore.send("POST", "/dml", step.formatted(jar, unknown, option, "plain"));
      assertThat(other.status()).as(other.detail()).isEqualTo(200);
    }
    Answer inside =
        metastore.send(
            "POST", "/dml", step.formatted("s3a://AKIA:hunter2@jars/own.jar", unknown, "a", "b"));
    assertThat(inside.pointer()).isEqualTo("/operations/0/transforms/0/jar");
    assertThat(inside.response().body()).doesNotContain("hunter2");
    Answer registered =
        metastore.send(
            "PUT", "/transforms/" + unknown, "{\"uri\":\"s3a://AKIA:hunter2@jars/t.jar\"}");
    assertThat(registered.pointer()).isEqualTo("/uri");
  }

  @Test
  void aJarThatATemplateUsesStays() {
    String template =
        "{\"topicPattern\":\"shop.*\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3a://raw/b\"},\"template\":{\"target\":{\"path\":\"s3a://lake/{topic}\"},\"columns\":[{\"name\":\"id\",\"type\":\"string\"}],\"transforms\":[{\"jar\":\"s3a://jars/t.jar\",\"sha256\":\"%s\",\"type\":\"decrypt\",\"options\":{\"column\":\"id\",\"keys\":\"env:K\"}}]}}"
            .formatted(HASH);
    Answer pattern = metastore.send("PUT", "/sources/shops", template);
    assertThat(pattern.status()).as(pattern.detail()).isEqualTo(201);
    metastore.send(
        "POST",
        "/dml",
        "{\"table\":\"o\",\"operations\":[{\"op\":\"set_transforms\",\"transforms\":[]}]}");
    metastore.send(
        "POST",
        "/activations",
        "{\"dataset\":\"o\",\"version\":2,\"outcome\":\"active\",\"sequences\":{},\"run\":\"r\"}");
    Answer used = metastore.send("DELETE", "/transforms/" + HASH, "");
    assertThat(used.status()).isEqualTo(409);
    assertThat(used.detail()).contains("used by the templates of the sources [shops]");
    metastore.send("DELETE", "/sources/shops", "");
    assertThat(metastore.send("DELETE", "/transforms/" + HASH, "").status()).isEqualTo(200);
  }
}
