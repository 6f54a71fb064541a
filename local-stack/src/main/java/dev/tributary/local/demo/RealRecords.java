package dev.tributary.local.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The public records that ship with the demo; NOTICE says where they come from. */
final class RealRecords {
  private RealRecords() {}

  static List<ObjectNode> flights() {
    return read("/data/flights.jsonl");
  }

  static List<ObjectNode> earthquakes() {
    return read("/data/earthquakes.jsonl");
  }

  private static List<ObjectNode> read(String resource) {
    List<ObjectNode> records = new ArrayList<>();
    try (InputStream stream = RealRecords.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        records.add((ObjectNode) Json.mapper().readTree(line));
      }
      return records;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
