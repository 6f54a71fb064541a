package dev.tributary.storage;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk with HDFS's promise: a rename happens at once and does not replace. */
public final class AtomicRenameFileSystem extends RawLocalFileSystem {
  static final URI NAME = URI.create("renaming:///");

  private static final Object LOCK = new Object();

  @Override
  public URI getUri() {
    return NAME;
  }

  @Override
  public String getScheme() {
    return NAME.getScheme();
  }

  /** The same for {@link org.apache.hadoop.fs.FileContext}. */
  public static class Context extends DelegateToFileSystem {
    public Context(URI uri, Configuration configuration)
        throws IOException, java.net.URISyntaxException {
      super(uri, new AtomicRenameFileSystem(), configuration, NAME.getScheme(), false);
    }

    @Override
    public int getUriDefaultPort() {
      return -1;
    }

    @Override
    public void renameInternal(Path source, Path target, boolean overwrite) throws IOException {
      synchronized (LOCK) {
        super.renameInternal(source, target, overwrite);
      }
    }

    @Override
    public void renameInternal(Path source, Path target) throws IOException {
      synchronized (LOCK) {
        super.renameInternal(source, target);
      }
    }
  }

  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set("fs.renaming.impl", AtomicRenameFileSystem.class.getName());
    configuration.set("fs.AbstractFileSystem.renaming.impl", Context.class.getName());
    return configuration;
  }
}
