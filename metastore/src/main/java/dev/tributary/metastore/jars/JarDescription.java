package dev.tributary.metastore.jars;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.change.TransformJar.Described;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Reads what a JAR says of its transforms. Nothing of the JAR is loaded or run: it is somebody
 * else's file.
 */
public final class JarDescription {
  private static final String DESCRIPTION = "META-INF/tributary/transforms.json";
  private static final String SERVICES = "META-INF/services/dev.tributary.transforms.Transform";
  private static final int MOST_BYTES = 1 << 20;

  private JarDescription() {}

  /** The transforms, as the JAR describes them; TRANSFORM_INVALID where it does not. */
  public static List<Described> of(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<Described> described = described(zip);
      Set<String> named =
          new String(read(zip, SERVICES), StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .collect(Collectors.toCollection(TreeSet::new));
      Set<String> types =
          described.stream().map(Described::type).collect(Collectors.toCollection(TreeSet::new));
      if (!named.equals(types)) {
        throw invalid(
            "%s describes %s, and %s names %s.".formatted(DESCRIPTION, types, SERVICES, named));
      }
      for (String type : types) {
        if (zip.getEntry(type.replace('.', '/') + ".class") == null) {
          throw invalid("it holds no class %s.".formatted(type));
        }
      }
      return described;
    } catch (ZipException | EOFException e) {
      throw invalid("it is no JAR.");
    }
  }

  private static List<Described> described(ZipFile zip) throws IOException {
    Described[] described = Json.read(read(zip, DESCRIPTION), Described[].class);
    if (described == null || Arrays.asList(described).contains(null)) {
      throw invalid("its %s is no list of transforms.".formatted(DESCRIPTION));
    }
    return List.of(described);
  }

  private static byte[] read(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw invalid("it has no %s.".formatted(name));
    }
    try (InputStream content = zip.getInputStream(entry)) {
      byte[] bytes = content.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw invalid("its %s is longer than 1 MiB.".formatted(name));
      }
      return bytes;
    }
  }

  private static TributaryException invalid(String why) {
    return TributaryException.of(
        ErrorCode.TRANSFORM_INVALID,
        "The JAR does not say which transforms it holds: " + why,
        "Have ./tributary transform describe --jar FILE --to FILE write it into a copy, and take"
            + " that.");
  }
}
