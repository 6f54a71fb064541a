package dev.tributary.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class OptionTextTest {
  @Test
  void aTypeMayHoldCommasAndColons() {
    assertThat(
            OptionText.pairs("columns", "a:decimal(10,2), b:map<string,int>,c:struct<x:int,y:int>"))
        .containsExactly(
            Map.entry("a", "decimal(10,2)"),
            Map.entry("b", "map<string,int>"),
            Map.entry("c", "struct<x:int,y:int>"));
  }

  @Test
  void whatIsNoPairIsRefused() {
    assertThatThrownBy(() -> OptionText.pairs("columns", "a:int,b"))
        .hasMessageContaining("The option columns holds 'b', which is no pair");
    assertThatThrownBy(() -> OptionText.pairs("columns", "a:int,a:date"))
        .hasMessageContaining("twice");
  }

  @Test
  void anOptionRefusesWhatItsTypeDoesNotTake() {
    assertThat(problem(TransformOption.Type.INTEGER, "four"))
        .contains("The option x is 'four', which is no whole number. Write one such as 4.");
    assertThat(problem(TransformOption.Type.BOOLEAN, "yes"))
        .contains("The option x is 'yes'. Write true or false.");
    assertThat(problem(TransformOption.Type.COLUMNS, "a,,b"))
        .contains(
            "The option x is 'a,,b', where a name is empty. Write names with commas between them.");
    assertThat(problem(TransformOption.Type.TEXT, " "))
        .contains("The option x is empty. Give it a value or leave it out.");
    assertThat(problem(TransformOption.Type.PAIRS, "a")).isPresent();
    assertThat(problem(TransformOption.Type.INTEGER, "-4")).isEmpty();
    assertThat(problem(TransformOption.Type.BOOLEAN, "true")).isEmpty();
    assertThat(problem(TransformOption.Type.COLUMNS, "a, b")).isEmpty();
  }

  private static Optional<String> problem(TransformOption.Type type, String value) {
    return TransformOption.optional("x", type, "An option.").problem(value);
  }
}
