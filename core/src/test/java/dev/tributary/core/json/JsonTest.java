package dev.tributary.core.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

final class JsonTest {
  private static final String SOURCE =
      "{\"name\":\"s\",\"bootstrapServers\":\"b:9092\",\"topic\":\"t\","
          + "\"archive\":{\"location\":\"s3a://raw/a\"}%s}";
  private static final String DATASET =
      "{\"name\":\"d\",\"source\":\"s\",\"target\":{\"path\":\"s3a://lake/d\"},"
          + "\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]%s}";

  private static SourceSpec source(String more) {
    return Json.read(SOURCE.formatted(more).getBytes(StandardCharsets.UTF_8), SourceSpec.class);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> refusedDataset(
      String more, String pointer) {
    return assertThatThrownBy(
            () ->
                Json.read(
                    DATASET.formatted(more).getBytes(StandardCharsets.UTF_8), DatasetSpec.class))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.SPEC_INVALID);
              assertThat(e.pointer().orElse("")).isEqualTo(pointer);
            });
  }

  @Test
  void aSingleTopicAndAListOfOneAreTheSame() {
    SourceSpec single = source("");
    assertThat(single.topics()).isEqualTo(List.of("t"));
    assertThat(Json.read(Json.write(single), SourceSpec.class)).isEqualTo(single);
    assertThat(new String(Json.write(single), StandardCharsets.UTF_8)).doesNotContain("\"topic\":");
  }

  @Test
  void aStartPositionComesBackInEveryForm() {
    for (String start :
        List.of(
            "\"latest\"", "{\"timestamp\":1763712000000}", "{\"offsets\":{\"t\":{\"0\":17}}}")) {
      SourceSpec source = source(",\"start\":" + start);
      assertThat(Json.read(Json.write(source), SourceSpec.class)).isEqualTo(source);
    }
  }

  @Test
  void whatIsWrongIsNamedByItsPointer() {
    refusedDataset(",\"grop\":\"x\"", "/grop").hasMessageContaining("Did you mean group?");
    refusedDataset(",\"write\":{\"mode\":\"upsert\"}", "/write/primaryKey")
        .hasMessageContaining("An upsert needs at least one key column");
    refusedDataset(",\"write\":{\"mode\":\"merge\"}", "/write/mode")
        .hasMessageContaining("'merge'")
        .hasMessageContaining("Use one of: append, upsert, history.");
    refusedDataset(",\"maxRecordsPerBatch\":\"many\"", "/maxRecordsPerBatch")
        .hasMessageContaining("Use a whole number.");
    refusedDataset(",\"maxRecordsPerBatch\":1.5", "/maxRecordsPerBatch");
    refusedDataset(",\"transforms\":{}", "/transforms").hasMessageContaining("Use a list.");
    refusedDataset(",\"transforms\":[{\"jar\":\"x\"}]", "/transforms/0/jar");
    refusedDataset(",\"write\":{\"primaryKey\":[\"nope\"]}", "/write/primaryKey")
        .hasMessageContaining("declared are [id]");
  }

  @Test
  void malformedRepeatedAndTrailingTextIsRefused() {
    refusedDataset(",\"group\":\"a\",\"group\":\"b\"", "");
    refusedDataset("}{", "").hasMessageContaining("Text follows");
    refusedDataset(",", "").hasMessageContaining("not well-formed");
  }

  @Test
  void yamlIsReadAsStrictly() {
    String yaml =
        """
        name: s
        bootstrapServers: b:9092
        topics: [a, b]
        archive: {location: "file:/tmp/a"}
        """;
    assertThat(Json.readYaml(yaml.getBytes(StandardCharsets.UTF_8), SourceSpec.class).topics())
        .containsExactly("a", "b");
    assertThatThrownBy(
            () ->
                Json.readYaml(
                    (yaml + "name: t\n").getBytes(StandardCharsets.UTF_8), SourceSpec.class))
        .isInstanceOf(TributaryException.class);
  }
}
