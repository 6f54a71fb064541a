package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** The JAR says of its transforms what they declare. */
final class DescriptionTest {
  /** With {@code -Dtributary.docs.update=true} it is renewed first. */
  @Test
  void whatTheJarSaysOfItsTransformsIsWhatTheyDeclare() throws IOException {
    Path file = Path.of("src/main/resources", TransformDescription.ENTRY);
    String current =
        TransformDescription.of(
            ServiceLoader.load(Transform.class).stream().map(ServiceLoader.Provider::get).toList());
    if (Boolean.getBoolean("tributary.docs.update")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, current);
    }
    assertThat(Files.readString(file))
        .as("%s; run this test once more with -Dtributary.docs.update=true", file)
        .isEqualTo(current);
  }
}
