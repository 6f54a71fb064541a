package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that was made while the service ran is as good as the database. */
final class BackupTest {
  private static final String DATASET =
      """
      {"source":{"topic":"%1$s","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
       "target":{"path":"s3a://lake/%1$s"},"columns":[{"name":"id","type":"bigint"}]}
      """;

  @TempDir private Path folder;

  @Test
  void aBackupOfARunningServiceIsRestored() throws Exception {
    Path copy = folder.resolve("copy.db");
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      metastore.send("PUT", "/datasets/a", DATASET.formatted("a"));
      Path unfinished =
          Files.writeString(folder.resolve("copy.db.unfinished"), "of a run that was killed");
      assertThat(backup(copy)).isZero();
      assertThat(unfinished).doesNotExist();
      metastore.send("PUT", "/datasets/b", DATASET.formatted("b"));
    }
    Path restored = Files.createDirectory(folder.resolve("restored"));
    Files.copy(copy, restored.resolve("metastore.db"));
    try (RunningMetastore metastore = new RunningMetastore(restored)) {
      assertThat(metastore.get("/datasets/a").status()).isEqualTo(200);
      assertThat(metastore.get("/datasets/b").status()).isEqualTo(404);
      assertThat(metastore.get("/recovery").body().path("needed").asBoolean()).isTrue();
      Answer early = metastore.send("PUT", "/datasets/c", DATASET.formatted("c"));
      assertThat(early.status()).isEqualTo(409);
      assertThat(early.detail()).contains("is a backup of").contains("./tributary recover");
      Answer learned =
          metastore.send(
              "POST",
              "/recovery",
              """
              {"done":true,"versions":[{"dataset":"a","version":3,"spec":{"name":"a","source":"a",
                "target":{"path":"s3a://lake/a"},
                "columns":[{"name":"id","type":"bigint"},{"name":"new","type":"string"}]}}]}
              """);
      assertThat(learned.body().path("recovered").asInt()).isEqualTo(2);
      JsonNode versions = metastore.get("/datasets/a/versions").body().path("items");
      List<String> states = new ArrayList<>();
      versions.forEach(version -> states.add(version.path("state").asText()));
      assertThat(states).containsExactly("active", "rejected", "superseded");
      assertThat(metastore.get("/datasets/a").body().path("version").asInt()).isEqualTo(3);
      assertThat(versions.get(1).at("/spec/columns"))
          .as("a version of which nothing is known changed nothing")
          .hasSize(1);
      assertThat(versions.get(1).path("diff")).isEmpty();
      Answer next =
          metastore.send(
              "POST",
              "/ddl",
              "{\"table\":\"a\",\"operations\":[{\"op\":\"drop_column\",\"name\":\"new\"}]}");
      assertThat(next.body().path("version").asInt()).isEqualTo(4);
    }
    try (RunningMetastore metastore = new RunningMetastore(restored)) {
      assertThat(metastore.get("/recovery").body().path("needed").asBoolean()).isFalse();
      assertThat(metastore.send("PUT", "/datasets/c", DATASET.formatted("c")).status())
          .isEqualTo(201);
    }
    assertThat(backup(copy)).as("never over a file that is there").isEqualTo(2);
  }

  @Test
  void aDatabaseThatIsLostWithoutABackupIsBegunAnewAndNumbersVersionsWhereTheOldOneStopped() {
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      metastore.send(
          "PUT",
          "/sources/a",
          """
          {"topic":"a","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}}
          """);
      Answer learned =
          metastore.send(
              "POST",
              "/recovery",
              """
              {"done":true,"versions":[{"dataset":"a","version":7,"spec":{"name":"a","source":"a",
                "target":{"path":"s3a://lake/a"},"columns":[{"name":"id","type":"bigint"}]}}]}
              """);
      assertThat(learned.body().path("recovered").asInt()).isEqualTo(7);
      JsonNode inForce = metastore.get("/datasets/a").body();
      assertThat(inForce.path("version").asInt()).isEqualTo(7);
      assertThat(inForce.path("state").asText()).isEqualTo("active");
      Answer next =
          metastore.send(
              "POST",
              "/ddl",
              """
              {"table":"a","operations":[
                {"op":"add_column","column":{"name":"new","type":"string"}}]}
              """);
      assertThat(next.body().path("version").asInt()).isEqualTo(8);
    }
  }

  @Test
  void whatCameOfAVersionThatWasPendingWhenTheBackupWasMadeIsLearned() throws Exception {
    Path copy = folder.resolve("copy.db");
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      metastore.send("PUT", "/datasets/a", DATASET.formatted("a"));
      metastore.send("PUT", "/datasets/b", DATASET.formatted("b"));
      assertThat(backup(copy)).isZero();
    }
    Path restored = Files.createDirectory(folder.resolve("restored"));
    Files.copy(copy, restored.resolve("metastore.db"));
    try (RunningMetastore metastore = new RunningMetastore(restored)) {
      String found = "{\"dataset\":\"%s\",\"version\":%d,\"state\":\"%s\",\"spec\":%s}";
      String a = metastore.get("/datasets/a").body().path("spec").toString();
      String b = metastore.get("/datasets/b").body().path("spec").toString();
      Answer learned =
          metastore.send(
              "POST",
              "/recovery",
              "{\"done\":true,\"versions\":[%s,%s,%s,%s]}"
                  .formatted(
                      found.formatted("a", 1, "active", a),
                      found.formatted("a", 2, "rejected", a.replace("s3a://lake", "s3a://else")),
                      found.formatted("b", 1, "active", b),
                      found.formatted("b", 2, "pending", b.replace("s3a://lake", "s3a://else"))));
      assertThat(learned.status()).as(learned.detail()).isEqualTo(200);
      assertThat(learned.body().path("recovered").asInt()).isEqualTo(4);
      assertThat(states(metastore, "a")).as("2 is void").containsExactly("rejected", "active");
      assertThat(states(metastore, "b")).containsExactly("pending", "active");
      assertThat(metastore.get("/datasets/a").body().path("version").asInt()).isEqualTo(1);
      assertThat(metastore.get("/datasets/b").body().path("version").asInt()).isEqualTo(2);
      Answer narrowed =
          metastore.send(
              "POST",
              "/ddl",
              "{\"table\":\"a\",\"operations\":[{\"op\":\"widen_column\",\"name\":\"id\",\"type\":\"int\"}]}");
      assertThat(narrowed.status()).as("there is a table").isEqualTo(409);
    }
  }

  private static List<String> states(RunningMetastore metastore, String dataset) {
    List<String> states = new ArrayList<>();
    metastore
        .get("/datasets/%s/versions".formatted(dataset))
        .body()
        .path("items")
        .forEach(version -> states.add(version.path("state").asText()));
    return states;
  }

  private int backup(Path to) {
    return MetastoreCommands.run(
        new String[] {
          "backup", "--database", folder.resolve("metastore.db").toString(), "--to", to.toString()
        });
  }
}
