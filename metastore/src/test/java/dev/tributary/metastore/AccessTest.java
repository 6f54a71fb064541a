package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.metastore.RunningMetastore.Answer;
import dev.tributary.metastore.access.RateLimit;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.access.Tokens;
import dev.tributary.metastore.store.Database;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, limits, TLS. */
final class AccessTest {
  @TempDir private Path folder;

  private static String run(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      assertThat(MetastoreCommands.run(arguments)).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  @Test
  void aTokenAllowsWhatItsScopesSayUntilItIsRevoked() throws Exception {
    String database = folder.resolve("metastore.db").toString();
    try (RunningMetastore metastore = new RunningMetastore(folder, "0", "--tokens")) {
      String writer =
          run(
              "token-create",
              "--name",
              "anna",
              "--scope",
              "datasets:write",
              "--scope",
              "read",
              "--database",
              database);
      String source =
          "{\"topic\":\"o\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3a://raw/a\"}}";
      String[] bearer = {"Authorization", "Bearer " + writer};
      assertThat(metastore.send("PUT", "/sources/o", source, bearer).body().path("by").asText())
          .isEqualTo("anna");
      assertThat(metastore.send("GET", "/sources", "", bearer).status()).isEqualTo(200);
      assertThat(metastore.send("GET", "/audit", "", bearer).status()).isEqualTo(403);
      assertThat(metastore.send("POST", "/runs", "{}", bearer).status()).isEqualTo(403);
      String admin =
          run("token-create", "--name", "root", "--scope", "admin", "--database", database);
      assertThat(
              metastore
                  .send("GET", "/audit", "", "Authorization", "bearer " + admin)
                  .body()
                  .findValuesAsText("action"))
          .containsExactly("make_token", "create", "make_token");
      String listed = run("token-list", "--database", database);
      assertThat(listed).contains("anna").contains("datasets:write read").doesNotContain(writer);
      String id =
          listed
              .lines()
              .filter(line -> line.contains("anna"))
              .findFirst()
              .orElseThrow()
              .substring(0, 12);
      run("token-revoke", "--id", id, "--database", database);
      assertThat(metastore.send("GET", "/sources", "", bearer).status()).isEqualTo(401);
      assertThat(new String(Files.readAllBytes(Path.of(database)), StandardCharsets.ISO_8859_1))
          .doesNotContain(writer.substring(5));
    }
  }

  @Test
  void aTokenEndsWithItsLifetime() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    try (Database database = Database.open(folder.resolve("metastore.db"))) {
      String token =
          new Tokens(database, Clock.fixed(now, ZoneOffset.UTC))
              .make("a", Set.of(Scope.READ), Optional.of(Duration.ofMinutes(1)))
              .secret();
      Tokens before = new Tokens(database, Clock.fixed(now.plusSeconds(59), ZoneOffset.UTC));
      Tokens after = new Tokens(database, Clock.fixed(now.plusSeconds(60), ZoneOffset.UTC));
      assertThat(before.caller(token)).isPresent();
      assertThat(after.caller(token)).isEmpty();
    }
  }

  @Test
  void aPageInABrowserCannotUseAServiceThatAsksForNoTokens() {
    try (RunningMetastore open = new RunningMetastore(folder)) {
      String pause = "{\"table\":\"orders\",\"operations\":[{\"op\":\"pause\"}]}";
      Answer page =
          open.send(
              "POST", "/dml", pause, "Origin", "https://example.org", "Content-Type", "text/plain");
      assertThat(page.status()).isEqualTo(403);
      assertThat(page.code()).isEqualTo("forbidden");
      assertThat(page.detail()).contains("comes from a web page").contains("--tokens");
      assertThat(open.send("POST", "/dml", pause).status()).as("a program").isEqualTo(404);
    }
  }

  @Test
  void aNameThatLeadsHereByNowIsNotOneOfThisMachine() throws IOException {
    try (RunningMetastore open = new RunningMetastore(folder)) {
      for (String host :
          new String[] {"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST"}) {
        assertThat(status(open, host + ":8090")).as(host).isEqualTo(200);
        assertThat(status(open, host)).as(host).isEqualTo(200);
      }
      for (String host :
          new String[] {
            "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.0.1"
          }) {
        assertThat(status(open, host + ":8090")).as(host).isEqualTo(403);
      }
    }
    try (RunningMetastore closed = new RunningMetastore(folder, "0", "--tokens")) {
      assertThat(status(closed, "metastore.example")).as("asks for a token").isEqualTo(401);
    }
  }

