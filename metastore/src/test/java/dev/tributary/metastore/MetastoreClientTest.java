package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.core.spec.WriteMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client that drivers use, against the real service. */
final class MetastoreClientTest {
  private static final SourceSpec SOURCE =
      Json.read(
          """
          {"name":"orders","bootstrapServers":"b:9092","topic":"orders",
           "archive":{"location":"s3a://raw/a"}}
          """
              .getBytes(StandardCharsets.UTF_8),
          SourceSpec.class);
  private static final DatasetSpec DATASET =
      Json.read(
          """
          {"name":"orders","source":"orders","target":{"path":"s3a://lake/orders"},
           "columns":[{"name":"id","type":"bigint"}]}
          """
              .getBytes(StandardCharsets.UTF_8),
          DatasetSpec.class);

  @TempDir private Path folder;
  private RunningMetastore metastore;
  private HttpMetastoreAdmin admin;
  private HttpMetastore reader;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder);
    admin = metastore.admin();
    reader = HttpMetastore.of(MetastoreConnection.to(metastore.address()), folder.resolve("cache"));
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  @Test
  void specsComeBackAsTheyWerePut() {
    assertThat(admin.putSource(SOURCE).spec()).isEqualTo(SOURCE);
    assertThat(admin.putDataset(DATASET).version()).isEqualTo(1);
    assertThat(reader.source("orders")).map(Versioned::spec).contains(SOURCE);
    assertThat(reader.dataset("orders")).map(Versioned::spec).contains(DATASET);
    assertThat(reader.sources()).extracting(Versioned::spec).containsExactly(SOURCE);
    assertThat(reader.datasets()).extracting(Versioned::spec).containsExactly(DATASET);
    assertThat(reader.dataset("orders", 1)).map(Versioned::spec).contains(DATASET);
    assertThat(reader.dataset("orders", 2)).isEmpty();
    assertThat(reader.dataset("other")).isEmpty();
    assertThat(reader.source("other")).isEmpty();
  }

  @Test
  void changesMakeVersionsAndTheSameAgainDoesNot() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    assertThat(admin.putDataset(DATASET).version()).isEqualTo(1);
    assertThat(admin.putSource(SOURCE).version()).isEqualTo(1);
    Versioned<DatasetSpec> changed =
        admin.ddl(
            "orders",
            List.of(
                new DdlOperation.AddColumn(ColumnSpec.of("city", "string")),
                new DdlOperation.AddColumn(ColumnSpec.of("town", "string")),
                new DdlOperation.RenameColumn("city", "place"),
                new DdlOperation.DropColumn("town")));
    assertThat(changed.version()).isEqualTo(2);
    assertThat(changed.spec().columns())
        .extracting(ColumnSpec::name)
        .containsExactly("id", "place");
    assertThat(admin.pause("orders").spec().state()).isEqualTo(SpecState.PAUSED);
    assertThat(admin.resume("orders").spec().state()).isEqualTo(SpecState.ACTIVE);
    admin.retireDataset("orders");
    admin.retireSource("orders");
    assertThat(reader.source("orders").orElseThrow().spec().state()).isEqualTo(SpecState.RETIRED);
    assertThat(admin.show("datasets/orders/versions").path("items")).hasSize(5);
  }

  @Test
  void aVersionThatWaitsForARebuildIsFoundByItsDatasetAndGivenToNobodyElse() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    assertThat(reader.awaitingRebuild("orders")).isEmpty();
    assertThat(reader.awaitingRebuild("other")).isEmpty();
    reader.reportActivation(Activation.active("orders", 1, Map.of(), 0, "run-1"));
    String change =
        """
        {"table":"orders","rebuild":true,
         "operations":[{"op":"set_mode","mode":"history"},
                       {"op":"set_primary_key","columns":["id"]},
                       {"op":"set_order_by","columns":["id"]}]}
        """;
    admin.operate(
        "dml",
        Json.read(change.getBytes(StandardCharsets.UTF_8), JsonNode.class),
        MetastoreAdmin.Trial.NO);

    assertThat(reader.awaitingRebuild("orders")).hasSize(1);
    Versioned<DatasetSpec> waits = reader.awaitingRebuild("orders").get(0);
    assertThat(waits.version()).isEqualTo(2);
    assertThat(waits.spec().write().mode()).isEqualTo(WriteMode.HISTORY);
    assertThat(reader.dataset("orders").orElseThrow().version()).isEqualTo(1);
    reader.reportActivation(Activation.active("orders", 2, Map.of("orders", 9L), 7, "run-2"));
    assertThat(reader.awaitingRebuild("orders")).isEmpty();
    assertThat(reader.dataset("orders").orElseThrow().version()).isEqualTo(2);
  }

  @Test
  void listsLongerThanAPageAreReadWhole() {
    admin.putSource(SOURCE);
    for (int i = 0; i < 105; i++) {
      String document =
          """
          {"source":"orders","target":{"path":"s3a://lake/d%d"},
           "columns":[{"name":"id","type":"bigint"}]}
          """
              .formatted(i);
      admin.put(
          "datasets/d" + i, Json.read(document.getBytes(StandardCharsets.UTF_8), JsonNode.class));
    }
    assertThat(reader.datasets()).hasSize(105);
    assertThat(admin.list("audit")).hasSize(106);
    assertThat(admin.list("audit", 2))
        .extracting(entry -> entry.path("resource").asText())
        .as("the newest")
        .containsExactly("/datasets/d104", "/datasets/d103");
    assertThat(admin.list("datasets", 1_000)).hasSize(105);
  }

  @Test
  void reportsArriveAndCanBeRepeated() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    Activation activation = Activation.active("orders", 1, Map.of("orders", 4L), 2, "run-1");
    reader.reportActivation(activation);
    reader.reportActivation(activation);
    assertThat(admin.show("datasets/orders").path("state").asText()).isEqualTo("active");
    reader.reportRun(
        new RunReport(
            "run-1", "orders", 2, RunReport.State.RUNNING, 17, Map.of("records", 5L), null, null));
    assertThat(admin.show("runs").at("/items/0/progress/records").asInt()).isEqualTo(5);
    assertThatThrownBy(() -> reader.reportActivation(Activation.rejected("orders", 9, "x", "r")))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_REFUSED));
  }

  @Test
  void aRefusalSaysReasonPointerAndRemedy() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    assertThatThrownBy(() -> admin.ddl("orders", List.of(new DdlOperation.DropColumn("missing"))))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_REFUSED);
              assertThat(e.pointer()).contains("/operations/0/name");
              assertThat(e)
                  .hasMessage(
                      "The metastore refused POST /ddl (change-refused): The dataset orders has no"
                          + " column missing. Its columns are [id].");
            });
  }

  @Test
  void driversGoOnFromTheLastKnownSpecsWhileItIsAway() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    reader.datasets();
    reader.source("orders");
    reader.dataset("orders", 1);
    metastore.close();

    assertThat(reader.datasets()).extracting(Versioned::spec).containsExactly(DATASET);
    assertThat(reader.source("orders")).map(Versioned::spec).contains(SOURCE);
    assertThat(reader.dataset("orders")).as("from the list").map(Versioned::spec).contains(DATASET);
    assertThat(reader.dataset("orders", 1)).isPresent();

    HttpMetastore started =
        HttpMetastore.of(MetastoreConnection.to(metastore.address()), folder.resolve("cache"));
    assertThat(started.dataset("orders")).as("down at start").isPresent();
    assertThatThrownBy(started::sources)
        .as("never read")
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE));
    metastore = new RunningMetastore(folder);
  }

  @Test
  void aServiceThatCameUpWithoutItsDatabaseStopsNobody() throws IOException {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    HttpMetastore forgetful = metastore.reader();
    for (HttpMetastore each : List.of(reader, forgetful)) {
      assertThat(each.datasets()).hasSize(1);
      assertThat(each.dataset("orders")).isPresent();
      assertThat(each.source("orders")).isPresent();
    }
    String port = String.valueOf(metastore.address().getPort());
    metastore.close();
    metastore = new RunningMetastore(Files.createDirectory(folder.resolve("blank")), port);

    assertThat(reader.datasets()).extracting(Versioned::spec).containsExactly(DATASET);
    assertThat(reader.dataset("orders")).map(Versioned::spec).contains(DATASET);
    assertThat(reader.source("orders")).map(Versioned::spec).contains(SOURCE);
    assertThat(reader.away()).isTrue();
    assertThat(reader.dataset("payments")).as("never known").isEmpty();
    assertThat(forgetful.dataset("orders")).map(Versioned::spec).contains(DATASET);
    assertThatThrownBy(forgetful::datasets)
        .as("nothing to go on with, and no reason to stop what runs")
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE))
        .hasMessageContaining("It knows no datasets any more");
    HttpMetastore started =
        HttpMetastore.of(MetastoreConnection.to(metastore.address()), folder.resolve("cache"));
    assertThat(started.datasets()).as("remembered on disk").hasSize(1);

    metastore.close();
    metastore = new RunningMetastore(folder, port);
    for (HttpMetastore each : List.of(reader, forgetful)) {
      assertThat(each.datasets()).hasSize(1);
      assertThat(each.dataset("orders")).isPresent();
      assertThat(each.source("orders")).isPresent();
      assertThat(each.away()).isFalse();
    }
  }

  @Test
  void aVersionWhoseNumberIsGivenOutAgainAfterARestoreIsReadAnew() throws IOException {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    assertThat(MetastoreCommands.run(backup("copy.db"))).isZero();
    admin.ddl("orders", List.of(new DdlOperation.AddColumn(ColumnSpec.of("lost", "int"))));
    HttpMetastore running = metastore.reader();
    assertThat(running.dataset("orders").orElseThrow().version()).isEqualTo(2);
    String configuration = metastore.get("/config/orders").header("ETag");
    String port = String.valueOf(metastore.address().getPort());
    metastore.close();
    Path restored = Files.createDirectory(folder.resolve("restored"));
    Files.copy(folder.resolve("copy.db"), restored.resolve("metastore.db"));
    metastore = new RunningMetastore(restored, port);
    metastore
        .admin()
        .post(
            "recovery",
            Json.mapper()
                .createObjectNode()
                .put("done", true)
                .set("versions", Json.mapper().createArrayNode()));
    metastore
        .admin()
        .ddl("orders", List.of(new DdlOperation.AddColumn(ColumnSpec.of("other", "int"))));
    assertThat(running.dataset("orders").orElseThrow().spec().columns())
        .extracting(ColumnSpec::name)
        .containsExactly("id", "other");
    assertThat(metastore.send("GET", "/config/orders", "", "If-None-Match", configuration).status())
        .isEqualTo(200);
  }

  private String[] backup(String to) {
    return new String[] {
      "backup",
      "--database",
      folder.resolve("metastore.db").toString(),
      "--to",
      folder.resolve(to).toString()
    };
  }

  @Test
  void aFileThatWasLeftEmptyIsNoLastKnownSpec() throws Exception {
    admin.putSource(SOURCE);
    reader.source("orders");
    try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
      for (Path file : files.toList()) {
        Files.write(file, new byte[0]);
      }
    }
    metastore.close();
    HttpMetastore started =
        HttpMetastore.of(MetastoreConnection.to(metastore.address()), folder.resolve("cache"));
    assertThatThrownBy(() -> started.source("orders"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE));
    metastore = new RunningMetastore(folder);
  }

  @Test
  void withoutAFolderItGoesOnWithWhatItHasReadItselfWhileTheServiceIsAway() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    HttpMetastore running = metastore.reader();
    running.dataset("orders");
    running.source("orders");
    // What it tells the service makes what it has read old, and not forgotten.
    running.reportActivation(Activation.active("orders", 1, Map.of("orders", 4L), 2, "run-1"));
    metastore.close();
    assertThatThrownBy(() -> running.dataset("orders", 2))
        .as("a version that a cut-over has brought, and nobody has read")
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE));

    assertThat(running.dataset("orders")).map(Versioned::spec).contains(DATASET);
    assertThat(running.source("orders")).map(Versioned::spec).contains(SOURCE);
    assertThat(running.away()).isTrue();
    assertThatThrownBy(() -> running.source("payments"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE));
    metastore = new RunningMetastore(folder);
  }

  @Test
  void aServiceThatSaysNothingHoldsNobodyUpForLong() throws IOException {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Path cache = folder.resolve("mute");
      HttpMetastore.of(MetastoreConnection.to(metastore.address()), cache).datasets();
      HttpMetastore running =
          HttpMetastore.of(
              new MetastoreConnection(
                  URI.create("http://127.0.0.1:" + mute.getLocalPort()),
                  Optional.empty(),
                  Duration.ofSeconds(1),
                  1),
              cache);
      long begun = System.nanoTime();
      for (int look = 0; look < 5; look++) {
        assertThat(running.dataset("orders")).map(Versioned::spec).contains(DATASET);
        assertThatThrownBy(() -> running.foundTopics("orders", List.of("more")))
            .isInstanceOfSatisfying(
                TributaryException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("ten requests, of which it was asked one")
          .isLessThan(Duration.ofSeconds(4));
    }
  }

  @Test
  void whatWasReadHoldsForItsLifetimeAndEndsWhenANewerVersionIsKnown() {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    HttpMetastore holding =
        HttpMetastore.of(
            MetastoreConnection.to(metastore.address()),
            folder.resolve("held"),
            Duration.ofHours(1));
    assertThat(holding.dataset("orders")).map(Versioned::version).contains(1L);
    admin.pause("orders");
    assertThat(holding.dataset("orders")).map(Versioned::version).as("held").contains(1L);
    assertThat(reader.dataset("orders")).map(Versioned::version).as("asked").contains(2L);
    holding.datasets();
    assertThat(holding.dataset("orders")).map(Versioned::version).as("known").contains(2L);
    admin.resume("orders");
    assertThat(holding.dataset("orders", 3)).isPresent();
    assertThat(holding.dataset("orders")).map(Versioned::version).as("known").contains(3L);
  }

  @Test
  void whatDidNotChangeIsNotSentAgain() {
    admin.putSource(SOURCE);
    reader.source("orders");
    assertThat(reader.source("orders")).map(Versioned::spec).contains(SOURCE);
    assertThat(metastore.get("/metrics").response().body())
        .contains("route=\"/sources/{name}\",status=\"304\"} 1");
  }

  @Test
  void aRequestWhoseAnswerIsLostIsMadeAgainAndCarriedOutOnce() throws Exception {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET);
    try (LosingProxy proxy = new LosingProxy(metastore.address().getPort())) {
      HttpMetastoreAdmin behind =
          new HttpMetastoreAdmin(
              new MetastoreConnection(
                  proxy.address(), java.util.Optional.empty(), Duration.ofSeconds(5), 4));
      proxy.loseNextAnswers(2);
      Versioned<DatasetSpec> changed =
          behind.ddl(
              "orders", List.of(new DdlOperation.AddColumn(ColumnSpec.of("city", "string"))));
      assertThat(changed.version()).isEqualTo(2);
      assertThat(proxy.lost()).isEqualTo(2);
    }
    assertThat(admin.show("datasets/orders/versions").path("items")).hasSize(2);
  }

  @Test
  void columnsWhoseReportWasTakenInAndNotAnsweredAreAConflictAndNoSecondVersion() throws Exception {
    admin.putSource(SOURCE);
    admin.putDataset(DATASET.withUnknownFields(UnknownFieldsSpec.evolved(null)));
    List<DdlOperation> city = List.of(new DdlOperation.AddColumn(ColumnSpec.of("city", "string")));
    try (LosingProxy proxy = new LosingProxy(metastore.address().getPort())) {
      HttpMetastore behind =
          HttpMetastore.of(
              new MetastoreConnection(
                  proxy.address(), java.util.Optional.empty(), Duration.ofSeconds(5), 4));
      proxy.loseNextAnswers(1);
      assertThatThrownBy(() -> behind.foundColumns("orders", 1, city, "found"))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.VERSION_CONFLICT));
      assertThat(behind.dataset("orders").orElseThrow().spec().columns())
          .extracting(ColumnSpec::name)
          .contains("city");
    }
    assertThat(admin.show("datasets/orders/versions").path("items")).hasSize(2);
  }

  @Test
  void withoutAMemoryItIsUnavailableAndSaysWhatToCheck() {
    metastore.close();
    assertThatThrownBy(() -> metastore.reader().datasets())
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE))
        .hasMessageContaining(metastore.address().toString())
        .hasMessageContaining("metastore.url");
    metastore = new RunningMetastore(folder);
  }
}
