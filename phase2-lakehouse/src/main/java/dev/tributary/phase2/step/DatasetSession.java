package dev.tributary.phase2.step;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;

/**
 * A session for one version of one dataset. Its transforms' JARs are added to it alone, so that two
 * versions of a class can run beside each other.
 */
public final class DatasetSession {
  /** Fixed for all plans; a plan that is done again must come out the same. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.sql.session.timeZone", "UTC",
          "spark.sql.ansi.enabled", "true",
          "spark.sql.caseSensitive", "false",
          // Counts are taken from the files' statistics.
          "spark.databricks.delta.stats.collect", "true",
          // A MERGE's source is kept by its writer already.
          "spark.databricks.delta.merge.materializeSource", "none",
          // Counters before a shuffle count again what a lost executor's tasks had counted.
          "spark.databricks.delta.merge.repartitionBeforeWrite.enabled", "false",
          // And Delta would take what the writer keeps for something that others changed.
          "spark.databricks.delta.merge.failSourceCachedAfterMaterialization", "false");

  private final SparkSession session;
  private final Steps steps;

  private DatasetSession(SparkSession session, Steps steps) {
    this.session = session;
    this.steps = steps;
  }

  /**
   * Opens a session beside {@code parent}.
   *
   * @param jars gives a JAR's content by its SHA-256
   * @throws TributaryException TRANSFORM_INVALID if a transform cannot be found or is given what it
   *     does not understand
   */
  public static DatasetSession open(
      SparkSession parent, DatasetSpec spec, Function<String, byte[]> jars) {
    SparkSession session = parent.newSession();
    SETTINGS.forEach((key, value) -> session.conf().set(key, value));
    int cores = parent.sparkContext().defaultParallelism();
    // Adaptive execution joins small partitions; it cannot make up for hundreds of tiny sorts.
    session.conf().set("spark.sql.shuffle.partitions", Integer.toString(Math.max(2, cores * 2)));
    spec.target()
        .compression()
        .ifPresent(
            compression ->
                session.conf().set("spark.sql.parquet.compression.codec", compression.codec()));
    spec.transforms().stream()
        .map(transform -> transform.sha256())
        .distinct()
        .forEach(sha256 -> add(session, sha256, jars.apply(sha256)));
    ClassLoader classes =
        ((org.apache.spark.sql.classic.SparkSession) session).artifactManager().classloader();
    return new DatasetSession(session, new StepLoader(classes).load(spec));
  }

  private static void add(SparkSession session, String sha256, byte[] content) {
    try {
      Path folder = Files.createTempDirectory("tributary-transforms-");
      Path jar = folder.resolve(sha256 + ".jar");
      Files.write(jar, content);
      session.addArtifact(jar.toUri());
      // Spark has a copy of its own.
      Files.delete(jar);
      Files.delete(folder);
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transforms' JAR %s cannot be put on the driver's disk. Check the space in its temporary folder."
              .formatted(sha256),
          e);
    }
  }

  /** The session. */
  public SparkSession session() {
    return session;
  }

  /** The steps, ready to run in it. */
  public Steps steps() {
    return steps;
  }
}