  /** By hand, since the JDK's client writes this header itself. */
  private static int status(RunningMetastore metastore, String host) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", metastore.address().getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /sources HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(host)
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Integer.parseInt(answer.split(" ")[1]);
    }
  }

  @Test
  void anAddressIsHeldToItsRateAndOthersAreNot() {
    AtomicLong time = new AtomicLong();
    RateLimit limit = new RateLimit(2, time::get);
    assertThat(limit.allows("a")).isTrue();
    assertThat(limit.allows("a")).isTrue();
    assertThat(limit.allows("a")).isFalse();
    assertThat(limit.allows("b")).isTrue();
    time.addAndGet(500_000_000);
    assertThat(limit.allows("a")).isTrue();
    assertThat(limit.allows("a")).isFalse();
  }

  /**
   * A certificate for 127.0.0.1 of an authority of its own, whose certificate is left in {@code
   * ca.pem}.
   */
  private Path keysOfAPrivateAuthority() throws Exception {
    Path keys = folder.resolve("keys.p12");
    keytool(
        keys, "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=ours", "-ext", "bc:c");
    keytool(
        keys, "-exportcert", "-alias", "ca", "-rfc", "-file", folder.resolve("ca.pem").toString());
    keytool(
        keys,
        "-genkeypair",
        "-alias",
        "m",
        "-keyalg",
        "EC",
        "-signer",
        "ca",
        "-dname",
        "CN=localhost",
        "-ext",
        "san=ip:127.0.0.1");
    keytool(keys, "-delete", "-alias", "ca");
    return keys;
  }

  private static void keytool(Path keys, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(words));
    command.addAll(
        List.of("-storetype", "PKCS12", "-keystore", keys.toString(), "-storepass", "changeit"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void withAKeyStoreItServesHttpsToThoseWhoTrustItsAuthority() throws Exception {
    Path keys = keysOfAPrivateAuthority();
    Path password = Files.writeString(folder.resolve("password"), "changeit\n");
    try (RunningMetastore metastore =
        new RunningMetastore(
            folder,
            "0",
            "--tls.keystore",
            keys.toString(),
            "--tls.keystore-password",
            "file:" + password)) {
      assertThat(metastore.address().getScheme()).isEqualTo("https");
      MetastoreConnection trusting =
          new MetastoreConnection(
              metastore.address(),
              Optional.empty(),
              Duration.ofSeconds(5),
              1,
              Optional.of(folder.resolve("ca.pem")));
      assertThat(HttpMetastore.of(trusting).sources()).isEmpty();
      assertThat(new HttpMetastoreAdmin(trusting).list("audit")).isEmpty();

      assertThatThrownBy(
              () -> HttpMetastore.of(MetastoreConnection.to(metastore.address())).sources())
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE))
          .hasMessageContaining(
              "its certificate is of no authority that is trusted here (one of your own: metastore.ca)");
    }
  }

  @Test
  void theClientBearsItsToken() {
    try (RunningMetastore metastore = new RunningMetastore(folder, "0", "--tokens")) {
      String token = RunningMetastore.token(folder, "driver", "read");
      MetastoreConnection connection =
          new MetastoreConnection(
              metastore.address(), Optional.of(token), Duration.ofSeconds(5), 1);
      assertThat(HttpMetastore.of(connection).datasets()).isEmpty();
    }
  }

  @Test
  void aTokenThatLapsesStopsNobodyWhoRemembers() throws IOException {
    try (RunningMetastore metastore = new RunningMetastore(folder, "0", "--tokens")) {
      String good = RunningMetastore.token(folder, "driver", "read");
      String writer = RunningMetastore.token(folder, "writer", "datasets:write");
      assertThat(
              metastore
                  .send(
                      "PUT",
                      "/sources/o",
                      "{\"topic\":\"o\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3a://raw/a\"}}",
                      "Authorization",
                      "Bearer " + writer)
                  .status())
          .isEqualTo(201);
      Path token = Files.writeString(folder.resolve("token"), good);
      MetastoreConnection connection =
          new MetastoreConnection(
              metastore.address(), Optional.of("file:" + token), Duration.ofSeconds(5), 1);
      HttpMetastore remembering = HttpMetastore.of(connection, folder.resolve("cache"));
      HttpMetastore forgetful = HttpMetastore.of(connection);
      assertThat(remembering.sources()).hasSize(1);
      assertThat(remembering.source("o")).isPresent();
      assertThat(forgetful.source("o")).isPresent();
      assertThat(remembering.away()).isFalse();

      Files.writeString(token, "trb_lapsed");
      assertThat(remembering.sources()).hasSize(1);
      assertThat(remembering.source("o")).isPresent();
      assertThat(remembering.away()).as("its health says so").isTrue();
      assertThat(forgetful.source("o")).as("read before").isPresent();
      assertThatThrownBy(forgetful::sources)
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_DENIED);
                assertThat(e.code().retryable()).as("a token is rotated").isTrue();
              });

      Files.writeString(token, writer);
      assertThat(remembering.sources()).as("another scope").hasSize(1);
      Files.writeString(token, good);
      assertThat(remembering.sources()).hasSize(1);
      assertThat(remembering.away()).isFalse();
    }
  }

  @Test
  void tokensOfADatabaseThatIsNotThereAreNeitherListedNorRevoked() {
    Path none = folder.resolve("none.db");
    for (String[] command :
        new String[][] {
          {"token-list", "--database", none.toString()},
          {"token-revoke", "--id", "0123456789ab", "--database", none.toString()}
        }) {
      assertThat(MetastoreCommands.run(command)).as(command[0]).isEqualTo(2);
    }
    assertThat(none).doesNotExist();
  }
}
