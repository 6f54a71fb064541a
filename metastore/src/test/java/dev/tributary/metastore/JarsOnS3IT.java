package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.local.servers.S3Server;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** JARs that lie in S3, which checks signatures. */
final class JarsOnS3IT {
  private static final UploadedJar JAR = UploadedJar.whole();
  private static final String ACCESS_KEY = "aws.accessKeyId";
  private static final String SECRET_KEY = "aws.secretAccessKey";

  @TempDir private static Path data;
  private static final Map<String, String> BEFORE = new TreeMap<>();
  private static S3Server server;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    server = S3Server.in(data).credentials("jars", "jars-secret").start();
    server.createBucket("jars");
    server.createBucket("others");
    set(ACCESS_KEY, "jars");
    set(SECRET_KEY, "jars-secret");
    try (S3Client s3 =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .region(Region.US_EAST_1)
            .endpointOverride(server.endpoint())
            .forcePathStyle(true)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("jars", "jars-secret")))
            .build()) {
      put(s3, "jars", "team/t.jar", JAR.content());
      put(s3, "jars", "team/other.jar", UploadedJar.with("a/Decrypt.class", "x").content());
      put(s3, "jars", "team/text.jar", "text".getBytes(StandardCharsets.UTF_8));
      put(s3, "jars", "team/long.jar", new byte[9_000]);
      put(s3, "jars", "elsewhere/t.jar", JAR.content());
      put(s3, "others", "team/t.jar", JAR.content());
    }
  }

  private static void put(S3Client s3, String bucket, String key, byte[] content) {
    s3.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromBytes(content));
  }

  private static void set(String property, String value) {
    BEFORE.putIfAbsent(property, System.getProperty(property, ""));
    if (value.isEmpty()) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
    }
  }

  @AfterAll
  static void stop() {
    Map.copyOf(BEFORE).forEach(JarsOnS3IT::set);
    server.close();
  }

  private RunningMetastore metastore() {
    return new RunningMetastore(
        folder,
        "0",
        "--transforms.read-from",
        "s3://jars/team/",
        "--transforms.max-jar-bytes",
        "8k",
        "--s3.endpoint",
        server.endpoint().toString(),
        "--s3.path-style");
  }

  private static Answer register(RunningMetastore metastore, UploadedJar jar, String uri) {
    return metastore.send("PUT", jar.path(), "{\"uri\":\"%s\"}".formatted(uri));
  }

  private static void refused(Answer answer, String detail) {
    assertThat(answer.code()).as(answer.detail()).isEqualTo("transform-invalid");
    assertThat(answer.detail()).contains(detail);
  }

  @Test
  void theServiceReadsTheJarFromItsBucket() {
    try (RunningMetastore metastore = metastore()) {
      Answer made = register(metastore, JAR, "s3a://jars/team/t.jar");
      assertThat(made.status()).as(made.detail()).isEqualTo(201);
      assertThat(made.body().path("uri").asText()).isEqualTo("s3a://jars/team/t.jar");
      assertThat(made.body().at("/transforms/0/options/0/required").asBoolean()).isTrue();
      assertThat(register(metastore, JAR, "s3://jars/team/t.jar").status()).isEqualTo(200);

      refused(register(metastore, JAR, "s3a://jars/team/other.jar"), "has the SHA-256");
      refused(register(metastore, JAR, "s3a://jars/team/none.jar"), "Nothing lies at the URI");
      refused(register(metastore, JAR, "s3a://jars/team/long.jar"), "is longer than 8,192 bytes");
      UploadedJar text = new UploadedJar("text".getBytes(StandardCharsets.UTF_8));
      refused(register(metastore, text, "s3a://jars/team/text.jar"), "it is no JAR");
      for (String uri : new String[] {"s3a://jars/elsewhere/t.jar", "s3a://others/team/t.jar"}) {
        refused(register(metastore, JAR, uri), "in none of the folders that it may read [s3:");
      }
    }
  }

  @Test
  void whatItsCredentialsDoNotOpenIsNotTakenOnTrust() {
    try (RunningMetastore metastore = metastore()) {
      set(SECRET_KEY, "wrong");
      refused(
          register(metastore, JAR, "s3a://jars/team/t.jar"),
          "S3 answers 403 SignatureDoesNotMatch. See to its credentials (s3:GetObject), s3.endpoint"
              + " and s3.region, or upload the JAR: ./tributary transform upload");
    } finally {
      set(SECRET_KEY, "jars-secret");
    }
    set(ACCESS_KEY, "");
    set("aws.disableEc2Metadata", "true");
    set("aws.sharedCredentialsFile", folder.resolve("none").toString());
    set("aws.configFile", folder.resolve("none").toString());
    try (RunningMetastore metastore = metastore()) {
      refused(
          register(metastore, JAR, "s3a://jars/team/t.jar"),
          "it has no credentials for S3. Give the service some by AWS's own chain");
    } finally {
      set(ACCESS_KEY, "jars");
    }
  }

  @Test
  void aServerThatIsAwayIsAFailureThatCanPass() {
    try (RunningMetastore metastore = metastore()) {
      server.stop();
      Answer away = register(metastore, JAR, "s3a://jars/team/t.jar");
      assertThat(away.status()).as(away.detail()).isEqualTo(503);
      assertThat(away.code()).isEqualTo("store-unavailable");
      server.start();
      assertThat(register(metastore, JAR, "s3a://jars/team/t.jar").status()).isEqualTo(201);
    } finally {
      server.restart();
    }
  }
}
