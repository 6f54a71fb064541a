package dev.tributary.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The reader in Python, in a virtual environment of its own below target. */
final class PythonReader {
  static final String SKIP = "tributary.skip.python";

  private static final Path SCRIPTS = Path.of("src", "test", "python").toAbsolutePath();
  private static final Path ENVIRONMENT = Path.of("target", "python").toAbsolutePath();
  private static final String REMEDY =
      " Install Python 3.10 or later with venv and pip as python3, or skip these tests by -D"
          + SKIP
          + "=true.";

  private final String python;

  private PythonReader(String python) {
    this.python = python;
  }

  /** What a process said and how it ended. */
  record Output(int exitCode, String out, String errors) {
    List<JsonNode> records() {
      return out.lines().map(Output::parse).toList();
    }

    private static JsonNode parse(String line) {
      try {
        return Json.mapper().readTree(line);
      } catch (IOException e) {
        throw new IllegalStateException("The reader printed no JSON: " + line, e);
      }
    }
  }

  /** Makes the environment where it is not there yet. */
  static PythonReader prepare() throws IOException, InterruptedException {
    Assumptions.assumeFalse(
        Boolean.getBoolean(SKIP), "The reader in Python is not tested: -D" + SKIP + " is set.");
    String python = ENVIRONMENT.resolve("bin").resolve("python").toString();
    Path ready = ENVIRONMENT.resolve("ready");
    Path requirements = SCRIPTS.resolve("requirements.txt");
    String wanted = Files.readString(requirements);
    if (!Files.exists(ready) || !Files.readString(ready).equals(wanted)) {
      must(
          "There is no Python 3.10 or later.",
          "python3",
          "-c",
          "import sys; sys.exit(sys.version_info < (3, 10))");
      must(
          "No virtual environment could be made.",
          "python3",
          "-m",
          "venv",
          "--clear",
          ENVIRONMENT.toString());
      must(
          "The packages of the reader could not be installed.",
          python,
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "-r",
          requirements.toString());
      Files.writeString(ready, wanted);
    }
    return new PythonReader(python);
  }

  /** Reads the archive of a topic. */
  Output read(Path topicFolder) throws IOException, InterruptedException {
    return run(python, SCRIPTS.resolve("read_archive.py").toString(), topicFolder.toString());
  }

  private static void must(String problem, String... command)
      throws IOException, InterruptedException {
    Output output;
    try {
      output = run(command);
    } catch (IOException e) {
      throw new IOException(problem + REMEDY, e);
    }
    if (output.exitCode() != 0) {
      throw new IOException(problem + REMEDY + "\n" + output.errors());
    }
  }

  private static Output run(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("python", ".out");
    Path errors = Files.createTempFile("python", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(errors.toFile())
              .start();
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("No end after 3 minutes: " + String.join(" ", command));
      }
      return new Output(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(errors, StandardCharsets.UTF_8));
    } finally {
      Files.delete(out);
      Files.delete(errors);
    }
  }
}
