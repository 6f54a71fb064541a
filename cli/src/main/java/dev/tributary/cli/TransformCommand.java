package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformOption;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** {@code tributary transform}: the JARs of transforms that the metastore knows. */
final class TransformCommand implements Cli.Command {
  private static final Setting<Path> JAR =
      Setting.path("jar", "The JAR, as a file of this machine.").required();
  private static final Setting<String> URI =
      Setting.text("uri", "Where drivers read the same JAR; put it there first.").required();

  static final Program REGISTER =
      Program.of(
          "tributary transform register",
          "Registers a JAR with the transforms that it holds and the options that they declare, and"
              + " prints its SHA-256.",
          SettingsGroup.of("JAR", JAR, URI),
          CommandSettings.METASTORE);
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
              "list", arguments -> LIST.run(arguments, TransformCommand::list)));

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private static int register(Settings settings) {
    Path jar = settings.get(JAR);
    String sha256 = sha256(jar);
    ObjectNode body = Json.mapper().createObjectNode().put("uri", settings.get(URI));
    body.set("transforms", described(jar));
    new HttpMetastoreAdmin(MetastoreConnection.of(settings)).put("transforms/" + sha256, body);
    System.out.println(sha256);
    return 0;
  }

  /** What a JAR holds, as it says itself. */
  static ArrayNode described(Path jar) {
    ArrayNode all = Json.mapper().createArrayNode();
    try (URLClassLoader classes =
        new URLClassLoader(
            new URL[] {jar.toUri().toURL()}, TransformCommand.class.getClassLoader())) {
      for (Transform transform : ServiceLoader.load(Transform.class, classes)) {
        // What this command's own class path holds is not of the JAR.
        if (transform.getClass().getClassLoader() == classes) {
          describe(transform, all.addObject());
        }
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      throw unusable(jar, "names a class that cannot be loaded: " + e.getMessage(), e);
    } catch (IOException e) {
      throw unusable(jar, "cannot be read", e);
    }
    if (all.isEmpty()) {
      throw unusable(jar, "names no transform in META-INF/services", null);
    }
    return all;
  }

  private static void describe(Transform transform, ObjectNode node) {
    node.put("name", transform.name());
    node.put("type", transform.getClass().getName());
    node.put("kind", words(transform.kind()));
    ArrayNode options = node.putArray("options");
    for (TransformOption option : transform.options()) {
      ObjectNode shown =
          options
              .addObject()
              .put("name", option.name())
              .put("type", words(option.type()))
              .put("required", option.required())
              .put("secret", option.secret())
              .put("documentation", option.documentation());
      option.defaultValue().ifPresent(value -> shown.put("defaultValue", value));
    }
  }

  private static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
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
