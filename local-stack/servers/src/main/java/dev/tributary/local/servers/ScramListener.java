package dev.tributary.local.servers;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A broker's listener with TLS (by a certificate of its own for 127.0.0.1 and localhost) that asks
 * for a password. For tests: the store's password is no secret.
 */
public final class ScramListener {
  private static final String STORE_PASSWORD = "tributary";

  private final Path folder;
  private final String user;
  private final String password;
  private final int port;

  ScramListener(Path folder, String user, String password, int port) {
    this.folder = folder;
    this.user = requireNonNull(user, "user");
    this.password = requireNonNull(password, "password");
    this.port = port;
  }

  /** Where clients connect. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** What a client sets to connect with the given credentials, right or wrong. */
  public Map<String, String> clientProperties(String clientUser, String clientPassword) {
    return Map.of(
        "security.protocol",
        "SASL_SSL",
        "sasl.mechanism",
        "SCRAM-SHA-512",
        "sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(clientUser, clientPassword),
        "ssl.truststore.location",
        keyStore().toString(),
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.password",
        STORE_PASSWORD);
  }

  int port() {
    return port;
  }

  Map<String, String> brokerProperties() {
    return Map.of(
        "sasl.enabled.mechanisms",
        "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "ssl.keystore.location",
        keyStore().toString(),
        "ssl.keystore.type",
        "PKCS12",
        "ssl.keystore.password",
        STORE_PASSWORD,
        "ssl.key.password",
        STORE_PASSWORD);
  }

  List<String> formatArguments() {
    return List.of("--add-scram", "SCRAM-SHA-512=[name=%s,password=%s]".formatted(user, password));
  }

  void createKeyStore() {
    if (Files.exists(keyStore())) {
      return;
    }
    try {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "broker",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=localhost",
                  "-ext",
                  "SAN=DNS:localhost,IP:127.0.0.1",
                  "-validity",
                  "3650",
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  keyStore().toString(),
                  "-storepass",
                  STORE_PASSWORD)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("keytool.log").toFile())
              .start();
      if (keytool.waitFor() != 0) {
        throw new ServerFailedException(
            "keytool made no certificate: " + Files.readString(folder.resolve("keytool.log")));
      }
    } catch (IOException e) {
      throw new ServerFailedException("keytool made no certificate.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServerFailedException("Interrupted while keytool made a certificate.", e);
    }
  }

  private Path keyStore() {
    return folder.resolve("broker.p12");
  }
}
