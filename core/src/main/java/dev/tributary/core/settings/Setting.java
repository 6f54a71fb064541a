package dev.tributary.core.settings;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One setting: its key, type, default, documentation and secrecy, declared once as a constant.
 * Immutable and thread-safe.
 *
 * <pre>{@code
 * static final Setting<Duration> TRIGGER =
 *     Setting.duration("trigger-interval", "How often a batch starts.").withDefault("10s");
 * }</pre>
 *
 * The flag is {@code --trigger-interval}, the environment variable {@code
 * TRIBUTARY_TRIGGER_INTERVAL}; dots in a key make groups in the YAML file.
 *
 * @param <T> what a program reads; a list where the setting is repeatable
 */
public final class Setting<T> {
  private static final Pattern KEY =
      Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*(\\.[a-z][a-z0-9]*(-[a-z0-9]+)*)*");

  /** How often and how a setting is given. */
  enum Arity {
    ONE,
    MANY,
    /** Present means true. */
    FLAG
  }

  /** What a program does without a value. */
  enum Need {
    OPTIONAL,
    REQUIRED,
    SECRET,
    REQUIRED_SECRET;

    boolean required() {
      return this == REQUIRED || this == REQUIRED_SECRET;
    }

    boolean secret() {
      return this == SECRET || this == REQUIRED_SECRET;
    }
  }

  private final String key;
  private final String type;
  private final String doc;
  private final Arity arity;
  private final Need need;
  private final Optional<String> defaultText;
  private final Function<List<String>, T> parser;
  private final boolean fromVariables;

  private Setting(
      String key,
      String type,
      String doc,
      Arity arity,
      Need need,
      Optional<String> defaultText,
      Function<List<String>, T> parser) {
    this(key, type, doc, arity, need, defaultText, parser, true);
  }

  private Setting(
      String key,
      String type,
      String doc,
      Arity arity,
      Need need,
      Optional<String> defaultText,
      Function<List<String>, T> parser,
      boolean fromVariables) {
    if (!KEY.matcher(requireNonNull(key, "key")).matches()) {
      throw new IllegalArgumentException(
          "The key '%s' is not made of kebab-case words joined by dots.".formatted(key));
    }
    this.key = key;
    this.type = type;
    this.doc = requireNonNull(doc, "doc");
    this.arity = arity;
    this.need = need;
    this.defaultText = defaultText;
    this.parser = parser;
    this.fromVariables = fromVariables;
  }

  private static <T> Setting<T> one(
      String key, String type, String doc, Function<String, T> parser) {
    return new Setting<>(
        key,
        type,
        doc,
        Arity.ONE,
        Need.OPTIONAL,
        Optional.empty(),
        texts -> parser.apply(texts.get(0)));
  }

  /** Any text that is not empty. */
  public static Setting<String> text(String key, String doc) {
    return one(key, "text", doc, Function.identity());
  }

  /** An integer from {@code min} to {@code max}. */
  public static Setting<Integer> integer(String key, String doc, int min, int max) {
    return one(key, "integer", doc, text -> (int) ValueParsers.wholeNumber(text, min, max));
  }

  /** A 64-bit integer from {@code min} to {@code max}. */
  public static Setting<Long> wholeNumber(String key, String doc, long min, long max) {
    return one(key, "integer", doc, text -> ValueParsers.wholeNumber(text, min, max));
  }

  /** A TCP port; 0 is any free one. */
  public static Setting<Integer> port(String key, String doc) {
    return one(key, "port", doc, text -> (int) ValueParsers.wholeNumber(text, 0, 65_535));
  }

  /** True or false, false by default; {@code --key} alone means true. */
  public static Setting<Boolean> flag(String key, String doc) {
    return new Setting<>(
        key,
        "flag",
        doc,
        Arity.FLAG,
        Need.OPTIONAL,
        Optional.of("false"),
        texts -> ValueParsers.truth(texts.get(0)));
  }

  /** A length of time: {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 7d}, or 0. */
  public static Setting<Duration> duration(String key, String doc) {
    return one(key, "duration", doc, ValueParsers::duration);
  }

