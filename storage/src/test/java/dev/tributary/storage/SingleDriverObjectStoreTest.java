package dev.tributary.storage;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract holds within one process even on a store that ignores conditions. */
final class SingleDriverObjectStoreTest extends AbstractObjectStoreContract {
  @TempDir java.nio.file.Path folder;

  @Override
  ObjectStore open() {
    return new SingleDriverObjectStore(
        new CarelessObjectStore(ObjectStores.forPath(root(), new Configuration())));
  }

  @Override
  Path root() {
    return new Path(folder.toUri());
  }
}
