package dev.tributary.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCategory;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.settings.SettingsReference.WhenStale;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsTest {
  private enum Mode {
    FAST_LANE,
    SLOW
  }

  private static final Setting<Duration> TRIGGER =
      Setting.duration("trigger-interval", "How often a batch starts.").withDefault("10s");
  private static final Setting<Long> SIZE = Setting.bytes("batch.size", "How big a batch is.");
  private static final Setting<URI> URL = Setting.uri("metastore.url", "Where it is.").required();
  private static final Setting<String> TOKEN = Setting.text("metastore.token", "Token.").secret();
  private static final Setting<Integer> PIN =
      Setting.integer("pin", "A secret number.", 0, 9999).secret();
  private static final Setting<List<String>> DATASET =
      Setting.text("dataset", "Which dataset.").repeated();
  private static final Setting<Boolean> ALL = Setting.flag("all", "Every dataset.");
  private static final Setting<Mode> MODE = Setting.oneOf("mode", "Which way.", Mode.class);
  private static final Program PROGRAM =
      Program.of(
          "sample",
          "Shows how settings work.",
          SettingsGroup.of("Batches", TRIGGER, SIZE, DATASET, ALL, MODE, PIN),
          SettingsGroup.of("Metastore", URL, TOKEN));
  private static final Map<String, String> NEEDED =
      Map.of("TRIBUTARY_METASTORE_URL", "http://env:1");

  @TempDir private Path folder;

  private Settings resolve(String... arguments) {
    return PROGRAM.resolve(List.of(arguments), NEEDED, folder);
  }

  private String problems(Map<String, String> environment, String... arguments) {
    try {
      PROGRAM.resolve(List.of(arguments), environment, folder);
    } catch (TributaryException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.SETTING_INVALID);
      return e.getMessage();
    }
    throw new AssertionError("nothing was refused");
  }

  @Test
  void flagsWinOverEnvironmentOverEnvFileOverYamlOverDefaults() throws IOException {
    Path yaml = folder.resolve("s.yaml");
    Files.writeString(
        yaml,
        "metastore: {url: 'http://yaml:1'}\nbatch.size: 1k\ntrigger-interval: 3s\nmode: slow\n");
    Files.writeString(
        folder.resolve(".env"),
        "# comment\nexport TRIBUTARY_METASTORE_URL='http://dot:1'\nTRIBUTARY_TRIGGER_INTERVAL=4s\n"
            + "TRIBUTARY_MODE=\"fast-lane\"\nOTHER=x\n");
    List<String> yamlOnly = List.of("--settings", "s.yaml");

    Settings all =
        PROGRAM.resolve(List.of("--settings=s.yaml", "--trigger-interval", "1s"), NEEDED, folder);
    assertThat(all.get(TRIGGER)).isEqualTo(Duration.ofSeconds(1));
    assertThat(all.get(URL)).isEqualTo(URI.create("http://env:1"));
    assertThat(all.find(MODE)).contains(Mode.FAST_LANE);
    assertThat(all.find(SIZE)).contains(1024L);
    assertThat(all.origin(SIZE).orElseThrow()).isEqualTo("file " + yaml);

    Settings withoutEnvironment = PROGRAM.resolve(yamlOnly, Map.of(), folder);
    assertThat(withoutEnvironment.get(URL)).isEqualTo(URI.create("http://dot:1"));
    assertThat(withoutEnvironment.get(TRIGGER)).isEqualTo(Duration.ofSeconds(4));

    Files.delete(folder.resolve(".env"));
    Settings files = PROGRAM.resolve(yamlOnly, Map.of("TRIBUTARY_TRIGGER_INTERVAL", ""), folder);
    assertThat(files.get(URL)).isEqualTo(URI.create("http://yaml:1"));
    assertThat(files.get(TRIGGER)).as("an empty variable is none").hasSeconds(3);
    assertThat(resolve().get(TRIGGER)).hasSeconds(10);
  }

  @Test
  void repeatableSettingsAreListsFromEverySource() throws IOException {
    assertThat(resolve().get(DATASET)).isEmpty();
    assertThat(resolve("--dataset", "a", "--dataset=b,c").get(DATASET)).containsExactly("a", "b,c");
    Map<String, String> environment =
        Map.of("TRIBUTARY_METASTORE_URL", "http://x", "TRIBUTARY_DATASET", "a, b");
    assertThat(PROGRAM.resolve(List.of(), environment, folder).get(DATASET))
        .containsExactly("a", "b");
    Files.writeString(folder.resolve("s.yaml"), "dataset: [x, y]\n");
    assertThat(resolve("--settings", "s.yaml").get(DATASET)).containsExactly("x", "y");
  }

  @Test
  void aFlagAloneMeansTrue() {
    assertThat(resolve().get(ALL)).isFalse();
    assertThat(resolve("--all").get(ALL)).isTrue();
    assertThat(resolve("--all", "--dataset", "a").get(ALL)).isTrue();
    assertThat(resolve("--all", "false").get(ALL)).isFalse();
    assertThat(resolve("--all=false").get(ALL)).isFalse();
  }

  @Test
  void allProblemsAreReportedTogether() throws IOException {
    Files.writeString(folder.resolve("s.yaml"), "batch: {siez: 1k}\ndataset: {a: b}\n");
    String message =
        problems(
            Map.of("TRIBUTARY_BATCH_SIZE", "big"),
            "--triger-interval",
            "5s",
            "--settings",
            "s.yaml",
            "--mode",
            "medium",
            "--mode",
            "slow",
            "stray",
            "--trigger-interval",
            "soon");
    assertThat(message)
        .startsWith("9 settings of sample are wrong:")
        .contains(
            "--triger-interval (command line) is not a setting. Did you mean trigger-interval?")
        .contains(
            "batch.siez (file "
                + folder.resolve("s.yaml")
                + ") is not a setting. Did you mean batch.size?")
        .contains("dataset (file " + folder.resolve("s.yaml") + ") is not a single value.")
        .contains("mode (command line) is given twice.")
        .contains(
            "mode is 'medium' (command line), which is not allowed. Use one of: fast-lane | slow.")
        .contains("'stray' (command line) is not a flag.")
        .contains(
            "trigger-interval is 'soon' (command line), which is not allowed. Use a number and a"
                + " unit")
        .contains("batch.size is 'big' (environment variable TRIBUTARY_BATCH_SIZE)");
  }

  @Test
  void aMissingSettingSaysEveryWayToGiveIt() {
    assertThat(problems(Map.of()))
        .isEqualTo(
            "One setting of sample is wrong:\n  - metastore.url is missing. Give --metastore.url,"
                + " TRIBUTARY_METASTORE_URL or a line in the settings file: Where it is.");
    assertThat(problems(NEEDED, "--mode")).contains("mode (command line) has no value.");
    assertThat(problems(NEEDED, "--settings", "none.yaml")).contains("where there is no file");
    assertThat(problems(NEEDED, "--env-file", "none")).contains("where there is no file");
  }

  @Test
  void secretsAreNeverRepeated() throws IOException {
    Settings settings = resolve("--metastore.token", "hunter2");
    assertThat(settings.find(TOKEN)).contains("hunter2");
    assertThat(settings.describe())
        .contains("metastore.token = ***  (command line)")
        .contains("trigger-interval = 10s  (default)")
        .contains("batch.size is not set")
        .doesNotContain("hunter2");
    assertThat(problems(NEEDED, "--pin", "hunter2"))
        .contains("pin is '***'")
        .doesNotContain("hunter2");
    assertThat(problems(NEEDED, "--metastore.tokne", "hunter2")).doesNotContain("hunter2");
    Files.writeString(folder.resolve(".env"), "TRIBUTARY_METASTORE_TOKEN hunter2\n");
    assertThat(problems(NEEDED)).contains("Line 1 of").doesNotContain("hunter2");
    Files.writeString(folder.resolve(".env"), "");
    Files.writeString(folder.resolve("s.yaml"), "metastore:\n  token: [hunter2\n");
    assertThat(problems(NEEDED, "--settings", "s.yaml"))
        .contains("is not YAML near line")
        .doesNotContain("hunter2");
  }

  @Test
  void aVariableThatIsNearlyASettingIsAWarningAndOneOfAnotherProgramIsNot() {
    Settings settings =
        PROGRAM.resolve(
            List.of(),
            Map.of(
                "TRIBUTARY_METASTORE_URL", "http://x",
                "TRIBUTARY_METASTORE_TOKN", "1",
                "TRIBUTARY_S3_ENDPOINT", "http://y"),
            folder);
    assertThat(settings.warnings())
        .containsExactly(
            "environment variable TRIBUTARY_METASTORE_TOKN names no setting; did you mean"
                + " TRIBUTARY_METASTORE_TOKEN?");
  }

  @Test
  void aSettingWhoseNameIsAnothersVariableIsNotTakenFromIt() throws IOException {
    Setting<URI> endpoint = Setting.uri("s3-endpoint", "A server that runs.").notFromVariables();
    Program program = Program.of("local", "Starts.", SettingsGroup.of("Servers", endpoint));
    Map<String, String> variables = Map.of("TRIBUTARY_S3_ENDPOINT", "http://env:1");
    Files.writeString(folder.resolve(".env"), "TRIBUTARY_S3_ENDPOINT=http://file:1\n");
    Files.writeString(folder.resolve("s.yaml"), "s3-endpoint: http://yaml:1\n");

    Settings none = program.resolve(List.of(), variables, folder);
    assertThat(none.find(endpoint)).isEmpty();
    assertThat(none.warnings()).isEmpty();
    assertThat(program.resolve(List.of("--settings", "s.yaml"), variables, folder).find(endpoint))
        .contains(URI.create("http://yaml:1"));
    assertThat(
            program
                .resolve(List.of("--s3-endpoint", "http://flag:1"), variables, folder)
                .find(endpoint))
        .contains(URI.create("http://flag:1"));
    assertThat(HelpText.of(program))
        .contains("A server that runs. By flag or settings file alone.");
    assertThat(SettingsReference.markdown(program))
        .contains("A server that runs. By flag or settings file alone.");
  }

  @Test
  void valuesAreOfTheirTypes() {
    assertThat(ValueParsers.duration("500ms")).hasMillis(500);
    assertThat(ValueParsers.duration("2h")).hasHours(2);
    assertThat(ValueParsers.duration("7d")).isEqualTo(Duration.ofDays(7));
    assertThat(ValueParsers.duration("0")).isZero();
    assertThat(ValueParsers.bytes("512m")).isEqualTo(512L << 20);
    assertThat(ValueParsers.bytes("64KiB")).isEqualTo(65_536);
    assertThat(ValueParsers.bytes("1G")).isEqualTo(1L << 30);
    assertThatThrownBy(() -> ValueParsers.bytes("99999999999999g"))
        .hasMessageContaining("number of bytes");
    assertThatThrownBy(() -> ValueParsers.wholeNumber("7", 8, 9))
        .hasMessage("Use a whole number from 8 to 9.");
    assertThatThrownBy(() -> ValueParsers.uri("host:port:x y")).hasMessageContaining("scheme");
    assertThatThrownBy(() -> Setting.text("Bad_Key", "x")).hasMessageContaining("kebab-case");
  }

  @Test
  void aProgramRefusesTwoSettingsOfOneName() {
    SettingsGroup twice =
        SettingsGroup.of("x", Setting.text("a.b", "one"), Setting.text("a-b", "other"));
    assertThatThrownBy(() -> Program.of("p", "x", twice)).hasMessageContaining("share a name");
  }

  @Test
  void helpShowConfigAndErrorsLeaveWithTheirExitCodes() {
    assertThat(run("--help").code()).isZero();
    assertThat(run("--help").out())
        .contains("Usage: sample [--key value]...")
        .contains("--trigger-interval <duration>")
        .contains("How often a batch starts. Default: 10s.")
        .contains("--all\n")
        .contains("--settings <path>");
    Output shown = run("--metastore.url", "http://h", "--show-config");
    assertThat(shown.code()).isZero();
    assertThat(shown.out()).contains("metastore.url = http://h  (command line)");
    Output wrong = run("--metastore.url", "http://h", "--nonsense");
    assertThat(wrong.code()).isEqualTo(ErrorCategory.USAGE.exitCode());
    assertThat(wrong.err()).startsWith("sample: setting-invalid: ").doesNotContain("at dev.");
    assertThat(run("--metastore.url", "http://h", "--all").code()).isEqualTo(7);
  }

  @Test
  void withJsonLogsWhatGoesToStandardErrorIsJsonToo() throws IOException {
    Output failed =
        run(
            settings -> {
              throw new TributaryException(ErrorCode.NOT_FOUND, "There is no\n\"orders\".");
            },
            "--metastore.url",
            "http://h",
            "--log.format",
            "json");
    assertThat(Json.mapper().readTree(failed.err()))
        .isEqualTo(
            Json.mapper()
                .readTree(
                    """
                    {"program":"sample","level":"ERROR","code":"not-found","message":"There is no\\n\\"orders\\"."}\
                    """));
    assertThat(failed.err().trim().lines()).hasSize(1);
    Output defect =
        run(
            settings -> {
              throw new IllegalStateException("odd");
            },
            "--metastore.url",
            "http://h",
            "--log.format",
            "json");
    assertThat(defect.err().trim().lines().reduce((first, last) -> last).orElseThrow())
        .startsWith("{\"program\":\"sample\",\"level\":\"ERROR\",\"code\":\"internal-error\"");
  }

  private record Output(int code, String out, String err) {}

  private static Output run(String... arguments) {
    return run(settings -> settings.get(ALL) ? 7 : 0, arguments);
  }

  private static Output run(Program.Body body, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        PROGRAM.run(
            arguments,
            body,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Output(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aStaleReferenceIsFoundAndSectionsAreIndependent() throws IOException {
    Path document = folder.resolve("configuration.md");
    Program other = Program.of("other", "x", SettingsGroup.of("x", Setting.text("other", "o")));
    Files.writeString(
        document, SettingsReference.markdown(other) + SettingsReference.markdown(PROGRAM));
    SettingsReference.requireCurrent(document, PROGRAM, WhenStale.REFUSE);
    assertThat(Files.readString(document))
        .contains("| `trigger-interval` | duration | `10s` | How often a batch starts. |")
        .contains("| `mode` | fast-lane \\| slow |  | Which way. |");
    String current = Files.readString(document);
    Files.writeString(document, current.replace("`10s`", "`11s`"));
    SettingsReference.requireCurrent(document, other, WhenStale.REFUSE);
    assertThatThrownBy(() -> SettingsReference.requireCurrent(document, PROGRAM, WhenStale.REFUSE))
        .hasMessageContaining("The section sample of");
    SettingsReference.requireCurrent(document, PROGRAM, WhenStale.RENEW);
    assertThat(Files.readString(document)).isEqualTo(current);
  }
}
