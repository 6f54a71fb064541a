package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransformCommandTest {
  private static final String SOURCE =
      """
      package user;
      import dev.tributary.transforms.*;
      import java.util.List;
      import org.apache.spark.sql.*;
      public final class Mask implements RowTransform {
        public String name() { return "mask"; }
        public List<TransformOption> options() {
          return List.of(
              TransformOption.required("column", TransformOption.Type.COLUMNS, "Which."),
              TransformOption.secret("salt", "With what."),
              TransformOption.withDefault("length", TransformOption.Type.INTEGER, "8", "How long."));
        }
        public StepKind kind() { return StepKind.ONE_TO_ONE; }
        public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) { return rows; }
      }
      """;

  @TempDir private Path folder;

  @Test
  void theTransformsAndOptionsAreReadFromTheJarItself() throws IOException {
    JsonNode described = read(TransformCommand.described(jar()).getBytes(StandardCharsets.UTF_8));
    assertThat(described).hasSize(1);
    assertThat(described.at("/0/name").asText()).isEqualTo("mask");
    assertThat(described.at("/0/type").asText()).isEqualTo("user.Mask");
    assertThat(described.at("/0/kind").asText()).isEqualTo("one-to-one");
    assertThat(described.at("/0/options/0/required").asBoolean()).isTrue();
    assertThat(described.at("/0/options/1/secret").asBoolean()).isTrue();
    assertThat(described.at("/0/options/2/defaultValue").asText()).isEqualTo("8");
    assertThat(described.at("/0/options/2/type").asText()).isEqualTo("integer");
  }

  @Test
  void aCopyDescribesItsTransformsAndHoldsWhatTheJarHeld() throws IOException {
    Path copy = folder.resolve("described.jar");
    TransformCommand.describe(jar(), copy);
    try (ZipFile zip = new ZipFile(copy.toFile())) {
      assertThat(read(content(zip, "META-INF/tributary/transforms.json")))
          .isEqualTo(read(TransformCommand.described(copy).getBytes(StandardCharsets.UTF_8)));
      assertThat(content(zip, "user/Mask.class"))
          .isEqualTo(Files.readAllBytes(folder.resolve("user/Mask.class")));
    }
    Path again = folder.resolve("again.jar");
    TransformCommand.describe(copy, again);
    assertThat(again).hasSameBinaryContentAs(copy);
    assertThatThrownBy(() -> TransformCommand.describe(copy, again))
        .hasMessageContaining("is there already. Give --to another name.");
  }

  private static byte[] content(ZipFile zip, String entry) throws IOException {
    return zip.getInputStream(zip.getEntry(entry)).readAllBytes();
  }

  private static JsonNode read(byte[] json) {
    return Json.read(json, JsonNode.class);
  }

  @Test
  void aFileThatHoldsNoTransformIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("no.jar"), "no jar");
    assertThatThrownBy(() -> TransformCommand.described(text))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("names no transform in META-INF/services");
  }

  private Path jar() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject source =
        new SimpleJavaFileObject(
            URI.create("string:///user/Mask.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return SOURCE;
          }
        };
    assertThat(
            compiler
                .getTask(
                    null,
                    null,
                    null,
                    List.of(
                        "-d",
                        folder.toString(),
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path")),
                    null,
                    List.of(source))
                .call())
        .isTrue();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(content)) {
      zip.putNextEntry(new ZipEntry("META-INF/services/dev.tributary.transforms.Transform"));
      zip.write("user.Mask\n".getBytes(StandardCharsets.UTF_8));
      zip.putNextEntry(new ZipEntry("user/Mask.class"));
      zip.write(Files.readAllBytes(folder.resolve("user/Mask.class")));
    }
    return Files.write(folder.resolve("mask.jar"), content.toByteArray());
  }
}
