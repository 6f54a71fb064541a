package dev.tributary.transforms;

import java.util.Optional;

/**
 * An option that a transform understands. Options that it does not declare are refused when a
 * dataset is validated.
 *
 * @param name in kebab-case
 * @param type how its text is understood
 * @param defaultValue its value where none is given; empty for an option that must be given, see
 *     {@code required}
 * @param required whether a dataset must give it
 * @param secret whether its value may only be a reference, {@code env:NAME} or {@code file:/path}
 * @param documentation for people
 */
public record TransformOption(
    String name,
    Type type,
    Optional<String> defaultValue,
    boolean required,
    boolean secret,
    String documentation) {
  /** How the text of an option is understood. */
  public enum Type {
    /** Any text. */
    TEXT,
    /** A whole number. */
    INTEGER,
    /** {@code true} or {@code false}. */
    BOOLEAN,
    /** A Spark SQL expression; see {@link SqlExpression}. */
    SQL_EXPRESSION,
    /** Column names with commas between them. */
    COLUMNS,
    /**
     * {@code name:value} pairs with commas between them; the first colon of a pair divides it, and
     * commas within parentheses or angle brackets divide nothing.
     */
    PAIRS
  }

  /** Refuses an option that is required and has a default. */
  public TransformOption {
    if (required && defaultValue.isPresent()) {
      throw new IllegalArgumentException(
          "The option '%s' is required and has a default; leave one of them out.".formatted(name));
    }
  }

  /**
   * What is wrong with the text that a dataset gives for it, as a sentence with the remedy; empty
   * if its type takes it.
   */
  public Optional<String> problem(String value) {
    try {
      switch (type) {
        case INTEGER -> OptionText.integer(name, value);
        case BOOLEAN -> OptionText.truth(name, value);
        case COLUMNS -> OptionText.columns(name, value);
        case PAIRS -> OptionText.pairs(name, value);
        case TEXT, SQL_EXPRESSION -> OptionText.text(name, value);
      }
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** An option that a dataset must give. */
  public static TransformOption required(String name, Type type, String documentation) {
    return new TransformOption(name, type, Optional.empty(), true, false, documentation);
  }

  /** An option that a dataset may leave out. */
  public static TransformOption optional(String name, Type type, String documentation) {
    return new TransformOption(name, type, Optional.empty(), false, false, documentation);
  }

  /** An option with a default. */
  public static TransformOption withDefault(
      String name, Type type, String defaultValue, String documentation) {
    return new TransformOption(name, type, Optional.of(defaultValue), false, false, documentation);
  }

  /** An option that a dataset must give as a reference to a secret. */
  public static TransformOption secret(String name, String documentation) {
    return new TransformOption(name, Type.TEXT, Optional.empty(), true, true, documentation);
  }
}
