package dev.tributary.local.servers;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A Kafka broker on this machine, as a process of its own: KRaft, broker and controller in one. Its
 * topics outlive restarts.
 */
public final class KafkaServer implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final int controllerPort;
  private final Map<String, String> properties;
  private final Optional<ScramListener> scram;
  private final Lifetime lifetime;
  private ServerProcess process;

  private KafkaServer(Builder builder) {
    this.folder = builder.folder;
    this.port = FreePort.of(builder.port);
    this.controllerPort = FreePort.of(0);
    this.properties = new TreeMap<>(builder.properties);
    this.scram = Optional.ofNullable(builder.scram);
    this.lifetime = builder.lifetime;
  }

  /** A broker that keeps its topics, its log and its settings in {@code folder}. */
  public static Builder in(Path folder) {
    return new Builder(folder);
  }

  /** Where clients connect, without encryption or a password. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /**
   * The listener with TLS and a password.
   *
   * @throws IllegalStateException if the broker was built without
   */
  public ScramListener scram() {
    return scram.orElseThrow(
        () -> new IllegalStateException("This broker was built without a SCRAM listener."));
  }

  /** Its process. */
  public ProcessHandle handle() {
    return process.handle();
  }

  /** Its log file. */
  public Path log() {
    return folder.resolve("kafka.log");
  }

  /** Stops the broker. */
  public void stop() {
    process.stop();
  }

  /** Kills the broker with -9. */
  public void kill() {
    process.kill();
  }

  /** Stops the broker and starts it again on the same port and data. */
  public void restart() {
    stop();
    start();
  }

  /** Starts a stopped or killed broker again on the same port and data. */
  public void start() {
    FreePort.require("kafka", port);
    Path settings = folder.resolve("kafka.properties").toAbsolutePath();
    try {
      Files.createDirectories(folder);
      scram.ifPresent(ScramListener::createKeyStore);
      writeSettings(settings);
      writeLogging();
      if (!Files.exists(folder.resolve("data").resolve("meta.properties"))) {
        format(settings);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    process =
        ServerProcess.start(
            program("kafka", "kafka.Kafka", List.of(settings.toString()), lifetime));
    process.awaitReady(() -> process.log().contains("Kafka Server started") && accepts());
  }

  @Override
  public void close() {
    stop();
  }

  private void format(Path settings) {
    List<String> arguments =
        new ArrayList<>(List.of("format", "-t", clusterId(), "-c", settings.toString()));
    scram.ifPresent(listener -> arguments.addAll(listener.formatArguments()));
    ServerProcess.run(
        program("kafka-format", "kafka.tools.StorageTool", arguments, Lifetime.WITH_PARENT));
  }

  private static String clusterId() {
    UUID id = UUID.randomUUID();
    byte[] bytes =
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array();
    // Kafka refuses an id that looks like an option.
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    return text.startsWith("-") ? clusterId() : text;
  }

  private ServerProcess.Program program(
      String name, String mainClass, List<String> arguments, Lifetime lifetime) {
    return new ServerProcess.Program(
        name,
        TributaryHome.jars("kafka-runtime"),
        folder,
        List.of(
            "-Xmx512m", "-Dlog4j2.configurationFile=" + folder.resolve("kafka-log4j2.properties")),
        mainClass,
        arguments,
        lifetime);
  }

  private void writeSettings(Path settings) throws IOException {
    Map<String, String> all = new TreeMap<>();
    String listeners = "PLAINTEXT://127.0.0.1:" + port;
    all.put("process.roles", "broker,controller");
    all.put("node.id", "1");
    all.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    all.put("controller.listener.names", "CONTROLLER");
    all.put("inter.broker.listener.name", "PLAINTEXT");
    all.put(
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL");
    all.put("log.dirs", folder.resolve("data").toAbsolutePath().toString());
    all.put("auto.create.topics.enable", "false");
    all.put("group.initial.rebalance.delay.ms", "0");
    for (String topic : List.of("offsets.topic", "transaction.state.log")) {
      all.put(topic + ".replication.factor", "1");
      all.put(topic + ".num.partitions", "4");
    }
    all.put("transaction.state.log.min.isr", "1");
    all.put("share.coordinator.state.topic.replication.factor", "1");
    all.put("share.coordinator.state.topic.min.isr", "1");
    if (scram.isPresent()) {
      listeners += ",SASL_SSL://127.0.0.1:" + scram.get().port();
      all.putAll(scram.get().brokerProperties());
    }
    all.put("advertised.listeners", listeners);
    all.put("listeners", listeners + ",CONTROLLER://127.0.0.1:" + controllerPort);
    all.putAll(properties);
    Files.write(
        settings, all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }

  private void writeLogging() throws IOException {
    Files.writeString(
        folder.resolve("kafka-log4j2.properties"),
        """
        appender.out.type=Console
        appender.out.name=OUT
        appender.out.layout.type=PatternLayout
        appender.out.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
        rootLogger.level=WARN
        rootLogger.appenderRef.out.ref=OUT
        logger.raftserver.name=kafka.server.KafkaRaftServer
        logger.raftserver.level=INFO
        """);
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** How the broker is to run. */
  public static final class Builder {
    private final Path folder;
    private final Map<String, String> properties = new TreeMap<>();
    private int port;
    private ScramListener scram;
    private Lifetime lifetime = Lifetime.WITH_PARENT;

    private Builder(Path folder) {
      this.folder = requireNonNull(folder, "folder").toAbsolutePath();
    }

    /** The port of the listener without encryption; 0, the default, is any free one. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** A broker property that is added to the others or replaces one. */
    public Builder property(String name, String value) {
      properties.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
      return this;
    }

    /** Adds a listener with TLS that asks for this user and password by SCRAM-SHA-512. */
    public Builder scram(String user, String password) {
      scram = new ScramListener(folder, user, password, FreePort.of(0));
      return this;
    }

    /** How long it runs when nobody stops it; with its parent if not said otherwise. */
    public Builder lifetime(Lifetime lifetime) {
      this.lifetime = requireNonNull(lifetime, "lifetime");
      return this;
    }

    /** Starts the broker and waits until it is ready. */
    public KafkaServer start() {
      KafkaServer server = new KafkaServer(this);
      server.start();
      return server;
    }
  }
}
