package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of fields that no column is declared for. */
final class UnknownFieldsIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "int");
  private static final ColumnSpec AT = ColumnSpec.of("at", "int");
  private static final WriteSpec UPSERT =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);
  private static final UnknownFieldsSpec RESCUED = UnknownFieldsSpec.rescued(null);
  private static final UnknownFieldsSpec REST = UnknownFieldsSpec.rescued("_rest");

  @TempDir Path folder;

  @Test
  @Tag("long")
  void aTableThatIsThereBeginsToRescueStopsBeginsUnderAnotherNameAndIsFilledWithAnyOfItsVersions()
      throws Exception {
    TestLake lake = new TestLake(folder);
    define(lake, WriteSpec.append(), UnknownFieldsSpec.ignored(), List.of(), ID);
    record(lake, "{\"id\":1,\"x\":1}");
    lake.run();
    define(lake, WriteSpec.append(), RESCUED, List.of(), ID);
    record(lake, "{\"id\":2,\"x\":12345678901234567890.50,\"ID\":[1, 2]}", "{\"id\":3}");
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertThat(lake.query("select id, _rescued from t order by id"))
        .containsExactly(
            "[1,null]", "[2,{\"x\":12345678901234567890.50,\"ID\":[1, 2]}]", "[3,null]");

    define(lake, WriteSpec.append(), UnknownFieldsSpec.ignored(), List.of(), ID);
    record(lake, "{\"id\":4,\"x\":4}");
    lake.run();
    define(lake, WriteSpec.append(), REST, List.of(), ID);
    record(lake, "{\"id\":5,\"x\":5}");
    lake.run();
    assertThat(lake.query("select id, _rescued, _rest from t where id > 3 order by id"))
        .containsExactly("[4,null,null]", "[5,null,{\"x\":5}]");

    lake.backfill(request(BackfillMode.REPLACE, 2, Optional.empty())).run(new StopSignal());
    assertThat(lake.query("select id, _rescued, _rest from t where id <> 2 order by id"))
        .containsExactly(
            "[1,{\"x\":1},null]", "[3,null,null]", "[4,{\"x\":4},null]", "[5,{\"x\":5},null]");
    lake.backfill(request(BackfillMode.REPLACE, 1, Optional.empty())).run(new StopSignal());
    assertThat(lake.query("select count(*), count(_rescued), count(_rest) from t"))
        .containsExactly("[5,0,0]");
    String other = folder.resolve("lake/other").toUri().toString();
    lake.backfill(request(BackfillMode.FILL, 4, Optional.of(other))).run(new StopSignal());
    assertThat(
            TestSpark.get()
                .read()
                .format("delta")
                .load(other)
                .selectExpr("count(*)", "count(_rest)")
                .head()
                .mkString(","))
        .isEqualTo("5,4");

    define(
        lake,
        WriteSpec.append(),
        UnknownFieldsSpec.ignored(),
        List.of(),
        ID,
        ColumnSpec.of("_rescued", "string").withId(Optional.of("5.1")));
    lake.run();
    define(lake, WriteSpec.append(), UnknownFieldsSpec.rescued("_other"), List.of(), ID);
    lake.run();
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .endsWith("5 REJECTED", "6 REJECTED");
    assertThat(lake.specs().activations().get(4).reason().orElseThrow())
        .contains("a column _rescued already, in which unknown fields were rescued");
    assertThat(lake.specs().activations().get(5).reason().orElseThrow())
        .contains("'[_rest]', which cannot become '[_other]'");
  }

  @Test
  @Tag("long")
  void ofAnUpsertedRowTheUnknownFieldsAreThoseOfItsNewestRecord() throws Exception {
    TestLake lake = new TestLake(folder);
    define(lake, UPSERT, REST, List.of(), ID, AT);
    record(
        lake, "{\"id\":1,\"at\":1,\"x\":1}", "{\"id\":2,\"at\":1,\"x\":2}", "{\"id\":3,\"at\":5}");
    lake.run();
    record(
        lake,
        "{\"id\":1,\"at\":2,\"y\":{\"z\":1}}",
        "{\"id\":2,\"at\":2}",
        "{\"id\":3,\"at\":4,\"late\":1}",
        "{\"id\":4,\"at\":1,\"x\":4}");
    lake.run();
    assertThat(lake.query("select id, at, _rest from t order by id"))
        .containsExactly("[1,2,{\"y\":{\"z\":1}}]", "[2,2,null]", "[3,5,null]", "[4,1,{\"x\":4}]");

    define(lake, UPSERT, UnknownFieldsSpec.ignored(), List.of(), ID, AT);
    record(lake, "{\"id\":1,\"at\":3,\"x\":9}", "{\"id\":5,\"at\":3,\"x\":9}");
    lake.run();
    assertThat(lake.query("select id, at, _rest from t order by id"))
        .as("what an older record left does not stay beside the values of a newer one")
        .containsExactly("[1,3,null]", "[2,2,null]", "[3,5,null]", "[4,1,{\"x\":4}]", "[5,3,null]");
  }

  @Test
  void recordsWithUnknownFieldsGoToQuarantineWithTheFieldsName() throws Exception {
    TestLake lake = new TestLake(folder);
    define(
        lake,
        WriteSpec.append(),
        UnknownFieldsSpec.quarantined(),
        List.of(),
        ID,
        ColumnSpec.of("s", "struct<a:int>"),
        new ColumnSpec("mag", "double", null, Optional.of("p.mag"), null));
    record(
        lake,
        "{\"id\":1,\"s\":{\"a\":1},\"p\":{\"mag\":2}}",
        "{\"id\":2,\"x\":5}",
        "{\"id\":3,\"s\":{\"a\":1,\"b\":{}}}",
        "{\"id\":4,\"p\":{\"mag\":2,\"unit\":\"k\"}}");
    lake.run();

    assertThat(lake.query("select id, s.a, mag from t")).containsExactly("[1,1,2.0]");
    assertThat(lake.query("select _offset, _step, _code, _message from q order by _offset"))
        .containsExactly(
            "[1,decode,unknown-field,No column is declared for the field x, which holds 5]",
            "[2,decode,unknown-field,No column is declared for the field s.b, which holds {}]",
            "[3,decode,unknown-field,No column is declared for the field p.unit, which holds \"k\"]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 3, 0, 0, 0));
  }

  @Test
  void stepsOnBytesAndOnRowsKnowWhatIsUnknownAndNoSecretIsQuoted() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    Path keys = folder.resolve("keys");
    byte[] key = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    Files.writeString(keys, "k1=" + Base64.getEncoder().encodeToString(key) + "\n");
    TransformSpec decrypt = jar.step("decrypt-payload", Map.of("keys", "file:" + keys));
    List<TransformSpec> steps =
        List.of(
            decrypt,
            jar.step("filter", Map.of("where", "mag > 1")),
            jar.step("rename", Map.of("columns", "mag:magnitude")));
    ColumnSpec magnitude = ColumnSpec.of("magnitude", "double");
    TestLake lake = new TestLake(folder);
    define(lake, WriteSpec.append(), REST, steps, ID, magnitude);
    sealed(
        lake,
        key,
        "{\"id\":1,\"mag\":2,\"pin\":12.0}",
        "{\"id\":2,\"mag\":3}",
        "{\"mag\":0,\"x\":1}");
    lake.run();
    assertThat(lake.query("select id, magnitude, _rest from t order by id"))
        .containsExactly("[1,2.0,{\"pin\":12.0}]", "[2,3.0,null]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 2, 0, 0, 1, 0, 0, 0, 0));

    define(lake, WriteSpec.append(), UnknownFieldsSpec.quarantined(), steps, ID, magnitude);
    sealed(lake, key, "{\"id\":3,\"mag\":2,\"pin\":12}", "{\"id\":4,\"mag\":3}");
    lake.run();
    assertThat(lake.query("select id, _rest from t where id > 2")).containsExactly("[4,null]");
    assertThat(lake.query("select _code, _message from q"))
        .containsExactly("[unknown-field,The value has a field that no column is declared for.]");
  }

  private static void define(
      TestLake lake,
      WriteSpec write,
      UnknownFieldsSpec unknown,
      List<TransformSpec> steps,
      ColumnSpec... columns) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, null),
                    List.of(columns),
                    write,
                    steps,
                    null,
                    null,
                    null)
                .withUnknownFields(unknown));
  }

  private static void record(TestLake lake, String... values) throws Exception {
    lake.archive().put(Arrays.stream(values).map(value -> message("k", value)).toList());
  }

  private static BackfillRequest request(BackfillMode mode, long version, Optional<String> into) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        OptionalLong.of(version),
        into,
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private static void sealed(TestLake lake, byte[] key, String... values) throws Exception {
    List<TestArchive.Message> messages = new ArrayList<>();
    for (String value : values) {
      messages.add(new TestArchive.Message(0, Optional.of("k"), Optional.of(seal(key, value))));
    }
    lake.archive().put(messages);
  }

  /** As the documentation of the format says. */
  private static byte[] seal(byte[] key, String plain) throws Exception {
    byte[] header = {1, 2, 'k', '1'};
    byte[] nonce = Arrays.copyOf(plain.getBytes(StandardCharsets.UTF_8), 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(header);
    byte[] sealed = cipher.doFinal(plain.getBytes(StandardCharsets.UTF_8));
    byte[] all = Arrays.copyOf(header, header.length + nonce.length + sealed.length);
    System.arraycopy(nonce, 0, all, header.length, nonce.length);
    System.arraycopy(sealed, 0, all, header.length + nonce.length, sealed.length);
    return all;
  }
}
