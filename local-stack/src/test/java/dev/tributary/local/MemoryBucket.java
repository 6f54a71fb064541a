package dev.tributary.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * A bucket in memory, of as many objects as no disk and no server takes in a test's time: for those
 * who fill it a store, for those who read it an S3 server that remembers what it is asked. It
 * gives, looks for and lists objects; credentials it does not check.
 */
final class MemoryBucket implements ObjectStore, AutoCloseable {
  private static final Instant WRITTEN = Instant.parse("2025-11-21T12:00:00Z");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final NavigableMap<String, Supplier<byte[]>> objects = new ConcurrentSkipListMap<>();
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  MemoryBucket() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    objects.clear();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The requests that came since this was asked last. */
  List<String> takeRequests() {
    List<String> taken = new ArrayList<>();
    for (String next = requests.poll(); next != null; next = requests.poll()) {
      taken.add(next);
    }
    return taken;
  }

  /** Puts an object whose content is made when somebody asks for it. */
  void put(Path folder, String name, Supplier<byte[]> content) {
    objects.put(key(folder) + "/" + name, content);
  }

  private static String key(Path path) {
    return path.toUri().getPath().substring(1);
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    try (exchange) {
      Map<String, String> query = query(exchange.getRequestURI());
      if (query.containsKey("list-type")) {
        respond(exchange, 200, listing(query).getBytes(StandardCharsets.UTF_8));
        return;
      }
      String[] bucketAndKey = exchange.getRequestURI().getPath().substring(1).split("/", 2);
      Supplier<byte[]> object = objects.get(bucketAndKey.length < 2 ? "" : bucketAndKey[1]);
      if (object == null) {
        respond(
            exchange,
            404,
            "<Error><Code>NoSuchKey</Code><Message>It is not there.</Message></Error>"
                .getBytes(StandardCharsets.UTF_8));
        return;
      }
      respond(exchange, object.get());
    }
  }

  private static void respond(HttpExchange exchange, byte[] content) throws IOException {
    exchange.getResponseHeaders().set("ETag", "\"%08x\"".formatted(Arrays.hashCode(content)));
    exchange
        .getResponseHeaders()
        .set(
            "Last-Modified",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(WRITTEN.atOffset(ZoneOffset.UTC)));
    String asked = exchange.getRequestHeaders().getFirst("Range");
    if (asked == null) {
      respond(exchange, 200, content);
      return;
    }
    Matcher range = RANGE.matcher(asked);
    if (!range.matches()) {
      throw new IOException("It knows no range such as " + asked);
    }
    int from = Integer.parseInt(range.group(1));
    int last =
        range.group(2).isEmpty()
            ? content.length - 1
            : Math.min(content.length - 1, Integer.parseInt(range.group(2)));
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(from, last, content.length));
    respond(exchange, 206, Arrays.copyOfRange(content, from, last + 1));
  }

  private static void respond(HttpExchange exchange, int status, byte[] content)
      throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    exchange.getResponseBody().write(content);
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new TreeMap<>();
    if (uri.getRawQuery() != null) {
      for (String each : uri.getRawQuery().split("&")) {
        String[] pair = each.split("=", 2);
        query.put(
            pair[0], pair.length < 2 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  /** A page of ListObjectsV2. Its continuation token is the last name of the page before. */
  private String listing(Map<String, String> query) {
    String prefix = query.getOrDefault("prefix", "");
    String delimiter = query.getOrDefault("delimiter", "");
    // However many are asked for, S3 answers with 1,000.
    int most = Math.min(1000, Integer.parseInt(query.getOrDefault("max-keys", "1000")));
    String after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
    StringBuilder page = new StringBuilder();
    int shown = 0;
    String last = after;
    boolean truncated = false;
    Map.Entry<String, Supplier<byte[]>> next =
        after.compareTo(prefix) < 0 ? objects.ceilingEntry(prefix) : objects.higherEntry(after);
    while (next != null && next.getKey().startsWith(prefix)) {
      if (shown == most) {
        truncated = true;
        break;
      }
      int end = delimiter.isEmpty() ? -1 : next.getKey().indexOf(delimiter, prefix.length());
      if (end < 0) {
        last = next.getKey();
        page.append(
            "<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>%d</Size></Contents>"
                .formatted(last, WRITTEN, next.getValue().get().length));
        next = objects.higherEntry(last);
      } else {
        String folder = next.getKey().substring(0, end + delimiter.length());
        page.append("<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>".formatted(folder));
        last = folder + Character.MAX_VALUE;
        next = objects.higherEntry(last);
      }
      shown++;
    }
    return """
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix>%s</Prefix>\
    <KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys><IsTruncated>%s</IsTruncated>%s%s\
    </ListBucketResult>"""
        .formatted(
            prefix,
            shown,
            most,
            truncated,
            truncated ? "<NextContinuationToken>%s</NextContinuationToken>".formatted(last) : "",
            page);
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    return objects.putIfAbsent(key(path), () -> content) == null;
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return Optional.ofNullable(objects.get(key(path))).map(Supplier::get);
  }

  @Override
  public boolean exists(Path path) {
    return objects.containsKey(key(path));
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    objects.put(key(path), () -> content);
  }

  @Override
  public void delete(Path path) {
    objects.remove(key(path));
  }

  @Override
  public OutputStream create(Path path) {
    // They would take most of the time, and a log goes on without them.
    throw new UnsupportedOperationException("A log in memory has no rollups.");
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    throw new UnsupportedOperationException("Who writes a log reads no parts.");
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    throw new UnsupportedOperationException("Who writes a log lists nothing.");
  }
}
