package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.change.Precondition;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Reads what a request says; what the service does not know is refused, never ignored. */
final class Requests {
  private static final int DEFAULT_LIMIT = 100;
  private static final int GREATEST_LIMIT = 1_000;
  private static final int LONGEST_REASON = 1_000;

  private Requests() {}

  static void allowQuery(Context context, String... known) {
    for (String name : context.queryParamMap().keySet()) {
      if (!List.of(known).contains(name)) {
        throw invalid(
            "The query parameter '%s' is not known here.".formatted(name),
            NearestName.didYouMean(
                name, List.of(known), "Known are %s.".formatted(List.of(known))));
      }
    }
  }

  static ObjectNode document(Context context) {
    if (Json.read(body(context), JsonNode.class) instanceof ObjectNode object) {
      return object;
    }
    throw TributaryException.of(
        ErrorCode.SPEC_INVALID, "The body is not a JSON object.", "Send one.");
  }

  static <T> T body(Context context, Class<T> type) {
    T value = Json.read(body(context), type);
    if (value == null) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID, "The body is not a JSON object.", "Send one.");
    }
    return value;
  }

  private static byte[] body(Context context) {
    byte[] body = context.bodyAsBytes();
    if (body.length == 0) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID, "The body is empty.", "Send a JSON object.");
    }
    return body;
  }

  static Precondition precondition(Context context) {
    List<String> excluded = tags(context, "If-None-Match");
    if (!excluded.stream().allMatch("*"::equals)) {
      throw invalid(
          "The header If-None-Match of a change is '%s'.".formatted(String.join(", ", excluded)),
          "Use * to create and never replace, or If-Match to say what is replaced.");
    }
    return new Precondition(tags(context, "If-Match"), excluded);
  }

  private static List<String> tags(Context context, String header) {
    return Optional.ofNullable(context.header(header)).map(Precondition::tags).orElse(List.of());
  }

  static boolean dryRun(Context context) {
    String text = context.queryParam("dryRun");
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw invalid("The query parameter dryRun is '%s'.".formatted(text), "Use true or false.");
  }

  /** Why, as the query says. */
  static Optional<String> reason(Context context) {
    return reason(Optional.ofNullable(context.queryParam("reason")));
  }

  /** Why, unless it is too long. */
  static Optional<String> reason(Optional<String> reason) {
    if (reason.filter(text -> text.length() > LONGEST_REASON).isPresent()) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The reason has more than %,d characters.".formatted(LONGEST_REASON),
              "Shorten it.")
          .at("/reason");
    }
    return reason;
  }

  static long pathVersion(Context context) {
    return number("version", context.pathParam("version"), 1, Long.MAX_VALUE);
  }

  /** Below which version, or id, a page of what is newest first begins. */
  static long before(Context context) {
    String token = after(context);
    return token.isEmpty()
        ? Long.MAX_VALUE
        : number("page token's place", token, 1, Long.MAX_VALUE);
  }

  static int limit(Context context) {
    return (int)
        number(context, "limit", 1, GREATEST_LIMIT).orElse((long) DEFAULT_LIMIT).longValue();
  }

  static Optional<Long> version(Context context) {
    return number(context, "version", 1, Long.MAX_VALUE);
  }

  private static Optional<Long> number(Context context, String name, long min, long max) {
    return Optional.ofNullable(context.queryParam(name))
        .map(text -> number("query parameter " + name, text, min, max));
  }

  static long number(String what, String text, long min, long max) {
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
      throw outOfRange(what, text, min, max);
    } catch (NumberFormatException e) {
      throw outOfRange(what, text, min, max);
    }
  }

  private static TributaryException outOfRange(String what, String text, long min, long max) {
    return invalid(
        "The %s is '%s'.".formatted(what, text),
        "Use a whole number from %d to %d.".formatted(min, max));
  }

  /** What a page token stands for: where the page before ended. */
  static String after(Context context) {
    String token = context.queryParam("pageToken");
    if (token == null) {
      return "";
    }
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw notOurs(token);
    }
  }

  static TributaryException notOurs(String pageToken) {
    return invalid(
        "The page token '%s' is not one of this service.".formatted(pageToken),
        "Use the nextPageToken of the page before.");
  }

  static String pageToken(String last) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(last.getBytes(StandardCharsets.UTF_8));
  }

  static TributaryException invalid(String problem, String remedy) {
    return TributaryException.of(ErrorCode.REQUEST_INVALID, problem, remedy);
  }
}
