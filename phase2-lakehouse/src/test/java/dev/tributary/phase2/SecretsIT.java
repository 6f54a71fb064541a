package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a secret that steps are given must not come to stand. */
final class SecretsIT {
  private static final String KEY = "Rz7kQ0vXw2mLtB9s";
  private static final String KEY_IN_BASE64 =
      Base64.getEncoder().encodeToString(KEY.getBytes(StandardCharsets.UTF_8));
  private static final String SALT = "a-salt-that-nobody-guesses";
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("name", "string"));

  @TempDir Path folder;

  @Test
  void noEventLogPlanOrLogOfTheTableHasASecretThatAStepWasGiven() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    String keys = secret("keys", "k1=" + KEY_IN_BASE64);
    String salt = secret("salt", SALT);
    TestLake lake =
        lake(
            jar.step("decrypt-payload", Map.of("keys", keys)),
            jar.step("decrypt", Map.of("column", "name", "keys", keys)),
            jar.step("hash", Map.of("columns", "name", "key", salt)),
            jar.step("filter", Map.of("where", "100 / id > 10")));
    lake.archive().put(List.of(sealed(1), sealed(0), sealed(2), message("plain", "{}")));

    String log = TestSpark.eventLogDuring(lake::run);

    assertThat(lake.query("select id, length(name) from t order by id"))
        .containsExactly("[1,64]", "[2,64]");
    assertThat(lake.query("select _step, _code from q order by _offset"))
        .as("also where steps fail")
        .containsExactly("[4-filter,transform-failed]", "[1-decrypt-payload,transform-failed]");
    assertThat(log)
        .as("what the UI shows of queries")
        .contains("SparkListenerSQLExecutionStart", "physicalPlanDescription", "UDF(")
        .doesNotContain(KEY, KEY_IN_BASE64, SALT);
    for (Path file : written()) {
      assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
          .as(file.toString())
          .doesNotContain(KEY, KEY_IN_BASE64, SALT);
    }
  }

  /** So that the test before this one would see a secret that is in a plan. */
  @Test
  void aSecretThatAStepPutsIntoItsPlanIsSeenThere() throws Exception {
    PluginJar jar =
        PluginJar.compiled(
            "plugin.Leaking",
            """
            package plugin;
            import dev.tributary.transforms.*;
            import java.util.List;
            import org.apache.spark.sql.*;
            public final class Leaking implements RowTransform {
              public String name() { return "leaking"; }
              public List<TransformOption> options() {
                return List.of(TransformOption.secret("key", "The key."));
              }
              public StepKind kind() { return StepKind.ONE_TO_ONE; }
              public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
                return rows.withColumn("name",
                    functions.concat(functions.col("name"), functions.lit(context.secret("key"))));
              }
            }
            """,
            folder);
    TestLake lake = lake(jar.step("leaking", Map.of("key", secret("salt", SALT))));
    lake.archive().put(List.of(message("a", "{\"id\":1,\"name\":\"a\"}")));

    assertThat(TestSpark.eventLogDuring(lake::run)).contains(SALT);
  }

  private TestLake lake(TransformSpec... steps) {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), Arrays.asList(steps), null, null);
    return lake;
  }

  /** Everything that the driver wrote: tables, their logs, plans, specs and JARs. */
  private List<Path> written() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("lake"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private String secret(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text + "\n");
    return "file:" + file;
  }

  private static TestArchive.Message sealed(int id) throws Exception {
    String name = Base64.getEncoder().encodeToString(seal("name " + id));
    return new TestArchive.Message(
        0,
        Optional.of("k" + id),
        Optional.of(seal("{\"id\":%d,\"name\":\"%s\"}".formatted(id, name))));
  }

  /** As the documentation of the format says. */
  private static byte[] seal(String plain) throws Exception {
    byte[] header = {1, 2, 'k', '1'};
    byte[] nonce = Arrays.copyOf(plain.getBytes(StandardCharsets.UTF_8), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "AES"),
        new GCMParameterSpec(128, nonce));
    cipher.updateAAD(header);
    byte[] sealed = cipher.doFinal(plain.getBytes(StandardCharsets.UTF_8));
    byte[] all = new byte[header.length + nonce.length + sealed.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(nonce, 0, all, header.length, nonce.length);
    System.arraycopy(sealed, 0, all, header.length + nonce.length, sealed.length);
    return all;
  }
}
