package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.spec.ColumnSpec;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The metastore's file is lost: what docs/operations.md says to do then, step by step. */
@Tag("delivery")
class RecoveryIT {
  private final Path folder =
      DeliveryStack.shared().folder().resolve(DeliveryStack.shared().unique("lost"));
  private final int port = freePort();
  private MetastoreChild service = MetastoreChild.start(folder, port);

  @Test
  void aBackupIsPutBackRecoverLearnsWhatCameIntoForceSinceAndDriversGoOn() throws Exception {
    BasicSteps.upload(DeliveryStack.shared().metastore(), admin());
    Pipeline pipeline =
        pipeline("backed")
            .filteredBy(
                List.of(BasicSteps.uploadedFilter("n % 3 <> 1")), event -> event.n() % 3 != 1)
            .withAppendTable();
    pipeline.moveTo(service);
    DriverRun first = pipeline.phase1("--trigger", "300ms");
    DriverRun second = pipeline.phase2("--trigger", "300ms");
    produced(pipeline, 100, first, second);

    Path copies = Files.createDirectories(pipeline.folder().resolve("copies"));
    pipeline
        .command(
            "metastore",
            "backup",
            "--database",
            folder.resolve("metastore.db").toString(),
            "--to",
            copies.resolve("metastore.db").toString())
        .expectExit(0);
    copy(folder.resolve("jars"), copies.resolve("jars"));
    assertThat(add(pipeline, "since")).isEqualTo(2);
    awaitActive(pipeline, 2);
    service.kill();
    delete(folder);
    produced(pipeline, 50, first, second);

    copy(copies, folder);
    service = MetastoreChild.start(folder, port);
    assertThat(admin().show("datasets/" + pipeline.name()).path("version").asLong())
        .as("the backup is older")
        .isEqualTo(1);
    assertThatThrownBy(() -> add(pipeline, "early"))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("./tributary recover");
    DriverRun recovered = pipeline.command("recover").expectExit(0);
    assertThat(recovered.log()).contains("1 were not known", "token-list");

    JsonNode learned = admin().show("datasets/" + pipeline.name());
    assertThat(learned.path("version").asLong()).isEqualTo(2);
    assertThat(learned.path("state").asText()).isEqualTo("active");
    assertThat(learned.at("/spec/columns").findValuesAsText("name")).contains("since");
    produced(pipeline, 50, first, second);
    assertThat(add(pipeline, "later")).as("no number is given out twice").isEqualTo(3);
    awaitActive(pipeline, 3);
    produced(pipeline, 50, first, second);
    assertThat(pipeline.columns()).contains("since", "later");
    assertThat(first.terminate()).as(first.log()).isZero();
    assertThat(second.terminate()).as(second.log()).isZero();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  @Test
  void withoutABackupAnEmptyMetastoreLearnsWhatStandsBesideThePlanLogs() throws Exception {
    Pipeline pipeline = pipeline("bare").withAppendTable();
    pipeline.moveTo(service);
    pipeline.produce(100);
    pipeline.catchUp();
    add(pipeline, "since");
    pipeline.produce(50);
    pipeline.catchUp();
    ObjectNode source = document("sources/" + pipeline.name());
    ObjectNode dataset = document("datasets/" + pipeline.name());
    service.kill();
    delete(folder);

    service = MetastoreChild.start(folder, port);
    ObjectNode file = Json.mapper().createObjectNode();
    file.putObject("sources").set(pipeline.name(), source);
    apply(pipeline, file);
    DriverRun recovered =
        pipeline.command("recover", "--table-location", pipeline.tables()).expectExit(0);
    assertThat(recovered.log()).contains("2 versions lie beside the plan logs", "2 were not known");
    JsonNode learned = admin().show("datasets/" + pipeline.name());
    assertThat(learned.path("version").asLong()).isEqualTo(2);
    assertThat(learned.path("state").asText()).isEqualTo("active");

    dataset.withArray("columns").addObject().put("name", "later").put("type", "string");
    file.putObject("datasets").set(pipeline.name(), dataset);
    apply(pipeline, file);
    pipeline.produce(50);
    pipeline.catchUp();
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
    awaitActive(pipeline, 3);
    assertThat(pipeline.columns()).contains("since", "later");
    Pipeline.assertReconciled(List.of(pipeline));
  }

  /** Whose tables lie in a folder of their own: recover looks at all that are beside them. */
  private Pipeline pipeline(String prefix) {
    return Pipeline.create(prefix, 2).inTablesOfItsOwn();
  }

  private static void produced(Pipeline pipeline, int records, DriverRun first, DriverRun second) {
    pipeline.produce(records);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);
    DriverRun.requireAlive(first, second);
  }

  private MetastoreAdmin admin() {
    return new HttpMetastoreAdmin(MetastoreConnection.to(service.url()));
  }

  private long add(Pipeline pipeline, String column) {
    return admin()
        .ddl(pipeline.name(), List.of(new DdlOperation.AddColumn(ColumnSpec.of(column, "string"))))
        .version();
  }

  private void awaitActive(Pipeline pipeline, long version) {
    String path = "datasets/%s/versions/%d".formatted(pipeline.name(), version);
    await("version %d of %s".formatted(version, pipeline.name()))
        .atMost(Duration.ofSeconds(480))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> admin().show(path).path("state").asText().equals("active"));
  }

  /** As a person has it in a file. */
  private ObjectNode document(String path) {
    ObjectNode spec = admin().show(path).path("spec").deepCopy();
    spec.remove(List.of("name", "state"));
    spec.path("columns").forEach(column -> ((ObjectNode) column).remove("id"));
    return spec;
  }

  private static void apply(Pipeline pipeline, ObjectNode file) throws IOException {
    Path path = pipeline.folder().resolve("file.yaml");
    Files.write(path, Json.write(file));
    pipeline.command("apply", path.toString(), "--yes").expectExit(0);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
