package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JARs that are sent to the service, which reads them and runs nothing of them. */
final class UploadTest {
  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder, "0", "--transforms.max-jar-bytes", "8k");
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  @Test
  void whatIsUploadedIsReadWithoutBeingRunAndServedAsItWas() throws IOException {
    UploadedJar jar = UploadedJar.whole();
    Answer made = metastore.upload(jar.path(), jar.content());
    assertThat(made.status()).as(made.detail()).isEqualTo(201);
    assertThat(made.body().path("uri").asText())
        .isEqualTo("metastore:/transforms/" + jar.sha256() + ".jar");
    assertThat(made.body().at("/transforms/0/name").asText()).isEqualTo("decrypt");
    assertThat(made.body().at("/transforms/0/options/1/secret").asBoolean()).isTrue();
    assertThat(metastore.upload(jar.path(), jar.content()).status()).as("again").isEqualTo(200);
    assertThat(metastore.reader().jar(jar.sha256()).orElseThrow()).isEqualTo(jar.content());
    assertThat(metastore.reader().jar("f".repeat(64))).isEmpty();

    metastore.close();
    metastore = new RunningMetastore(folder);
    assertThat(metastore.reader().jar(jar.sha256()).orElseThrow())
        .as("after a restart")
        .isEqualTo(jar.content());
    Path file = Files.write(folder.resolve("other.jar"), UploadedJar.whole().content());
    assertThat(metastore.admin().upload(jar.sha256(), file).path("sha256").asText())
        .isEqualTo(jar.sha256());
    assertThat(metastore.send("DELETE", jar.path(), "").status()).isEqualTo(200);
    assertThat(metastore.get(jar.path() + "/jar").status()).isEqualTo(404);
  }

  @Test
  void anUploadedJarIsNotRegisteredElsewhere() throws IOException {
    UploadedJar jar = UploadedJar.whole();
    metastore.close();
    metastore = new RunningMetastore(folder, "0", "--transforms.read-from", "file:" + folder + "/");
    String place =
        "{\"uri\":\"file:%s\"}".formatted(Files.write(folder.resolve("t.jar"), jar.content()));
    assertThat(metastore.send("PUT", jar.path(), place).status()).isEqualTo(201);
    assertThat(metastore.upload(jar.path(), jar.content()).status()).isEqualTo(200);

    Answer refused = metastore.send("PUT", jar.path(), place);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.detail()).contains("was uploaded, and datasets may name it by that");
    assertThat(metastore.get(jar.path()).body().path("uri").asText()).startsWith("metastore:");
  }

  @Test
  void aDatasetIsCheckedAgainstWhatTheJarItselfSays() {
    UploadedJar jar = UploadedJar.whole();
    metastore.upload(jar.path(), jar.content());
    Answer refused =
        metastore.send(
            "PUT",
            "/datasets/o",
            """
            {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
             "target":{"path":"s3a://lake/o"},"columns":[{"name":"id","type":"string"}],
             "transforms":[{"jar":"metastore:/transforms/%s.jar","sha256":"%s","type":"decrypt","options":{}}]}
            """
                .formatted(jar.sha256(), jar.sha256()));
    assertThat(refused.code()).isEqualTo("transform-invalid");
    assertThat(refused.detail()).contains("needs the option 'column'");
  }

  @Test
  void aVersionWhoseJarIsGoneIsNotRevertedTo() {
    UploadedJar jar = UploadedJar.whole();
    metastore.upload(jar.path(), jar.content());
    Answer made =
        metastore.send(
            "PUT",
            "/datasets/o",
            """
            {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
             "target":{"path":"s3a://lake/o"},"columns":[{"name":"id","type":"string"}],
             "transforms":[{"jar":"metastore:/transforms/%s.jar","sha256":"%s","type":"decrypt",
              "options":{"column":"id","keys":"env:KEYS"}}]}
            """
                .formatted(jar.sha256(), jar.sha256()));
    assertThat(made.status()).as(made.detail()).isEqualTo(201);
    String dml = "{\"table\":\"o\",\"operations\":[%s]}";
    metastore.send("POST", "/dml", dml.formatted("{\"op\":\"set_transforms\",\"transforms\":[]}"));
    metastore.send(
        "POST",
        "/activations",
        "{\"dataset\":\"o\",\"version\":2,\"outcome\":\"active\",\"sequences\":{},\"run\":\"r\"}");
    assertThat(metastore.send("DELETE", jar.path(), "").status()).isEqualTo(200);

    Answer reverted =
        metastore.send("POST", "/dml", dml.formatted("{\"op\":\"revert_to\",\"version\":1}"));

    assertThat(reverted.code()).isEqualTo("transform-invalid");
    assertThat(reverted.pointer()).isEqualTo("/operations/0/version");
    assertThat(reverted.detail()).contains("was not uploaded");
  }

  @Test
  void aJarThatIsNotWhatItsPathSaysOrDoesNotDescribeItselfIsRefusedAndNotKept() {
    UploadedJar whole = UploadedJar.whole();
    Answer other = metastore.upload("/transforms/" + "a".repeat(64), whole.content());
    assertThat(other.code()).isEqualTo("request-invalid");
    assertThat(other.detail()).contains("The body's SHA-256 is " + whole.sha256());
    refused(UploadedJar.with(UploadedJar.DESCRIPTION, ""), "it has no META-INF/tributary");
    refused(UploadedJar.with(UploadedJar.DESCRIPTION, "[null]"), "is no list of transforms");
    refused(UploadedJar.with(UploadedJar.SERVICES, ""), "it has no META-INF/services");
    refused(UploadedJar.with("a/Decrypt.class", ""), "it holds no class a.Decrypt");
    refused(UploadedJar.with(UploadedJar.SERVICES, "a.Other\n"), "names [a.Other]");
    refused(new UploadedJar("text".getBytes(java.nio.charset.StandardCharsets.UTF_8)), "no JAR");
    Answer broken =
        metastore.upload(
            UploadedJar.with(UploadedJar.DESCRIPTION, "[{\"name\":1}]").path(),
            UploadedJar.with(UploadedJar.DESCRIPTION, "[{\"name\":1}]").content());
    assertThat(broken.status()).isEqualTo(400);
    Answer tooLong = metastore.upload("/transforms/" + "a".repeat(64), new byte[9_000]);
    assertThat(tooLong.status()).isEqualTo(413);
    assertThat(folder.resolve("jars")).isEmptyDirectory();
    Answer tried = metastore.upload(whole.path() + "?dryRun=true", whole.content());
    assertThat(tried.body().path("dryRun").asBoolean()).isTrue();
    assertThat(folder.resolve("jars")).isEmptyDirectory();
  }

  private void refused(UploadedJar jar, String why) {
    Answer answer = metastore.upload(jar.path(), jar.content());
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("transform-invalid");
    assertThat(answer.detail())
        .contains(why)
        .contains("./tributary transform describe --jar FILE --to FILE");
  }

  @Test
  void anUploadTakesAnIdempotencyKeyAndALargerBodyThanDocumentsMayHave() {
    metastore.close();
    metastore = new RunningMetastore(folder, "0", "--max-body-bytes", "200");
    UploadedJar jar = UploadedJar.whole();
    assertThat(jar.content().length).isGreaterThan(200);
    Answer made = metastore.upload(jar.path(), jar.content(), "Idempotency-Key", "k");
    Answer again = metastore.upload(jar.path(), jar.content(), "Idempotency-Key", "k");
    assertThat(made.status()).isEqualTo(201);
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
  }
}
