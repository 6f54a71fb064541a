package dev.tributary.phase2;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Assumptions;

/** The reader of Delta tables for Python, in a virtual environment of its own below target. */
final class DeltaRs {
  private static final String SKIP = "tributary.skip.python";
  private static final int UNREAD = 3;

  private static final Path SCRIPTS = Path.of("src", "test", "python").toAbsolutePath();
  private static final Path ENVIRONMENT = Path.of("target", "python").toAbsolutePath();
  private static final String PYTHON = ENVIRONMENT.resolve("bin").resolve("python").toString();
  private static final String REMEDY =
      " Install Python 3.10 or later with venv and pip as python3, or skip these tests by -D"
          + SKIP
          + "=true.";

  private DeltaRs() {}

  /** The calls of it that give a table's rows. */
  enum Way {
    QUERY,
    ARROW
  }

  private record Output(int exitCode, String errors) {}

  /** Makes the environment where it is not there yet. */
  static void prepare() throws IOException, InterruptedException {
    Assumptions.assumeFalse(
        Boolean.getBoolean(SKIP), "deltalake is not tested: -D" + SKIP + " is set.");
    Path ready = ENVIRONMENT.resolve("ready");
    Path requirements = SCRIPTS.resolve("requirements.txt");
    String wanted = Files.readString(requirements);
    if (Files.exists(ready) && Files.readString(ready).equals(wanted)) {
      return;
    }
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
        "deltalake could not be installed.",
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        requirements.toString());
    Files.writeString(ready, wanted);
  }

  /**
   * The rows of a table on local disk as it reads them; empty where it refuses the table.
   *
   * @param rows a file to put them in
   */
  static Optional<Dataset<Row>> read(Way way, Path table, Path rows)
      throws IOException, InterruptedException {
    Output output =
        run(
            PYTHON,
            SCRIPTS.resolve("read_table.py").toString(),
            way.name().toLowerCase(Locale.ROOT),
            table.toString(),
            rows.toString());
    if (output.exitCode() == UNREAD) {
      return Optional.empty();
    }
    if (output.exitCode() != 0) {
      throw new IOException("read_table.py failed:\n" + output.errors());
    }
    return Optional.of(TestSpark.get().read().parquet(rows.toUri().toString()));
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
    Path errors = Files.createTempFile("python", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(errors.toFile())
              .start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("No end after 5 minutes: " + String.join(" ", command));
      }
      return new Output(process.exitValue(), Files.readString(errors, StandardCharsets.UTF_8));
    } finally {
      Files.delete(errors);
    }
  }
}
