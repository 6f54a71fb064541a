package dev.tributary.metastore.jars;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder that the service may read JARs from, with all that lies below it.
 *
 * @param uri in one spelling of its scheme; ends with a slash
 */
public record JarFolder(String uri) {
  private static final Set<String> READABLE = Set.of("file", "http", "https", "s3");
  private static final Pattern SHAPE =
      Pattern.compile("(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?<rest>/.*)");

  /** Whatever could lead out of a folder whose text the URI begins with. */
  private static final Pattern ASTRAY =
      Pattern.compile("(?i)(?<!:)//|/[.]{1,2}(/|$)|%2e|%2f|%5c|\\\\|[?#\\x00-\\x1f]");

  /** A folder as an operator writes it; an IllegalArgumentException says what it has to be. */
  public static JarFolder parse(String text) {
    String uri = canonical(text.trim());
    boolean named = uri.startsWith("file:/") || uri.matches("(http|https|s3)://[^/@]+/.*");
    if (!named || !uri.endsWith("/") || ASTRAY.matcher(uri).find()) {
      throw new IllegalArgumentException(
          "Use a folder's URI of the scheme s3, https, http or file that ends with a slash, such as"
              + " s3a://bucket/jars/.");
    }
    return new JarFolder(uri);
  }

  /** Whether a URI, in its canonical spelling, is of something below. */
  boolean holds(String canonical) {
    return canonical.length() > uri.length()
        && canonical.startsWith(uri)
        && !canonical.endsWith("/")
        && !ASTRAY.matcher(canonical).find();
  }

  /** The same place in one spelling: S3 has three schemes, and files may have an empty host. */
  static String canonical(String uri) {
    Matcher shape = SHAPE.matcher(uri);
    if (!shape.matches()) {
      return uri;
    }
    String scheme = shape.group("scheme").toLowerCase(Locale.ROOT);
    String rest = shape.group("rest");
    return switch (scheme) {
      case "s3a", "s3n" -> "s3:" + rest;
      case "file" -> "file:" + (rest.startsWith("///") ? rest.substring(2) : rest);
      default -> scheme + ":" + rest;
    };
  }

  /** Whether this service can read what has the URI's scheme at all. */
  static boolean readable(String canonical) {
    return READABLE.contains(scheme(canonical));
  }

  static String scheme(String uri) {
    return uri.substring(0, Math.max(0, uri.indexOf(':')));
  }
}
