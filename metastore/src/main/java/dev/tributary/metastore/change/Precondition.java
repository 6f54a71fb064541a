package dev.tributary.metastore.change;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Arrays;
import java.util.List;

/**
 * Which version a change replaces, as RFC 9110 says it.
 *
 * @param ifMatch the entity tags of the If-Match header; empty: it was not given
 * @param ifNoneMatch the entity tags of the If-None-Match header; empty: it was not given
 */
public record Precondition(List<String> ifMatch, List<String> ifNoneMatch) {
  /** Copies the lists. */
  public Precondition {
    ifMatch = List.copyOf(ifMatch);
    ifNoneMatch = List.copyOf(ifNoneMatch);
  }

  /** The entity tags of a header's value. */
  public static List<String> tags(String header) {
    return Arrays.stream(header.split(","))
        .map(String::trim)
        .filter(tag -> !tag.isEmpty())
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .toList();
  }

  /** Nothing exists yet: a version that is asked for is not there. */
  void requireAbsent() {
    if (!ifMatch.isEmpty()) {
      throw conflict("nothing");
    }
  }

  /** Something exists and is replaced: the caller has to say what. */
  void requireReplaces(String etag) {
    if (ifMatch.isEmpty() && ifNoneMatch.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.PRECONDITION_REQUIRED,
          "It exists already, and the request does not say which version it replaces.",
          "Read it, and send its ETag as If-Match.");
    }
    requireUnlessAbsent(etag);
  }

  /** Something exists; where the caller says which version, it must be that one. */
  void requireUnlessAbsent(String etag) {
    boolean matches = ifMatch.isEmpty() || contains(ifMatch, etag);
    boolean excluded = contains(ifNoneMatch, etag);
    if (!matches || excluded) {
      throw conflict(etag);
    }
  }

  private static boolean contains(List<String> tags, String etag) {
    return tags.stream().anyMatch(tag -> tag.equals("*") || version(tag).equals(version(etag)));
  }

  /**
   * What a driver reports, and when a version was made, changes what is read, but not what is
   * replaced.
   */
  private static String version(String tag) {
    int rest = tag.indexOf('-');
    return rest < 0 ? tag : tag.substring(0, rest) + "\"";
  }

  private TributaryException conflict(String etag) {
    return TributaryException.of(
        ErrorCode.VERSION_CONFLICT,
        "The request is for version %s, and the current one is %s."
            .formatted(ifMatch.isEmpty() ? "none" : String.join(", ", ifMatch), etag),
        "Read the current one, and make the change to that.");
  }
}
