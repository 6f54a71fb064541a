package dev.tributary.phase1;

import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Asks each archive's store once whether it keeps two drivers apart. Thread-safe. */
final class StoreProbe {
  private final Configuration hadoop;
  private final boolean singleDriver;
  private final Set<String> passed = ConcurrentHashMap.newKeySet();

  /**
   * A probe of nothing yet.
   *
   * @param singleDriver the operator's word that no other driver works on the same data
   */
  StoreProbe(Configuration hadoop, boolean singleDriver) {
    this.hadoop = hadoop;
    this.singleDriver = singleDriver;
  }

  /** Throws STORE_NOT_CONDITIONAL where the archive's store does not. */
  void require(String archive) {
    if (passed.contains(archive)) {
      return;
    }
    Path folder = new Path(archive);
    ConditionalWriteProbe.require(ObjectStores.forPath(folder, hadoop), folder, singleDriver);
    passed.add(archive);
  }
}
