package dev.tributary.storage;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;

final class LocalObjectStoreTest extends AbstractObjectStoreContract {
  @TempDir java.nio.file.Path folder;

  @Override
  ObjectStore open() {
    return ObjectStores.forPath(root(), new Configuration());
  }

  @Override
  Path root() {
    return new Path(folder.toUri());
  }
}
