package dev.tributary.streaming;

import java.util.List;

/** Tells which units a driver should run now. */
@FunctionalInterface
public interface UnitSource {
  /**
   * The units that should run. Units that are running and no longer listed are stopped after their
   * batch; new ones are started. Cheap enough to be asked every few seconds.
   */
  List<RunUnit> units();
}
