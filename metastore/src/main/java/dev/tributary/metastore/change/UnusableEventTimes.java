package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.EventTimeSpec;
import java.util.Optional;

/**
 * What becomes of rows without a usable event time where checks say nothing of it. Absent in a
 * version it means that they are written, as versions were made that know no other way, and their
 * plans must come out the same for ever. So it is written into the version that brings an event
 * time, and what later documents say nothing of stays as it is.
 */
final class UnusableEventTimes {
  private static final String FIELD = "unusable";

  private UnusableEventTimes() {}

  /**
   * Fills it into checks that do not have the field; one that is null they have.
   *
   * @param current the checks that they take the place of
   * @param checks as somebody wrote them, whatever they are
   */
  static void settle(ChecksSpec current, JsonNode checks) {
    if (!(checks.path("eventTime") instanceof ObjectNode eventTime) || eventTime.has(FIELD)) {
      return;
    }
    Optional<CheckPolicy> policy =
        current
            .eventTime()
            .map(EventTimeSpec::unusable)
            .orElse(Optional.of(CheckPolicy.QUARANTINE));
    policy.ifPresent(there -> eventTime.set(FIELD, Json.mapper().<JsonNode>valueToTree(there)));
  }
}
