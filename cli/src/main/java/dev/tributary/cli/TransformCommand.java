package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformDescription;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** {@code tributary transform}: the JARs of transforms that the metastore knows. */
final class TransformCommand implements Cli.Command {
  private static final Setting<Path> JAR =
      Setting.path("jar", "The JAR, as a file of this machine.").required();
  private static final Setting<String> URI =
      Setting.text("uri", "Where metastore and drivers read the same JAR; put it there first.")
          .required();
  private static final Setting<Path> TO =
      Setting.path("to", "The copy; it must not be there.").required();

  static final Program REGISTER =
      Program.of(
          "tributary transform register",
          "Registers a JAR, which describes its transforms, where it lies, and prints its SHA-256."
              + " The metastore reads it there, where it may (transforms.read-from).",
          SettingsGroup.of("JAR", JAR, URI),
          CommandSettings.METASTORE);
  static final Program UPLOAD =
      Program.of(
          "tributary transform upload",
          "Uploads a JAR that describes its transforms, and prints its SHA-256 and the URI by which"
              + " datasets name it.",
          SettingsGroup.of("JAR", JAR),
          CommandSettings.METASTORE);
  static final Program DESCRIBE =
      Program.of(
          "tributary transform describe",
          "Writes a copy of a JAR that describes its transforms and their options, so that they can"
              + " be read without running its code.",
          SettingsGroup.of("JAR", JAR, TO));
  static final Program LIST =
      Program.of(
          "tributary transform list",
          "Lists the transforms of the JARs that the metastore knows.",
          CommandSettings.METASTORE);

  private final Subcommands subcommands =
      new Subcommands(
          "transform",
          Map.of(
              "register", arguments -> REGISTER.run(arguments, TransformCommand::register),
              "upload", arguments -> UPLOAD.run(arguments, TransformCommand::upload),
              "describe", arguments -> DESCRIBE.run(arguments, TransformCommand::describe),
              "list", arguments -> LIST.run(arguments, TransformCommand::list)));

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private static int register(Settings settings) {
    String sha256 = sha256(settings.get(JAR));
    new HttpMetastoreAdmin(MetastoreConnection.of(settings)).register(sha256, settings.get(URI));
    System.out.println(sha256);
    return 0;
  }

  private static int upload(Settings settings) throws IOException {
    Path jar = settings.get(JAR);
    JsonNode uploaded =
        new HttpMetastoreAdmin(MetastoreConnection.of(settings)).upload(sha256(jar), jar);
    System.out.printf(
        "sha256  %s%nuri     %s%n",
        uploaded.path("sha256").asText(), uploaded.path("uri").asText());
    return 0;
  }

  private static int describe(Settings settings) throws IOException {
    Path to = settings.get(TO);
    describe(settings.get(JAR), to);
    System.out.printf("%s  %s%n", sha256(to), to);
    return 0;
  }

  /** The times are those of the JAR, so that the same JAR comes out the same. */
  static void describe(Path jar, Path to) throws IOException {
    byte[] description = described(jar).getBytes(StandardCharsets.UTF_8);
    try (ZipFile from = new ZipFile(jar.toFile());
        ZipOutputStream copy =
            new ZipOutputStream(Files.newOutputStream(to, StandardOpenOption.CREATE_NEW))) {
      for (ZipEntry entry : from.stream().toList()) {
        if (!entry.getName().equals(TransformDescription.ENTRY)) {
          copy.putNextEntry(timed(entry.getName(), entry.getTime()));
          try (InputStream content = from.getInputStream(entry)) {
            content.transferTo(copy);
          }
          copy.closeEntry();
        }
      }
      copy.putNextEntry(timed(TransformDescription.ENTRY, 0));
      copy.write(description);
    } catch (FileAlreadyExistsException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The file %s is there already.".formatted(to),
          "Give --to another name.",
          e);
    }
  }

  private static ZipEntry timed(String name, long millis) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(Math.max(0, millis));
    return entry;
  }

  /** What a JAR holds, as it says itself. */
  static String described(Path jar) {
    List<Transform> all = new ArrayList<>();
    try (URLClassLoader classes =
        new URLClassLoader(
            new URL[] {jar.toUri().toURL()}, TransformCommand.class.getClassLoader())) {
      for (Transform transform : ServiceLoader.load(Transform.class, classes)) {
        // What this command's own class path holds is not of the JAR.
        if (transform.getClass().getClassLoader() == classes) {
          all.add(transform);
        }
      }
      if (!all.isEmpty()) {
        return TransformDescription.of(all);
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      throw unusable(jar, "names a class that cannot be loaded: " + e.getMessage(), e);
    } catch (IOException e) {
      throw unusable(jar, "cannot be read", e);
    }
    throw unusable(jar, "names no transform in META-INF/services", null);
  }

  private static TributaryException unusable(Path jar, String why, Throwable cause) {
    return TributaryException.of(
        ErrorCode.TRANSFORM_INVALID,
        "The JAR %s %s.".formatted(jar, why),
        "Give a JAR as docs/transforms.md describes it.",
        cause);
  }

  private static String sha256(Path jar) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
    } catch (IOException e) {
      throw unusable(jar, "cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int list(Settings settings) {
    TextTable table = new TextTable(List.of("transform", "kind", "options", "sha256", "uri"));
    for (JsonNode jar :
        new HttpMetastoreAdmin(MetastoreConnection.of(settings)).list("transforms")) {
      for (JsonNode transform : jar.path("transforms")) {
        table.row(
            transform.path("name").asText(),
            transform.path("kind").asText(),
            String.join(", ", transform.path("options").findValuesAsText("name")),
            jar.path("sha256").asText(),
            jar.path("uri").asText());
      }
    }
    table.print(System.out, "");
    return 0;
  }
}
