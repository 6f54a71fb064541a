package dev.tributary.phase2.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.json.Json;
import java.io.PrintStream;

/**
 * Where a report goes.
 *
 * @param json whether programs read it, not people
 */
public record ReportOutput(boolean json, PrintStream out) {
  /** Writes it whole. */
  public void print(JobReport report) {
    out.print(json ? document(report) + System.lineSeparator() : report.text());
    out.flush();
  }

  private static String document(JobReport report) {
    try {
      return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
