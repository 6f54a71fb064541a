package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * An archive of two partitions on local disk, and a metastore that knows its source and the
 * datasets {@code orders}, with a table in {@code lake}, and {@code late_orders}, without one.
 */
public final class OrdersFixture implements AutoCloseable {
  static final Author AUTHOR = new Author("run-1", "test");

  /** When the archive begins. */
  public static final Instant FIRST = Instant.parse("2025-11-21T12:00:00Z");

  private final Path folder;
  private final HttpServer metastore;
  private final ManifestLog log;
  private volatile String orders;

  /** An archive without records. */
  public OrdersFixture(Path folder) throws IOException {
    this.folder = folder;
    orders = dataset("orders");
    log = ManifestLog.open(folder.toUri().toString(), "orders", new Configuration());
    log.createGenesis(
        new Genesis(
            "orders",
            "cluster",
            "topic-id",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 0), new PartitionStart(1, 0))),
        AUTHOR,
        FIRST.toEpochMilli());
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/sources/orders", http -> answer(http, 200, source()));
    metastore.createContext("/datasets/orders", http -> answer(http, 200, orders));
    metastore.createContext(
        "/datasets/late_orders", http -> answer(http, 200, dataset("late_orders")));
    metastore.createContext(
        "/datasets",
        http -> {
          boolean all = http.getRequestURI().getPath().equals("/datasets");
          answer(
              http,
              all ? 200 : 404,
              all
                  ? "{\"items\":[%s,%s]}".formatted(orders, dataset("late_orders"))
                  : "{\"code\":\"not-found\",\"detail\":\"none\"}");
        });
    metastore.start();
  }

  private String source() {
    return """
    {"version":1,"createdAt":1,"spec":{"name":"orders","bootstrapServers":"localhost:9",
     "topics":["orders"],"archive":{"location":"%s"}}}\
    """
        .formatted(folder.toUri());
  }

  private String dataset(String name) {
    return """
    {"version":3,"createdAt":1,"spec":{"name":"%s","source":"orders",
     "target":{"path":"%s"},"columns":[{"name":"id","type":"bigint"}]}}\
    """
        .formatted(name, folder.resolve("lake").resolve(name).toUri());
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  @Override
  public void close() {
    metastore.stop(0);
  }

  /** Declares {@code orders} otherwise: JSON without braces, that comes after its target. */
  void declare(String fields) {
    orders =
        dataset("orders").replace("\"columns\":[{\"name\":\"id\",\"type\":\"bigint\"}]", fields);
  }

  /** The archive's log. */
  public ManifestLog log() {
    return log;
  }

  /** Where the table of {@code orders} is. */
  public Path table() {
    return folder.resolve("lake/orders");
  }

  /** Where its quarantine is. */
  public Path quarantine() {
    return folder.resolve("lake/_quarantine/orders");
  }

  Path tombstones() {
    return folder.resolve("lake/_tombstones/orders");
  }

  /** Archives values, the first at the next offset of a partition; empty: a tombstone. */
  public void archive(int partition, Instant time, List<Optional<byte[]>> values)
      throws IOException {
    long start = log.requireHead().watermark(0, partition);
    String path =
        "date=%s/%d-%d.jsonl.gz".formatted(time.toString().substring(0, 10), partition, start);
    Path file = folder.resolve("orders").resolve(path);
    Files.createDirectories(file.getParent());
    try (FileWriter writer =
        new FileWriter(Files.newOutputStream(file), "orders", Compression.GZIP)) {
      long offset = start;
      for (Optional<byte[]> value : values) {
        LineEncoder line =
            writer.begin(0, partition, offset++, time.toEpochMilli(), TimestampType.CREATE_TIME);
        value.ifPresent(line::value);
        writer.end();
      }
      log.commit(
          new CommitRequest(
              AUTHOR,
              log.requireHead().sequence(),
              time.toEpochMilli(),
              List.of(new OffsetRange(0, partition, start, offset)),
              List.of(),
              List.of(writer.finish(path))));
    }
  }

  /** What it printed, on both ways. */
  String run(Cli.Command command, int exitCode, String... flags) {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("--metastore.url");
    arguments.add("http://127.0.0.1:" + metastore.getAddress().getPort());
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    int code;
    try {
      code = command.run(arguments.toArray(String[]::new));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isEqualTo(exitCode);
    return text;
  }
}
