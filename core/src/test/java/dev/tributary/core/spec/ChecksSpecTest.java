package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChecksSpecTest {
  @Test
  void anExpectationWarnsUnlessItSaysOtherwiseAndComesBackFromItsDocument() {
    String json =
        "{\"expectations\":[{\"name\":\"known\",\"expression\":\"id is not null\",\"policy\":\"warn\"},"
            + "{\"name\":\"paid\",\"expression\":\"price > 0\",\"policy\":\"quarantine\"}]}";
    ChecksSpec checks =
        new ChecksSpec(
            List.of(
                new ExpectationSpec("known", "id is not null", null),
                new ExpectationSpec("paid", "price > 0", CheckPolicy.QUARANTINE)));
    assertThat(new String(Json.write(checks), StandardCharsets.UTF_8)).isEqualTo(json);
    assertThat(Json.read(json.getBytes(StandardCharsets.UTF_8), ChecksSpec.class))
        .isEqualTo(checks);
    assertThat(CheckPolicy.QUARANTINE.text()).isEqualTo("quarantine");
  }

  @Test
  void anExpectationNeedsANameOfItsOwnAndAnExpression() {
    assertThatThrownBy(
            () ->
                new ChecksSpec(
                    List.of(
                        new ExpectationSpec("paid", "price > 0", null),
                        new ExpectationSpec("paid", "price > 1", null))))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.pointer()).contains("/checks/expectations"))
        .hasMessageContaining("'paid'")
        .hasMessageContaining("a name of its own");
    assertThatThrownBy(() -> new ExpectationSpec("paid", "  ", null))
        .hasMessageContaining("checks.expectations.expression");
    assertThatThrownBy(() -> new ExpectationSpec("Paid", "true", null))
        .hasMessageContaining("'Paid'")
        .hasMessageContaining("lower-case");
  }

  @Test
  void aJsonSchemaIsLenientAndWarnsUnlessItSaysOtherwiseAndTakesNoColumnsName() {
    String given = "{\"jsonSchema\":{\"schema\":{\"required\":[\"id\"]}}}";
    ChecksSpec checks = Json.read(given.getBytes(StandardCharsets.UTF_8), ChecksSpec.class);
    JsonSchemaSpec schema = checks.jsonSchema().orElseThrow();
    assertThat(schema.mode()).isEqualTo(SchemaMode.LENIENT);
    assertThat(schema.policy()).isEqualTo(CheckPolicy.WARN);
    assertThat(Json.read(Json.write(checks), ChecksSpec.class)).isEqualTo(checks);

    DatasetSpec dataset =
        new DatasetSpec(
            "orders",
            "orders",
            null,
            new TargetSpec("s3a://lake/orders", null, null),
            List.of(ColumnSpec.of("_Schema_Violation", "string")),
            null,
            null,
            null,
            null,
            null);
    assertThatThrownBy(() -> dataset.withChecks(checks))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.pointer()).contains("/columns"))
        .hasMessageContaining("'_Schema_Violation'");
  }
}
