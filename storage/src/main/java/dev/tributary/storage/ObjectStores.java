package dev.tributary.storage;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
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

  // Their server renames without replacing in one step; most others look first and rename then.
  private static final Set<String> ATOMIC_RENAME = Set.of("hdfs", "webhdfs", "swebhdfs", "viewfs");

  private ObjectStores() {}

  /**
   * The store that holds {@code path}: S3 through S3A for {@code s3}, {@code s3a} and {@code s3n}
   * alike, the local disk for {@code file}, HDFS through its atomic rename. A path without a scheme
   * belongs to the configuration's default file system.
   *
   * @throws TributaryException STORE_NOT_CONDITIONAL for another file system, unless the operator
   *     vouches for a single driver
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

  /** Whether a path lies on S3, by whichever of its names. */
  public static boolean isS3(Path path, Configuration configuration) {
    return S3_SCHEMES.contains(scheme(path, configuration));
  }

  private static String scheme(Path path, Configuration configuration) {
    String scheme = path.toUri().getScheme();
    return scheme == null ? FileSystem.getDefaultUri(configuration).getScheme() : scheme;
  }

  private static ObjectStore open(Path path, Configuration configuration) throws IOException {
    String scheme = scheme(path, configuration);
    if ("file".equals(scheme)) {
      return new LocalObjectStore();
    }
    if (S3_SCHEMES.contains(scheme)) {
      return new S3ObjectStore((S3AFileSystem) path.getFileSystem(withS3a(scheme, configuration)));
    }
    if (!ATOMIC_RENAME.contains(scheme) && !configuration.getBoolean(SINGLE_DRIVER, false)) {
      throw TributaryException.of(
          ErrorCode.STORE_NOT_CONDITIONAL,
          "The file system %s of %s is not known to rename without replacing, so two drivers could overwrite each other."
              .formatted(scheme, path),
          "Use S3, HDFS or a local disk, or set single-driver if no other driver ever works on this"
              + " data.");
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
