package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ColumnSpecTest {
  /** As release 0.1 wrote it beside its plan logs. */
  private static final String FIRST_RELEASE =
      """
      {"name":"orders","source":"orders","group":"default",
       "target":{"path":"s3a://lake/orders","partitionBy":["kind"],"properties":{"a.b":"c"}},
       "columns":[{"name":"id","type":"bigint","nullable":true},
                  {"name":"kind","type":"string","nullable":false,"path":"a.kind","comment":"c"}],
       "write":{"mode":"upsert","primaryKey":["id"],"orderBy":[],"deletes":"hard"},
       "transforms":[],"breaker":{"share":0.5,"minRecords":1000},"maxRecordsPerBatch":5000000,
       "state":"active"}
      """;

  private static DatasetSpec spec(String json) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), DatasetSpec.class);
  }

  @Test
  void aSpecOfTheFirstReleaseIsReadAndItsColumnsAreKnownByName() {
    DatasetSpec first = spec(FIRST_RELEASE);
    assertThat(first.columns()).extracting(ColumnSpec::identity).containsExactly("0.id", "0.kind");
    assertThat(first.columns().get(1).byDefault()).isEmpty();
    assertThat(first.target().compression()).isEmpty();
    assertThat(new String(Json.write(first.columns()), StandardCharsets.UTF_8))
        .doesNotContain("\"id\":", "default");
  }

  @Test
  void defaultsAndIdentitiesComeThroughJson() {
    DatasetSpec renamed = spec(FIRST_RELEASE);
    ColumnSpec kind = renamed.columns().get(1);
    DatasetSpec after = renamed.withColumn(kind, kind.withName("sort"));
    DatasetSpec read =
        spec(
            new String(Json.write(after), StandardCharsets.UTF_8)
                .replace("\"name\":\"id\"", "\"default\":{\"x\":[1]},\"name\":\"id\""));
    assertThat(read.columns().get(0).byDefault().orElseThrow().at("/x/0").asInt()).isEqualTo(1);
    assertThat(read.columns().get(1).identity()).isEqualTo("0.kind");
    assertThat(read.target().partitionBy()).containsExactly("sort");
    ColumnLineage lineage = ColumnLineage.between(renamed, read);
    assertThat(lineage.gone()).isEmpty();
    assertThat(lineage.renamed(List.of("KIND", "id"))).containsExactly("sort", "id");
  }

  @Test
  void noColumnBeginsAsThoseThatThePlatformHasForItself() {
    assertThat(ColumnSpec.reserved("__Tributary_action")).isTrue();
    assertThat(ColumnSpec.reserved("_OFFSET")).isTrue();
    for (String free : List.of("_id", "__action", "__deleted", "_plan", "_order", "tributary")) {
      assertThat(ColumnSpec.reserved(free)).as(free).isFalse();
    }
    assertThatThrownBy(
            () ->
                spec(FIRST_RELEASE)
                    .withColumns(List.of(ColumnSpec.of("__tributary_action", "string"))))
        .hasMessageContaining("The platform adds a column of this name");
  }

  @Test
  void twoColumnsCannotBeTheSameOne() {
    ColumnSpec kind = ColumnSpec.of("kind", "string");
    assertThatThrownBy(() -> spec(FIRST_RELEASE).withColumns(List.of(kind, kind.withName("sort"))))
        .hasMessageContaining("'0.kind'")
        .hasMessageContaining("Two columns cannot be the same one");
  }
}
