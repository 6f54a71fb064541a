package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/transforms.md lists the transforms as they declare themselves. */
final class ReferenceTest {
  private static final String BEGIN = "<!-- begin of what is generated -->\n";
  private static final String END = "<!-- end of what is generated -->\n";

  /** With {@code -Dtributary.docs.update=true} the list is renewed first. */
  @Test
  void thePageIsWhatTheDeclarationsSay() throws IOException {
    Path page = Path.of(System.getProperty("tributary.home"), "docs", "transforms.md");
    String text = Files.readString(page);
    String current =
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + reference()
            + text.substring(text.indexOf(END));
    if (Boolean.getBoolean("tributary.docs.update")) {
      Files.writeString(page, current);
    }
    assertThat(Files.readString(page))
        .as("docs/transforms.md; run this test once more with -Dtributary.docs.update=true")
        .isEqualTo(current);
  }

  private static String reference() {
    return ServiceLoader.load(Transform.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(Transform::name))
        .map(ReferenceTest::section)
        .collect(Collectors.joining("\n"));
  }

  private static String section(Transform transform) {
    return "### `%s`\n\n%s %s, on %s.\n\n| option | type | default | what it is |\n|---|---|---|---|\n%s"
        .formatted(
            transform.name(),
            transform.documentation(),
            switch (transform.kind()) {
              case ONE_TO_ONE -> "One-to-one";
              case FILTER -> "Filter";
              case EXPLODE -> "Explode";
              case COMBINE -> "Combine";
            },
            transform instanceof PayloadTransform ? "bytes" : "rows",
            transform.options().stream().map(ReferenceTest::row).collect(Collectors.joining()));
  }

  private static String row(TransformOption option) {
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            option.name(),
            option.secret()
                ? "reference to a secret"
                : option.type().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            option.required()
                ? "required"
                : option.defaultValue().map(text -> "`" + text + "`").orElse(""),
            option.documentation().replace("|", "\\|"));
  }
}
