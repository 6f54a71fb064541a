package dev.tributary.transforms.basic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.api.java.UDF1;

/** Finds a value in a JSON text: a list of its text or null; null for what is no JSON. */
final class JsonField implements UDF1<String, List<String>> {
  private static final long serialVersionUID = 1L;

  private static final Pattern STEP =
      Pattern.compile(
          "\\G(?:\\.(?<name>[^.\\[\\]'\"\\s]+)|\\[(?<place>\\d{1,9})]|\\['(?<quoted>[^']+)'])");
  private static final JsonFactory JSON = new JsonFactory();

  /** Names as texts, places in arrays as integers. */
  private final ArrayList<Object> steps = new ArrayList<>();

  /** Refuses what is no path. */
  JsonField(String path) {
    Matcher matcher = STEP.matcher(path);
    int read = path.startsWith("$") ? 1 : -1;
    while (read > 0 && read < path.length() && matcher.find(read)) {
      steps.add(step(matcher));
      read = matcher.end();
    }
    if (read != path.length()) {
      throw new IllegalArgumentException(
          "The option path is '%s', which is no path. Write one such as $.items[0].name or $['odd name']."
              .formatted(path));
    }
  }

  private static Object step(Matcher matcher) {
    if (matcher.group("place") != null) {
      return Integer.valueOf(matcher.group("place"));
    }
    return matcher.group("name") == null ? matcher.group("quoted") : matcher.group("name");
  }

  @Override
  public List<String> call(String document) {
    if (document == null) {
      return null;
    }
    try (JsonParser parser = JSON.createParser(document)) {
      if (parser.nextToken() == null) {
        return null;
      }
      String found = find(parser, document, 0);
      // What stands behind the value would make it no JSON.
      return parser.nextToken() == null ? Collections.singletonList(found) : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** The parser stands at a value's first token, and then at its last. */
  private String find(JsonParser parser, String document, int depth) throws IOException {
    if (depth == steps.size()) {
      return text(parser, document);
    }
    if (steps.get(depth) instanceof Integer place) {
      return element(parser, document, depth, place);
    }
    return field(parser, document, depth, steps.get(depth).toString());
  }

  private String field(JsonParser parser, String document, int depth, String name)
      throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return null;
    }
    String found = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      boolean wanted = parser.currentName().equals(name);
      parser.nextToken();
      if (wanted) {
        found = find(parser, document, depth + 1);
      } else {
        parser.skipChildren();
      }
    }
    return found;
  }

  private String element(JsonParser parser, String document, int depth, int place)
      throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return null;
    }
    String found = null;
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      if (i == place) {
        found = find(parser, document, depth + 1);
      } else {
        parser.skipChildren();
      }
    }
    return found;
  }

  private static String text(JsonParser parser, String document) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    if (!parser.currentToken().isStructStart()) {
      return parser.getText();
    }
    int from = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    return document.substring(from, (int) parser.currentLocation().getCharOffset());
  }
}
