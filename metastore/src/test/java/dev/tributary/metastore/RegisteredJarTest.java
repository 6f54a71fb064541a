package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.tributary.metastore.RunningMetastore.Answer;
import dev.tributary.metastore.jars.JarFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JARs that lie elsewhere: the service reads them itself, and only where it may. */
final class RegisteredJarTest {
  private static final UploadedJar JAR = UploadedJar.whole();

  @TempDir private Path folder;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer http;
  private RunningMetastore metastore;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.add(path);
          exchange.getResponseHeaders().add("Location", "/jars/t.jar");
          int status =
              switch (path) {
                case "/jars/t.jar", "/other/t.jar" -> 200;
                case "/jars/moved.jar" -> 302;
                case "/jars/private.jar" -> 403;
                case "/jars/broken.jar" -> 500;
                default -> 404;
              };
          exchange.sendResponseHeaders(status, status == 200 ? JAR.content().length : -1);
          if (status == 200) {
            exchange.getResponseBody().write(JAR.content());
          }
          exchange.close();
        });
    http.start();
    Files.createDirectory(folder.resolve("in"));
    metastore =
        new RunningMetastore(
            folder,
            "0",
            "--transforms.max-jar-bytes",
            "8k",
            "--transforms.read-from",
            "file:" + folder.resolve("in") + "/",
            "--transforms.read-from",
            url("/jars/"));
  }

  @AfterEach
  void stop() {
    metastore.close();
    http.stop(0);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + http.getAddress().getPort() + path;
  }

  private Answer register(String uri, String... headers) {
    return metastore.send("PUT", JAR.path(), "{\"uri\":\"%s\"}".formatted(uri), headers);
  }

  private String file(String name, byte[] content) throws IOException {
    return "file://" + Files.write(folder.resolve("in").resolve(name), content);
  }

  private static void refused(Answer answer, String detail) {
    assertThat(answer.code()).as(answer.detail()).isEqualTo("transform-invalid");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail()).contains(detail);
  }

  @Test
  void theServiceReadsWhatItHoldsAndTakesNobodysWordForIt() throws IOException {
    for (String uri : List.of(file("t.jar", JAR.content()), url("/jars/t.jar"))) {
      Answer made = register(uri);
      assertThat(made.status()).as(made.detail()).isBetween(200, 201);
      assertThat(made.body().path("uri").asText()).isEqualTo(uri);
      assertThat(made.body().at("/transforms/0/name").asText()).isEqualTo("decrypt");
      assertThat(made.body().at("/transforms/0/options/1/secret").asBoolean()).isTrue();
      assertThat(register(uri).status()).as("again").isEqualTo(200);
    }
    assertThat(folder.resolve("jars")).as("nothing is kept").isEmptyDirectory();
    Answer said =
        metastore.send(
            "PUT", JAR.path(), "{\"uri\":\"%s\",\"transforms\":[]}".formatted(url("/jars/t.jar")));
    assertThat(said.code()).isEqualTo("spec-invalid");
    assertThat(said.detail()).contains("transforms");
    assertThat(metastore.send("PUT", JAR.path(), "{}").pointer()).isEqualTo("/uri");
    assertThat(metastore.admin().register(JAR.sha256(), url("/jars/t.jar")).path("by").asText())
        .isEqualTo("anonymous");
  }

  @Test
  void whatLiesThereHasToBeTheJarThatIsMeant() throws IOException {
    UploadedJar other = UploadedJar.with("a/Decrypt.class", "another class");
    Answer mismatch = register(file("other.jar", other.content()));
    refused(mismatch, "has the SHA-256 %s, and not %s.".formatted(other.sha256(), JAR.sha256()));
    assertThat(mismatch.pointer()).isEqualTo("/uri");
    byte[] text = "text".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    refused(
        metastore.send(
            "PUT",
            new UploadedJar(text).path(),
            "{\"uri\":\"%s\"}".formatted(file("text.jar", text))),
        "it is no JAR");
    refused(register(file("long.jar", new byte[9_000])), "is longer than 8,192 bytes");
    refused(register(url("/jars/none.jar")), "Nothing lies at the URI");
    refused(register("file:" + folder.resolve("in/none.jar")), "Nothing lies at the URI");
    Answer directory = register("file:" + Files.createDirectory(folder.resolve("in/folder.jar")));
    refused(directory, "it is no file. Name the JAR itself, or upload the JAR: ./tributary");
    refused(register(url("/jars/private.jar")), "its server answers 403");
    Answer broken = register(url("/jars/broken.jar"));
    assertThat(broken.status()).isEqualTo(503);
    assertThat(broken.header("Retry-After")).isNotEmpty();
    http.stop(0);
    assertThat(register(url("/jars/t.jar")).code()).isEqualTo("store-unavailable");
    assertThat(folder.resolve("jars")).isEmptyDirectory();
    assertThat(metastore.get(JAR.path()).status()).isEqualTo(404);
  }

  @Test
  void nothingIsReadBesideTheFoldersThatItMayRead() throws IOException {
    Files.write(folder.resolve("out.jar"), JAR.content());
    Files.createSymbolicLink(folder.resolve("in/link.jar"), folder.resolve("out.jar"));
    refused(register("file:" + folder.resolve("in/link.jar")), "a link that leads elsewhere");
    for (String uri :
        List.of(
            "file:" + folder.resolve("out.jar"),
            "file:" + folder.resolve("in") + "/../out.jar",
            "file://localhost" + folder.resolve("in/t.jar"),
            url("/other/t.jar"),
            url("/jars/../other/t.jar"),
            url("/jars/%2E%2e/other/t.jar"),
            url("/jars/t.jar?token=x"),
            url("/jars/"),
            "http://127.0.0.1:1/jars/t.jar",
            "http://me@127.0.0.1:%d/jars/t.jar".formatted(http.getAddress().getPort()),
            "s3a://jars/t.jar")) {
      refused(register(uri), "it is in none of the folders that it may read [file:");
    }
    refused(register("hdfs://jars/t.jar"), "it knows no 'hdfs'. Put it where it can");
    assertThat(asked).as("nothing was asked for").isEmpty();
    refused(register(url("/jars/moved.jar")), "it is redirected, which is not followed");
    assertThat(asked).containsExactly("/jars/moved.jar");
  }

  @Test
  void aServiceThatIsToldOfNoFolderReadsNothing() throws IOException {
    String uri = file("t.jar", JAR.content());
    metastore.close();
    metastore = new RunningMetastore(folder);
    refused(register(uri), "in none of the folders that it may read []. Start the service with");
    for (String bad :
        List.of(
            "s3://jars", "jars/", "s3:/jars/", "https://u:p@host/", "hdfs://h/", "file:/a/../")) {
      assertThatThrownBy(() -> JarFolder.parse(bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ends with a slash");
    }
    assertThat(JarFolder.parse("s3a://jars/").uri()).isEqualTo("s3://jars/");
  }

  @Test
  void aRequestThatIsRepeatedWithItsKeyIsAnsweredThoughTheJarHasGone() throws IOException {
    String uri = file("t.jar", JAR.content());
    String[] key = {"Idempotency-Key", "k"};
    assertThat(register(uri, key).status()).isEqualTo(201);
    Files.delete(folder.resolve("in/t.jar"));
    Answer again = register(uri, key);
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(register(url("/jars/t.jar"), key).code()).isEqualTo("idempotency-key-reused");
    refused(register(uri), "Nothing lies at the URI");
  }
}
