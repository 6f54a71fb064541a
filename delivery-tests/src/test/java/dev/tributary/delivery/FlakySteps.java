package dev.tributary.delivery;

import dev.tributary.core.spec.TransformSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The JAR of a user whose steps throw now and then. */
final class FlakySteps {
  private static final String SERVICES = "META-INF/services/dev.tributary.transforms.Transform";

  private FlakySteps() {}

  /** Packs the steps, the one on bytes and the one on rows. */
  static List<TransformSpec> packedIn(Path folder) {
    Path jar = folder.resolve("flaky.jar");
    try {
      try (OutputStream out = Files.newOutputStream(jar);
          ZipOutputStream zip = new ZipOutputStream(out)) {
        for (Class<?> type : List.of(FlakyBytes.class, FlakyRows.class, FlakyRows.Luck.class)) {
          String name = type.getName().replace('.', '/') + ".class";
          zip.putNextEntry(new ZipEntry(name));
          try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
            in.transferTo(zip);
          }
        }
        zip.putNextEntry(new ZipEntry(SERVICES));
        zip.write(
            "%s%n%s%n"
                .formatted(FlakyBytes.class.getName(), FlakyRows.class.getName())
                .getBytes(StandardCharsets.UTF_8));
      }
      String hash =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
      return List.of(
          new TransformSpec(jar.toUri().toString(), hash, "flaky-bytes", Map.of()),
          new TransformSpec(jar.toUri().toString(), hash, "flaky-rows", Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
