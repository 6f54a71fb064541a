package dev.tributary.local.servers;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An HTTP/1.1 request or response, kept as it came: header lines as they stand, the body in its
 * transfer coding.
 */
record HttpMessage(String startLine, List<String> headers, byte[] body) {
  /** The start line and the headers of the next message, or empty at the stream's end. */
  static Optional<HttpMessage> readHead(InputStream in) throws IOException {
    String start = line(in);
    if (start.isEmpty()) {
      return Optional.empty();
    }
    List<String> headers = new ArrayList<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      headers.add(header);
    }
    return Optional.of(new HttpMessage(start, List.copyOf(headers), new byte[0]));
  }

  /** This head with its body, which follows in the stream. */
  HttpMessage readBody(InputStream in) throws IOException {
    if (header("transfer-encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
      return new HttpMessage(startLine, headers, chunks(in));
    }
    int length = header("content-length").map(Integer::parseInt).orElse(0);
    byte[] content = in.readNBytes(length);
    if (content.length < length) {
      throw new EOFException("The message ended in its body.");
    }
    return new HttpMessage(startLine, headers, content);
  }

  Optional<String> header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return headers.stream()
        .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(header -> header.substring(prefix.length()).strip())
        .findFirst();
  }

  HttpMessage without(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return new HttpMessage(
        startLine,
        headers.stream().filter(h -> !h.toLowerCase(Locale.ROOT).startsWith(prefix)).toList(),
        body);
  }

  String method() {
    return startLine.split(" ")[0];
  }

  /** The request's path without its query. */
  String path() {
    return startLine.split(" ")[1].split("\\?")[0];
  }

  int status() {
    return Integer.parseInt(startLine.split(" ")[1]);
  }

  void writeTo(OutputStream out) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.writeBytes((startLine + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (String header : headers) {
      head.writeBytes((header + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }
    head.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    out.write(head.toByteArray());
    out.write(body);
    out.flush();
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    while (true) {
      String size = line(in);
      raw.writeBytes((size + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      int length = Integer.parseInt(size.split(";")[0].strip(), 16);
      if (length == 0) {
        break;
      }
      raw.writeBytes(in.readNBytes(length + 2));
    }
    String trailer;
    do {
      trailer = line(in);
      raw.writeBytes((trailer + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    } while (!trailer.isEmpty());
    return raw.toByteArray();
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
