package dev.tributary.transforms;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a JAR says of its transforms in {@value #ENTRY}, so that it can be read without running the
 * JAR's code: a JSON array of objects with {@code name}, {@code type} (the class), {@code kind} and
 * {@code options}.
 */
public final class TransformDescription {
  /** Where it lies in a JAR. */
  public static final String ENTRY = "META-INF/tributary/transforms.json";

  private TransformDescription() {}

  /** The description of the given transforms, by name. */
  public static String of(List<? extends Transform> transforms) {
    return transforms.stream()
        .sorted(Comparator.comparing(Transform::name))
        .map(TransformDescription::transform)
        .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }

  private static String transform(Transform transform) {
    return "{\"name\":%s,\"type\":%s,\"kind\":%s,\"options\":%s}"
        .formatted(
            quoted(transform.name()),
            quoted(transform.getClass().getName()),
            quoted(words(transform.kind())),
            transform.options().stream()
                .map(TransformDescription::option)
                .collect(Collectors.joining(",", "[", "]")));
  }

  private static String option(TransformOption option) {
    return "\n  {\"name\":%s,\"type\":%s,\"required\":%s,\"secret\":%s,\"documentation\":%s%s}"
        .formatted(
            quoted(option.name()),
            quoted(words(option.type())),
            option.required(),
            option.secret(),
            quoted(option.documentation()),
            option.defaultValue().map(value -> ",\"defaultValue\":" + quoted(value)).orElse(""));
  }

  private static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
