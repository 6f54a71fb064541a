package dev.tributary.storage;

import java.io.IOException;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.S3AFileSystem;

/** Finds the store for a path. */
public final class ObjectStores {
  /**
   * Hadoop setting: {@code true} is the operator's word that one process alone writes. Then a store
   * need not honour conditional writes; this process looks before it writes.
   */
  public static final String SINGLE_DRIVER = "tributary.storage.single-driver";

  private static final Set<String> S3_SCHEMES = Set.of("s3", "s3a", "s3n");

  private ObjectStores() {}

  /**
   * The store that holds {@code path}: S3 through S3A for {@code s3}, {@code s3a} and {@code s3n}
   * alike, the local disk for {@code file}, any other file system through its atomic rename. A path
   * without a scheme belongs to the configuration's default file system.
   */
  public static ObjectStore forPath(Path path, Configuration configuration) {
    try {
      ObjectStore store = open(path, configuration);
      return configuration.getBoolean(SINGLE_DRIVER, false)
          ? new SingleDriverObjectStore(store)
          : store;
    } catch (IOException e) {
      throw StoreErrors.failed("open the store of", path, e);
    }
  }

  private static ObjectStore open(Path path, Configuration configuration) throws IOException {
    String scheme =
        path.toUri().getScheme() == null
            ? FileSystem.getDefaultUri(configuration).getScheme()
            : path.toUri().getScheme();
    if ("file".equals(scheme)) {
      return new LocalObjectStore();
    }
    if (S3_SCHEMES.contains(scheme)) {
      return new S3ObjectStore((S3AFileSystem) path.getFileSystem(withS3a(scheme, configuration)));
    }
    return new RenamingObjectStore(path, configuration);
  }

  /** Hadoop itself knows {@code s3a} only. */
  private static Configuration withS3a(String scheme, Configuration configuration) {
    String key = "fs.%s.impl".formatted(scheme);
    if (configuration.get(key) != null) {
      return configuration;
    }
    Configuration extended = new Configuration(configuration);
    extended.set(key, S3AFileSystem.class.getName());
    return extended;
  }
}
