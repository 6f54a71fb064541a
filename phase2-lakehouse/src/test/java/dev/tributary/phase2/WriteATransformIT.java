package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteSpec;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The files of docs/write-a-transform.md, as somebody would make them who follows it. */
final class WriteATransformIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)(?: (\\S+))?\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern SENT = Pattern.compile("'(\\{.*?})'");
  private static final String TRANSFORM = "com.example.EmailDomainTransform";

  @TempDir Path folder;

  /** A fenced block; named ones are files. */
  private record Block(String language, Optional<String> file, String text) {}

  /** Before the session that the contract would make, which knows nothing of Delta. */
  @BeforeAll
  static void startSession() {
    TestSpark.get();
  }

  @Test
  void theTransformOfThePageKeepsTheContract() throws Exception {
    Path classes = transform();
    compiled("src/test/java/com/example/EmailDomainTransformTest.java");

    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectClass(loader.loadClass(TRANSFORM + "Test")))
                  .build(),
              listener);
      assertThat(listener.getSummary().getFailures())
          .extracting(failure -> failure.getTestIdentifier() + ": " + failure.getException())
          .isEmpty();
      assertThat(listener.getSummary().getTestsSucceededCount()).isEqualTo(14);
    }
  }

  @Test
  @Tag("long")
  void theDatasetOfThePageGivesTheRowsThatItShows() throws Exception {
    Path classes = transform();
    PluginJar jar = PluginJar.ofFolder(classes, folder.resolve("email-domain-1.0.jar"));

    JsonNode dataset = Json.yaml().readTree(file("people.yaml"));
    JsonNode step = dataset.path("transforms").get(0);
    TransformSpec transform =
        jar.step(
            step.path("type").asText(),
            Map.of("column", step.path("options").path("column").asText()));
    List<ColumnSpec> columns = new ArrayList<>();
    dataset
        .path("columns")
        .forEach(
            column ->
                columns.add(
                    ColumnSpec.of(column.path("name").asText(), column.path("type").asText())));
    TestLake lake = new TestLake(folder);
    lake.define(columns, WriteSpec.append(), List.of(transform), null, null);
    lake.archive().put(messages());
    lake.run();

    assertThat(rows(lake, "id, email, domain", "t", "id"))
        .containsExactlyElementsOf(shown().subList(0, 2));
    assertThat(rows(lake, "_offset, _step, _code, _message", "q", "_offset"))
        .containsExactlyElementsOf(shown().subList(2, 3));
  }

  @Test
  void theVersionsOfThePageAreThoseOfTheBuild() throws IOException {
    String pom = file("pom.xml");
    String root = Files.readString(HOME.resolve("pom.xml"));
    assertThat(after(pom, "<artifactId>transforms-api</artifactId>", "version"))
        .isEqualTo(after(root, "<artifactId>tributary</artifactId>", "version"));
    assertThat(after(pom, "<artifactId>spark-sql_2.13</artifactId>", "version"))
        .isEqualTo(after(root, "<properties>", "spark.version"));
    assertThat(after(pom, "<artifactId>junit-jupiter</artifactId>", "version"))
        .isEqualTo(after(root, "<properties>", "junit.version"));
    assertThat(after(pom, "<artifactId>maven-surefire-plugin</artifactId>", "version"))
        .isEqualTo(after(root, "<artifactId>maven-surefire-plugin</artifactId>", "version"));
    assertThat(after(root, "<properties>", "spark.jvm.options").split(" "))
        .contains(after(pom, "<properties>", "argLine").split(" "));
  }

  private static String after(String document, String mark, String element) {
    int from = document.indexOf("<" + element + ">", document.indexOf(mark)) + element.length() + 2;
    return document.substring(from, document.indexOf("</" + element + ">", from));
  }

  /** The lines of the block that shows what comes out. */
  private static List<String> shown() throws IOException {
    List<Block> texts =
        blocks()
            .filter(block -> block.language().equals("text") && block.file().isEmpty())
            .toList();
    assertThat(texts).hasSize(1);
    return texts.get(0).text().lines().toList();
  }

  /** The records that the page has its reader send. */
  private static List<TestArchive.Message> messages() throws IOException {
    String line =
        blocks()
            .flatMap(block -> block.text().lines())
            .filter(text -> text.startsWith("printf"))
            .findFirst()
            .orElseThrow();
    List<TestArchive.Message> messages = new ArrayList<>();
    Matcher sent = SENT.matcher(line);
    while (sent.find()) {
      messages.add(message("key-" + messages.size(), sent.group(1)));
    }
    return messages;
  }

  /** As Python prints them. */
  private static List<String> rows(TestLake lake, String columns, String view, String order) {
    lake.query("select 1");
    List<String> names = List.of(columns.split(", "));
    List<String> printed = new ArrayList<>();
    for (Row row :
        TestSpark.get()
            .sql("select %s from %s order by %s".formatted(columns, view, order))
            .collectAsList()) {
      Map<String, String> values = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        values.put(names.get(i), row.isNullAt(i) ? "None" : printed(row.get(i)));
      }
      printed.add(
          values.entrySet().stream()
              .map(entry -> "'%s': %s".formatted(entry.getKey(), entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}")));
    }
    return printed;
  }

  private static String printed(Object value) {
    return value instanceof String text ? "'" + text + "'" : value.toString();
  }

  /** What the page's project would pack. */
  private Path transform() throws IOException {
    Path classes = compiled("src/main/java/com/example/EmailDomainTransform.java");
    String services = "META-INF/services/dev.tributary.transforms.Transform";
    Files.createDirectories(classes.resolve(services).getParent());
    Files.writeString(classes.resolve(services), file("src/main/resources/" + services));
    return classes;
  }

  private Path compiled(String name) throws IOException {
    Path source = folder.resolve(name);
    Files.createDirectories(source.getParent());
    Files.writeString(source, file(name), UTF_8);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    String classPath =
        classes
            + System.getProperty("path.separator")
            + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(
                    null,
                    null,
                    null,
                    "-proc:none",
                    "-cp",
                    classPath,
                    "-d",
                    classes.toString(),
                    source.toString()))
        .isZero();
    return classes;
  }

  private static String file(String name) throws IOException {
    return blocks()
        .filter(block -> block.file().equals(Optional.of(name)))
        .findFirst()
        .orElseThrow()
        .text();
  }

  private static Stream<Block> blocks() throws IOException {
    String page = Files.readString(HOME.resolve("docs/write-a-transform.md"));
    return BLOCK
        .matcher(page)
        .results()
        .map(
            result ->
                new Block(result.group(1), Optional.ofNullable(result.group(2)), result.group(3)));
  }
}
