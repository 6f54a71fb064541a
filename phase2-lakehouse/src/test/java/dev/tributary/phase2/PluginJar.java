package dev.tributary.phase2;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tributary.core.spec.StepPolicy;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/** A JAR of transforms, as a user would bring it. */
record PluginJar(URI location, String sha256) {
  /** Of the module of a class. */
  static PluginJar ofModule(Class<?> type, Path folder) throws IOException, URISyntaxException {
    Path classes = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    return Files.isDirectory(classes) ? packed(classes, folder.resolve("module.jar")) : of(classes);
  }

  /** Of one source file, which is compiled, and its service entry. */
  static PluginJar compiled(String className, String source, Path folder) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path file = folder.resolve(className.substring(className.lastIndexOf('.') + 1) + ".java");
    Files.writeString(file, source);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", classes.toString(), file.toString());
    if (result != 0) {
      throw new IOException("The plug-in does not compile.");
    }
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("dev.tributary.transforms.Transform"), className, UTF_8);
    return packed(classes, folder.resolve("plugin.jar"));
  }

  /** Of a folder of classes and services. */
  static PluginJar ofFolder(Path classes, Path jar) throws IOException {
    return packed(classes, jar);
  }

  /** A step that uses it. */
  TransformSpec step(String type, Map<String, String> options) {
    return new TransformSpec(location.toString(), sha256, type, options);
  }

  /** A step of a kind that the dataset has to say. */
  TransformSpec step(String type, Map<String, String> options, TransformKind kind) {
    return new TransformSpec(location.toString(), sha256, type, options, Optional.of(kind));
  }

  /** A step that stops its plan where it cannot use a record. */
  TransformSpec failing(String type, Map<String, String> options) {
    return new TransformSpec(
        location.toString(), sha256, type, options, Optional.empty(), Optional.of(StepPolicy.FAIL));
  }

  private static PluginJar packed(Path classes, Path jar) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
      for (Path file : sorted) {
        zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, zip);
      }
    }
    return of(jar);
  }

  private static PluginJar of(Path jar) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
      return new PluginJar(jar.toUri(), HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