  /** A number of bytes: {@code 1048576}, {@code 64k}, {@code 512m}, {@code 1g} (powers of 1024). */
  public static Setting<Long> bytes(String key, String doc) {
    return one(key, "bytes", doc, ValueParsers::bytes);
  }

  /** A URI with its scheme. */
  public static Setting<URI> uri(String key, String doc) {
    return one(key, "URI", doc, ValueParsers::uri);
  }

  /** A local path; a relative one is relative to the working directory. */
  public static Setting<Path> path(String key, String doc) {
    return one(key, "path", doc, ValueParsers::path);
  }

  /** One of an enum's constants, written in kebab-case. */
  public static <E extends Enum<E>> Setting<E> oneOf(String key, String doc, Class<E> choices) {
    String names =
        String.join(
            " | ", Arrays.stream(choices.getEnumConstants()).map(Setting::kebabCase).toList());
    return one(
        key,
        names,
        doc,
        text ->
            Arrays.stream(choices.getEnumConstants())
                .filter(choice -> kebabCase(choice).equals(text.trim().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Use one of: " + names + ".")));
  }

  /** A value of the caller's own; the parser throws IllegalArgumentException with the remedy. */
  public static <T> Setting<T> parsed(
      String key, String type, String doc, Function<String, T> parser) {
    return one(key, type, doc, parser);
  }

  /** This setting with a default, written as a person would write it. */
  public Setting<T> withDefault(String text) {
    Setting<T> copy =
        new Setting<>(key, type, doc, arity, need, Optional.of(text), parser, fromVariables);
    copy.parse(List.of(text));
    return copy;
  }

  /** This setting, without which the program does not start. */
  public Setting<T> required() {
    Need stricter = need.secret() ? Need.REQUIRED_SECRET : Need.REQUIRED;
    return new Setting<>(key, type, doc, arity, stricter, defaultText, parser, fromVariables);
  }

  /** This setting, whose value is never printed. */
  public Setting<T> secret() {
    Need masked = need.required() ? Need.REQUIRED_SECRET : Need.SECRET;
    return new Setting<>(key, type, doc, arity, masked, defaultText, parser, fromVariables);
  }

  /**
   * This setting, which is given by its flag or the settings file alone: a variable of its name
   * means something else to another program.
   */
  public Setting<T> notFromVariables() {
    return new Setting<>(key, type, doc, arity, need, defaultText, parser, false);
  }

  /**
   * A setting that can be given several times: the flag again, a YAML list, commas in the
   * environment. Empty by default.
   */
  public Setting<List<T>> repeated() {
    return new Setting<>(
        key,
        type,
        doc,
        Arity.MANY,
        need,
        Optional.empty(),
        texts -> texts.stream().map(text -> parser.apply(List.of(text))).toList(),
        fromVariables);
  }

  /** The key: {@code trigger-interval}, {@code metastore.url}. */
  public String key() {
    return key;
  }

  /** The environment variable: {@code TRIBUTARY_METASTORE_URL}. */
  public String environmentVariable() {
    return "TRIBUTARY_" + key.replace('-', '_').replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** What kind of value it takes, for people. */
  public String type() {
    return type;
  }

  /** What it is for. */
  public String doc() {
    return doc;
  }

  /** The default as a person would write it; empty if there is none. */
  public Optional<String> defaultText() {
    return defaultText;
  }

  /** Whether its value is masked wherever values are shown. */
  public boolean isSecret() {
    return need.secret();
  }

  /** Whether a program does not start without it. */
  public boolean isRequired() {
    return need.required();
  }

  /** Whether an environment variable, or a line of the {@code .env} file, gives it. */
  public boolean isFromVariables() {
    return fromVariables;
  }

  /** Whether it can be given several times. */
  public boolean isRepeatable() {
    return arity == Arity.MANY;
  }

  Arity arity() {
    return arity;
  }

  /** Throws IllegalArgumentException with the remedy as its message. */
  T parse(List<String> texts) {
    return parser.apply(texts);
  }

  static String kebabCase(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public String toString() {
    return key;
  }
}
