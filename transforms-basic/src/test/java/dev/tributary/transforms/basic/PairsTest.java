package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class PairsTest {
  @Test
  void aTypeMayHoldCommasAndColons() {
    assertThat(Pairs.parse("columns", "a:decimal(10,2), b:map<string,int>,c:struct<x:int,y:int>"))
        .containsExactly(
            Map.entry("a", "decimal(10,2)"),
            Map.entry("b", "map<string,int>"),
            Map.entry("c", "struct<x:int,y:int>"));
  }

  @Test
  void whatIsNoPairIsRefused() {
    assertThatThrownBy(() -> Pairs.parse("columns", "a:int,b"))
        .hasMessageContaining("The option columns holds 'b', which is no pair");
    assertThatThrownBy(() -> Pairs.parse("columns", "a:int,a:date")).hasMessageContaining("twice");
  }
}
