package dev.tributary.core.secret;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Resolves references to secrets where they are used: {@code env:NAME} is an environment variable,
 * {@code file:/path} a file's content without its last line break. Anything else stands for itself.
 * What it returns must not reach a log, an error, a metric or a spec. Thread-safe.
 */
public final class SecretReference {
  private final Map<String, String> environment;

  /** Resolves against the given environment. */
  public SecretReference(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Resolves against this process's environment. */
  public static SecretReference ofProcess() {
    return new SecretReference(System.getenv());
  }

  /** Whether the value is a reference. */
  public static boolean isReference(String value) {
    return value.startsWith("env:") || value.startsWith("file:");
  }

  /**
   * The text without the secret and without any word of it, for the messages of libraries that
   * quote single words of what they were given. An empty secret changes nothing.
   */
  public static String masked(String text, String secret) {
    String masked = secret.isEmpty() ? text : text.replace(secret, "***");
    List<String> words =
        Arrays.stream(secret.split("[\\s\"'=;,]+"))
            .filter(word -> word.length() > 1)
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    for (String word : words) {
      masked = masked.replace(word, "***");
    }
    return masked;
  }

  /**
   * The value that a reference names.
   *
   * @throws TributaryException SECRET_UNRESOLVED, naming the reference, if there is none
   */
  public String resolve(String value) {
    if (value.startsWith("env:")) {
      String name = value.substring("env:".length());
      String resolved = environment.get(name);
      if (resolved == null) {
        throw new TributaryException(
            ErrorCode.SECRET_UNRESOLVED,
            "The reference '%s' names an environment variable that is not set. Set %s for this process."
                .formatted(value, name));
      }
      return resolved;
    }
    if (value.startsWith("file:")) {
      Path path = Path.of(value.substring("file:".length()));
      try {
        return Files.readString(path).stripTrailing();
      } catch (IOException e) {
        throw new TributaryException(
            ErrorCode.SECRET_UNRESOLVED,
            "The reference '%s' names a file that cannot be read. Check that it exists and that this process may read it."
                .formatted(value),
            e);
      }
    }
    return value;
  }
}
