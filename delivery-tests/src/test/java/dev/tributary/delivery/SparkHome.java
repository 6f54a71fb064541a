package dev.tributary.delivery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A Spark distribution as far as these tests need one: Spark's jars of the build and spark-submit.
 */
final class SparkHome {
  /**
   * What Spark's own bin/spark-submit and bin/spark-class do: Spark's launcher makes the command.
   */
  private static final String SUBMIT =
      """
      #!/usr/bin/env bash
      set -euo pipefail
      export SPARK_HOME="%1$s" SPARK_SCALA_VERSION=2.13 JAVA_HOME="%2$s"
      command=()
      while IFS= read -r -d '' word; do
        command+=("$word")
      done < <("$JAVA_HOME/bin/java" -Xmx64m -XX:TieredStopAtLevel=1 -cp "$SPARK_HOME/jars/*" \\
        org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@" | tail -n +2)
      exec "${command[@]}"
      """;

  private final Path folder;

  private SparkHome(Path folder) {
    this.folder = folder;
  }

  /** Makes it in the given folder, unless it is there. */
  static SparkHome in(Path folder) {
    try {
      Path submit = folder.resolve("bin/spark-submit");
      if (!Files.exists(submit)) {
        Files.createDirectories(submit.getParent());
        Files.createSymbolicLink(
            folder.resolve("jars"), Home.folder().resolve("local-stack/spark-runtime/target/lib"));
        Files.writeString(
            submit, SUBMIT.formatted(folder.toAbsolutePath(), System.getProperty("java.home")));
        Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
      return new SparkHome(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  /** Its spark-submit. */
  Path submit() {
    return folder.resolve("bin/spark-submit");
  }
}
