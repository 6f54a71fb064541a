package dev.tributary.local.debezium;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs an engine for each {@code NAME.properties} of a folder and writes what it emits to {@code
 * NAME.jsonl} beside it: {@code {"topic","key","value"}} a line, key and value as the bytes that a
 * connector would produce to Kafka, as text, or null. Ends when its standard input does.
 */
public final class ChangeCapture {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ChangeCapture() {}

  /** The folder is the only argument. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    ExecutorService threads = Executors.newCachedThreadPool();
    List<DebeziumEngine<ChangeEvent<String, String>>> engines = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".properties")).toList()) {
        engines.add(engine(file));
      }
    }
    engines.forEach(threads::execute);
    while (System.in.read() >= 0) {
      // Whoever started this closes it.
    }
    for (DebeziumEngine<?> engine : engines) {
      engine.close();
    }
    threads.shutdown();
    try {
      threads.awaitTermination(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.exit(0);
  }

  private static DebeziumEngine<ChangeEvent<String, String>> engine(Path file) throws IOException {
    Properties properties = new Properties();
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    String name = file.getFileName().toString().replace(".properties", "");
    Writer out = Files.newBufferedWriter(file.resolveSibling(name + ".jsonl"));
    return DebeziumEngine.create(Json.class)
        .using(properties)
        .using(
            (success, message, error) -> {
              if (!success) {
                System.err.printf("engine %s failed: %s%n", name, message);
              }
            })
        .notifying(event -> write(out, event))
        .build();
  }

  private static void write(Writer out, ChangeEvent<String, String> event) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("topic", event.destination());
    line.put("key", event.key());
    line.put("value", event.value());
    try {
      out.write(MAPPER.writeValueAsString(line));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
