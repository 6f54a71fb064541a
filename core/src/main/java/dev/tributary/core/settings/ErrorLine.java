package dev.tributary.core.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the lines that a program writes to standard error beside its log, whatever the log's level:
 * text, or one JSON object each where the log's lines are.
 */
public final class ErrorLine {
  private final String program;
  private final StandardSettings.LogFormat format;

  private ErrorLine(String program, StandardSettings.LogFormat format) {
    this.program = program;
    this.format = format;
  }

  /** Those of a program that runs by these settings. */
  public static ErrorLine of(String program, Settings settings) {
    return new ErrorLine(program, settings.get(StandardSettings.LOG_FORMAT));
  }

  /** Those of a program whose settings are not known yet. */
  static ErrorLine text(String program) {
    return new ErrorLine(program, StandardSettings.LogFormat.TEXT);
  }

  /** What ended it. */
  public String error(String code, String message) {
    if (format == StandardSettings.LogFormat.TEXT) {
      return "%s: %s: %s".formatted(program, code, message);
    }
    return json("level", "ERROR", "code", code, "message", message);
  }

  /** What a person should know. */
  String warning(String message) {
    if (format == StandardSettings.LogFormat.TEXT) {
      return "%s: warning: %s".formatted(program, message);
    }
    return json("level", "WARN", "message", message);
  }

  private String json(String... namesAndValues) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("program", program);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    try {
      return Json.mapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
