package dev.tributary.local.servers;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * An S3 server on this machine, as a process of its own: S3Proxy over a folder. It checks
 * signatures and honours conditional writes.
 */
public final class S3Server implements AutoCloseable {
  private final Path folder;
  private final String accessKey;
  private final String secretKey;
  private final int port;
  private final Lifetime lifetime;
  private ServerProcess process;

  private S3Server(Builder builder) {
    this.folder = builder.folder;
    this.accessKey = builder.accessKey;
    this.secretKey = builder.secretKey;
    this.port = FreePort.of(builder.port);
    this.lifetime = builder.lifetime;
  }

  /** A server that keeps its buckets, its log and its settings in {@code folder}. */
  public static Builder in(Path folder) {
    return new Builder(folder);
  }

  /** Its endpoint, {@code http://127.0.0.1:<port>}. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The access key that it accepts. */
  public String accessKey() {
    return accessKey;
  }

  /** The secret key that goes with it. */
  public String secretKey() {
    return secretKey;
  }

  /** Creates a bucket; one that exists stays as it is. */
  public void createBucket(String name) {
    try {
      // A bucket is a folder; what others may read there, anybody may read without a signature.
      Files.createDirectories(
          folder.resolve("buckets").resolve(name),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its process. */
  public ProcessHandle handle() {
    return process.handle();
  }

  /** Its log file. */
  public Path log() {
    return folder.resolve("s3.log");
  }

  /** Stops the server. */
  public void stop() {
    process.stop();
  }

  /** Kills the server with -9. */
  public void kill() {
    process.kill();
  }

  /** Stops the server and starts it again on the same port and data. */
  public void restart() {
    stop();
    start();
  }

  /** Starts a stopped or killed server again on the same port and data. */
  public void start() {
    FreePort.require("s3", port);
    try {
      Files.createDirectories(folder.resolve("buckets"));
      Path settings = folder.resolve("s3.properties");
      Files.writeString(
          settings,
          """
          s3proxy.endpoint=%s
          s3proxy.authorization=aws-v2-or-v4
          s3proxy.identity=%s
          s3proxy.credential=%s
          s3proxy.v4-max-non-chunked-request-size=268435456
          s3proxy.ignore-unknown-headers=true
          jclouds.provider=filesystem-nio2
          jclouds.filesystem.basedir=%s
          """
              .formatted(
                  endpoint(), accessKey, secretKey, folder.resolve("buckets").toAbsolutePath()));
      Path logging = folder.resolve("s3-logback.xml");
      Files.writeString(
          logging,
          """
          <configuration>
            <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
              <encoder><pattern>%d{ISO8601} %-5level %logger{20} %msg%n</pattern></encoder>
            </appender>
            <root level="WARN"><appender-ref ref="OUT"/></root>
          </configuration>
          """);
      process =
          ServerProcess.start(
              new ServerProcess.Program(
                  "s3",
                  TributaryHome.jars("s3-runtime"),
                  folder,
                  List.of("-Xmx512m", "-Dlogback.configurationFile=" + logging.toAbsolutePath()),
                  "org.gaul.s3proxy.Main",
                  List.of("--properties", settings.toAbsolutePath().toString()),
                  lifetime));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process.awaitReady(this::answers);
  }

  @Override
  public void close() {
    stop();
  }

  private boolean answers() {
    try {
      HttpURLConnection connection = (HttpURLConnection) endpoint().toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      return connection.getResponseCode() > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** How the server is to run. */
  public static final class Builder {
    private final Path folder;
    private String accessKey = "tributary";
    private String secretKey = "tributary-secret";
    private int port;
    private Lifetime lifetime = Lifetime.WITH_PARENT;

    private Builder(Path folder) {
      this.folder = requireNonNull(folder, "folder").toAbsolutePath();
    }

    /** The credentials that it accepts. */
    public Builder credentials(String accessKey, String secretKey) {
      this.accessKey = requireNonNull(accessKey, "accessKey");
      this.secretKey = requireNonNull(secretKey, "secretKey");
      return this;
    }

    /** The port to listen on; 0, the default, is any free one. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** How long it runs when nobody stops it; with its parent if not said otherwise. */
    public Builder lifetime(Lifetime lifetime) {
      this.lifetime = requireNonNull(lifetime, "lifetime");
      return this;
    }

    /** Starts the server and waits until it answers. */
    public S3Server start() {
      S3Server server = new S3Server(this);
      server.start();
      return server;
    }
  }
}
