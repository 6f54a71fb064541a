package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.GapKind;
import dev.tributary.core.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Offsets of which a reader knows why they have no record.
 *
 * @param start the first
 * @param end exclusive
 * @param kind why
 */
record KnownGap(long start, long end, GapKind kind) {
  /**
   * What a range row's {@code gaps} says: {@code {"default":"transactional","known":[{"start":0,
   * "end":7,"kind":"compacted"}]}}, both fields optional.
   *
   * @param otherwise the kind of all other holes
   * @param known in ascending order
   */
  record Said(GapKind otherwise, List<KnownGap> known) {
    static Said parse(String json, GapKind byDefault) {
      if (json.isEmpty()) {
        return new Said(byDefault, List.of());
      }
      JsonNode tree;
      try {
        tree = Json.mapper().readTree(json);
      } catch (JsonProcessingException e) {
        throw ConnectorErrors.row(
            "The gaps of a range row are '%s', which is not JSON. Leave them out or use {\"default\":\"compacted\"}."
                .formatted(json));
      }
      List<KnownGap> known = new ArrayList<>();
      for (JsonNode gap : tree.path("known")) {
        known.add(
            new KnownGap(
                gap.path("start").asLong(),
                gap.path("end").asLong(),
                SinkOptions.holes(gap.path("kind").asText())));
      }
      known.sort(Comparator.comparingLong(KnownGap::start));
      GapKind otherwise =
          tree.has("default") ? SinkOptions.holes(tree.path("default").asText()) : byDefault;
      return new Said(otherwise, known);
    }
  }
}
