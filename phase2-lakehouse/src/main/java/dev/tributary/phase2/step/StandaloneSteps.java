package dev.tributary.phase2.step;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TransformSpec;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A dataset's steps in a process that has no Spark session, for looking at single records. Closing
 * it removes the JARs from the disk.
 */
public final class StandaloneSteps implements AutoCloseable {
  private final URLClassLoader classes;
  private final List<Path> files;
  private final Steps steps;

  private StandaloneSteps(URLClassLoader classes, List<Path> files, Steps steps) {
    this.classes = classes;
    this.files = files;
    this.steps = steps;
  }

  /**
   * Loads the steps of a version.
   *
   * @param jars gives a JAR's content by its SHA-256
   * @throws TributaryException TRANSFORM_INVALID if a transform cannot be found or is given what it
   *     does not understand
   */
  public static StandaloneSteps load(DatasetSpec spec, Function<String, byte[]> jars) {
    List<Path> files = new ArrayList<>();
    try {
      URLClassLoader classes = classes(spec, jars, files);
      try {
        return new StandaloneSteps(classes, files, new StepLoader(classes).load(spec));
      } catch (RuntimeException e) {
        classes.close();
        throw e;
      }
    } catch (IOException e) {
      remove(files);
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transforms' JARs of dataset '%s' cannot be put on this machine's disk. Check the space in its temporary folder."
              .formatted(spec.name()),
          e);
    } catch (RuntimeException e) {
      remove(files);
      throw e;
    }
  }

  private static URLClassLoader classes(
      DatasetSpec spec, Function<String, byte[]> jars, List<Path> files) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String sha256 :
        spec.transforms().stream().map(TransformSpec::sha256).distinct().toList()) {
      Path jar = Files.createTempFile("tributary-transforms-", ".jar");
      files.add(jar);
      Files.write(jar, jars.apply(sha256));
      urls.add(jar.toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), StandaloneSteps.class.getClassLoader());
  }

  /** The steps. */
  public Steps steps() {
    return steps;
  }

  @Override
  public void close() {
    try {
      classes.close();
    } catch (IOException e) {
      // The files are removed all the same, and the process is a short one.
    }
    remove(files);
  }

  private static void remove(List<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }
}
