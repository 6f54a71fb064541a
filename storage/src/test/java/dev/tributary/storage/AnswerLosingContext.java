package dev.tributary.storage;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Loses the answers of renames that have landed, and of the deletes after them. */
public final class AnswerLosingContext extends AtomicRenameFileSystem.Context {
  static final AtomicInteger RENAMES_TO_LOSE = new AtomicInteger();
  static final AtomicInteger DELETES_TO_LOSE = new AtomicInteger();

  public AnswerLosingContext(URI uri, Configuration configuration)
      throws IOException, java.net.URISyntaxException {
    super(uri, configuration);
  }

  @Override
  public void renameInternal(Path source, Path target, boolean overwrite) throws IOException {
    super.renameInternal(source, target, overwrite);
    lose(RENAMES_TO_LOSE);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    boolean deleted = super.delete(path, recursive);
    lose(DELETES_TO_LOSE);
    return deleted;
  }

  private static void lose(AtomicInteger left) throws IOException {
    if (left.getAndUpdate(now -> Math.max(0, now - 1)) > 0) {
      throw new IOException("The connection was reset.");
    }
  }
}
