package dev.tributary.metastore.jars;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Content on its way from elsewhere: what fails of it is no failure of the service's own disk, and
 * who sends it drop by drop is not waited for.
 */
final class RemoteContent extends FilterInputStream {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final String uri;
  private final long deadline = System.nanoTime() + LONGEST.toNanos();

  RemoteContent(String uri, InputStream content) {
    super(content);
    this.uri = uri;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) {
    if (System.nanoTime() - deadline > 0) {
      throw Unreadable.now(uri, "it takes longer than %d s".formatted(LONGEST.toSeconds()), null);
    }
    try {
      return super.read(buffer, from, length);
    } catch (IOException e) {
      throw Unreadable.now(uri, "reading it broke off", e);
    }
  }

  @Override
  public void close() {
    try {
      super.close();
    } catch (IOException e) {
      throw Unreadable.now(uri, "reading it broke off", e);
    }
  }
}
