package dev.tributary.storage.delta;

import io.delta.storage.CloseableIterator;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/** The lines of an object that is in memory. */
final class Lines implements CloseableIterator<String> {
  private final Iterator<String> lines;

  Lines(byte[] content) {
    this.lines =
        new BufferedReader(
                new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.UTF_8))
            .lines()
            .iterator();
  }

  @Override
  public boolean hasNext() {
    return lines.hasNext();
  }

  @Override
  public String next() {
    return lines.next();
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
