package dev.tributary.archive.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.junit.jupiter.api.Test;

final class OptionsTest {
  @Test
  void aReaderRefusesAnOptionThatItDoesNotKnow() {
    assertThatThrownBy(() -> ReadOptions.of(options("maxPartitionByte", "1")))
        .hasMessage(
            "raw-archive has no option maxPartitionByte here. Did you mean maxPartitionBytes?");
    assertThatThrownBy(() -> ReadOptions.of(options("compression", "gzip")))
        .hasMessageContaining("raw-archive has no option compression here. It has path, topic,");
  }

  @Test
  void aSinkRefusesAnOptionThatItDoesNotKnow() {
    assertThatThrownBy(() -> SinkOptions.of(options("hole", "compacted")))
        .hasMessageContaining("Did you mean holes?");
    assertThatThrownBy(() -> SinkOptions.of(new CaseInsensitiveStringMap(Map.of("topic", "a"))))
        .hasMessageContaining("Did you mean topics?");
  }

  @Test
  void aSinkRefusesAFieldOfATopicThatItDoesNotKnowOrThatCannotBe() {
    assertThatThrownBy(() -> sink("{\"orders\":{\"fileMaxRecord\":10}}"))
        .hasMessageContaining("'orders.fileMaxRecord'. Did you mean fileMaxRecords?");
    assertThatThrownBy(() -> sink("{\"orders\":{\"fileMaxBytes\":\"many\"}}"))
        .hasMessageContaining("orders.fileMaxBytes: \"many\"'. Use a whole number greater than 0.");
  }

  @Test
  void theCaseOfAnOptionDoesNotMatter() {
    assertThat(ReadOptions.of(options("FROMSEQUENCE", "3")).fromSequence()).hasValue(3);
  }

  private static void sink(String topics) {
    SinkOptions.of(new CaseInsensitiveStringMap(Map.of("path", "/raw", "topics", topics)));
  }

  private static CaseInsensitiveStringMap options(String name, String value) {
    Map<String, String> options = new HashMap<>(Map.of("path", "/raw", name, value));
    options.put("topics", "orders");
    return new CaseInsensitiveStringMap(options);
  }
}
