package dev.tributary.phase2.plan;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads and writes the objects of one table's plan log. */
final class PlanObjects {
  private final TableFolders folders;

  PlanObjects(TableFolders folders) {
    this.folders = folders;
  }

  Plan plan(byte[] content, long n, int generation) {
    Plan plan = parse(content, Plan.class, n);
    requireKnown("Plan %d".formatted(n), plan.format(), Plan.NEWEST_FORMAT);
    if (plan.plan() != n || plan.generation() != generation) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The object of plan %d of %s holds plan %d of generation %d. Restore it from a copy."
              .formatted(n, folders.table(), plan.plan(), plan.generation()));
    }
    return plan;
  }

  Succession succession(byte[] content, int generation) {
    Succession succession = parse(content, Succession.class, generation);
    requireKnown("Generation %d".formatted(generation), succession.format(), Plan.FORMAT);
    return succession;
  }

  private void requireKnown(String what, int format, int newest) {
    if (format > newest) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "%s of %s has format %d; this release knows %d. Use the release that wrote it, or a later one."
              .formatted(what, folders.table(), format, newest));
    }
  }

  <T> T parse(byte[] content, Class<T> type, long n) {
    try {
      return Json.mapper().readValue(content, type);
    } catch (IOException e) {
      if (e.getCause() instanceof TributaryException known) {
        throw known;
      }
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The %s %d beside %s cannot be read: '%s'. Restore it from a copy."
              .formatted(type.getSimpleName(), n, folders.table(), start(content)),
          e);
    }
  }

  private static String start(byte[] content) {
    return new String(content, 0, Math.min(content.length, 100), StandardCharsets.UTF_8);
  }

  static byte[] write(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
