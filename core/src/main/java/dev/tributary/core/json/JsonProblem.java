package dev.tributary.core.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Turns what Jackson says into what a person can use. Values are not repeated beyond scalars. */
final class JsonProblem {
  private static final int SHOWN_CHARACTERS = 100;

  private JsonProblem() {}

  static TributaryException trailing() {
    return TributaryException.of(
        ErrorCode.SPEC_INVALID, "Text follows the end of the document.", "Send one document.");
  }

  static TributaryException of(IOException e) {
    if (e instanceof JsonMappingException mapping) {
      return mapping(mapping);
    }
    if (e instanceof JsonProcessingException syntax) {
      return problem(
          "", "The document is not well-formed%s.".formatted(near(syntax)), "Correct it.", e);
    }
    return problem("", "The document cannot be read.", "Send it again.", e);
  }

  private static TributaryException mapping(JsonMappingException e) {
    String pointer = pointer(e);
    if (e.getCause() instanceof TributaryException cause) {
      return cause.at(pointer + relative(pointer, cause.pointer().orElse("")));
    }
    if (e instanceof UnrecognizedPropertyException unknown) {
      List<String> known = unknown.getKnownPropertyIds().stream().map(String::valueOf).toList();
      String otherwise = "Known are %s.".formatted(String.join(", ", known));
      return problem(
          pointer,
          "The field %s is not known.".formatted(pointer),
          NearestName.didYouMean(unknown.getPropertyName(), known, otherwise),
          e);
    }
    if (e instanceof InvalidTypeIdException) {
      return problem(
          pointer,
          "The kind of %s is missing or not known.".formatted(shown(pointer)),
          "Correct it.",
          e);
    }
    if (e instanceof InvalidFormatException format) {
      return problem(
          pointer,
          "The field %s has the value '%s', which is not allowed."
              .formatted(shown(pointer), cut(format.getValue())),
          expected(format.getTargetType()),
          e);
    }
    if (e instanceof MismatchedInputException mismatch) {
      return problem(
          pointer,
          "The field %s is not of its type.".formatted(shown(pointer)),
          expected(mismatch.getTargetType()),
          e);
    }
    return problem(
        pointer,
        "The field %s holds a value that is not allowed%s.".formatted(shown(pointer), near(e)),
        "Correct it.",
        e);
  }

  /**
   * A record's own check names fields from the document's root ({@code /write/primaryKey}), of
   * which Jackson's pointer ({@code /write}, {@code /transforms/0}) already holds the first ones.
   */
  private static String relative(String pointer, String field) {
    String names = pointer.replaceAll("/[0-9]+(?=/|$)", "");
    if (names.isEmpty()) {
      return field;
    }
    for (int end = field.lastIndexOf('/'); end > 0; end = field.lastIndexOf('/', end - 1)) {
      String first = field.substring(0, end);
      // The document may be a part of the one that the check has in mind.
      if (names.endsWith(first) || first.endsWith(names)) {
        return field.substring(end);
      }
    }
    return field;
  }

  private static String pointer(JsonMappingException e) {
    StringBuilder pointer = new StringBuilder();
    for (JsonMappingException.Reference reference : e.getPath()) {
      String step =
          reference.getFieldName() == null
              ? String.valueOf(reference.getIndex())
              : reference.getFieldName().replace("~", "~0").replace("/", "~1");
      pointer.append('/').append(step);
    }
    return pointer.toString();
  }

  private static String shown(String pointer) {
    return pointer.isEmpty() ? "/ (the whole document)" : pointer;
  }

  private static String expected(Class<?> type) {
    if (type == null) {
      return "Correct it.";
    }
    if (type.isEnum()) {
      return "Use one of: %s."
          .formatted(
              String.join(
                  ", ",
                  Arrays.stream(type.getEnumConstants())
                      .map(choice -> Json.mapper().valueToTree(choice).asText())
                      .toList()));
    }
    if (type == Long.class || type == Integer.class || type == long.class || type == int.class) {
      return "Use a whole number.";
    }
    if (Number.class.isAssignableFrom(type)) {
      return "Use a number.";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "Use true or false.";
    }
    if (type == String.class) {
      return "Use a text.";
    }
    return Iterable.class.isAssignableFrom(type) ? "Use a list." : "Use an object.";
  }

  private static String cut(Object value) {
    String text = String.valueOf(value);
    return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "…";
  }

  private static String near(JsonProcessingException e) {
    JsonLocation location = e.getLocation();
    return location == null || location.getLineNr() < 0
        ? ""
        : " near line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }

  private static TributaryException problem(
      String pointer, String problem, String remedy, IOException cause) {
    return TributaryException.of(ErrorCode.SPEC_INVALID, problem, remedy, cause).at(pointer);
  }
}
