package dev.tributary.phase1;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The planners of this driver by id. Spark makes a source out of a name and texts, so this is how
 * the source finds the object that it works for.
 */
final class PlannerRegistry {
  private static final Map<String, IngestPlanner> PLANNERS = new ConcurrentHashMap<>();

  private PlannerRegistry() {}

  static void put(String id, IngestPlanner planner) {
    PLANNERS.put(id, planner);
  }

  static void remove(String id) {
    PLANNERS.remove(id);
  }

  static IngestPlanner get(String id) {
    IngestPlanner planner = id == null ? null : PLANNERS.get(id);
    if (planner == null) {
      throw new IllegalStateException(
          "There is no planner '%s': the format %s serves the phase 1 job alone."
              .formatted(id, KafkaSourceProvider.FORMAT));
    }
    return planner;
  }
}
