package dev.tributary.storage;

import java.io.IOException;
import org.apache.hadoop.fs.Abortable.AbortableResult;

/** How an abort went. */
record Aborted(boolean alreadyClosed, IOException anyCleanupException) implements AbortableResult {
  interface Cleanup {
    void run() throws IOException;
  }

  static Aborted by(Cleanup cleanup) {
    try {
      cleanup.run();
      return new Aborted(false, null);
    } catch (IOException e) {
      return new Aborted(false, e);
    }
  }
}
