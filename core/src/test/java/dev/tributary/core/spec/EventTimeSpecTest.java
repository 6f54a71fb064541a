package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EventTimeSpecTest {
  private static final DatasetSpec ORDERS =
      new DatasetSpec(
          "orders",
          "orders",
          null,
          new TargetSpec("s3a://lake/orders", null, null),
          List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("at", "timestamp")),
          null,
          null,
          null,
          null,
          null);

  @Test
  void itWarnsUnlessItSaysOtherwiseAndComesBackFromItsDocument() {
    ChecksSpec checks = read("{\"column\":\"AT\",\"latenessMillis\":5,\"late\":\"drop\"}");
    assertThat(checks.eventTime())
        .contains(
            new EventTimeSpec(
                "AT", Optional.of(5L), CheckPolicy.DROP, Optional.empty(), CheckPolicy.WARN));
    assertThat(Json.read(Json.write(checks), ChecksSpec.class)).isEqualTo(checks);
    assertThat(ORDERS.withChecks(checks).checks()).isEqualTo(checks);
  }

  @Test
  void whatIsUnusableIsWrittenUnlessTheDocumentSaysWhatBecomesOfIt() {
    ChecksSpec silent = read("{\"column\":\"at\",\"aheadMillis\":5}");
    ChecksSpec other = read("{\"column\":\"at\",\"aheadMillis\":5,\"unusable\":\"warn\"}");

    assertThat(silent.eventTime().orElseThrow().unusable()).isEmpty();
    assertThat(new String(Json.write(silent), StandardCharsets.UTF_8))
        .as("as readers that do not know it take it")
        .doesNotContain("unusable");
    assertThat(other.eventTime().orElseThrow().unusable()).contains(CheckPolicy.WARN);
    assertThat(Json.read(Json.write(other), ChecksSpec.class)).isEqualTo(other);
  }

  @Test
  void itNeedsABoundAndADeclaredColumnOfTimes() {
    assertThatThrownBy(() -> read("{\"column\":\"at\"}"))
        .hasMessageContaining("latenessMillis, aheadMillis or both");
    assertThatThrownBy(() -> read("{\"column\":\"at\",\"aheadMillis\":-1}"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.pointer()).contains("/eventTime/aheadMillis"));
    for (String column : List.of("id", "elsewhere")) {
      ChecksSpec checks = read("{\"column\":\"%s\",\"aheadMillis\":1}".formatted(column));
      assertThatThrownBy(() -> ORDERS.withChecks(checks))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.pointer()).contains("/checks/eventTime/column"))
          .hasMessageContaining("'%s'".formatted(column));
    }
  }

  @Test
  void onlyWhatIsLateHasATableOfItsOwnAndNoColumnIsCalledAsItsOwnAre() {
    ChecksSpec late = read("{\"column\":\"at\",\"latenessMillis\":5,\"late\":\"table\"}");
    assertThat(late.routesLate()).isTrue();
    assertThat(ORDERS.withChecks(late).checks().routesLate()).isTrue();
    assertThat(read("{\"column\":\"at\",\"latenessMillis\":5}").routesLate()).isFalse();
    assertThat(read("{\"column\":\"at\",\"aheadMillis\":5,\"late\":\"table\"}").routesLate())
        .as("nothing is ever late")
        .isFalse();
    assertThatThrownBy(() -> read("{\"column\":\"at\",\"aheadMillis\":5,\"ahead\":\"table\"}"))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.pointer()).contains("/eventTime/ahead"));
    assertThatThrownBy(() -> new ExpectationSpec("one", "true", CheckPolicy.TABLE))
        .hasMessageContaining("'table'");
    DatasetSpec planned =
        ORDERS.withColumns(
            List.of(ColumnSpec.of("_Plan", "string"), ColumnSpec.of("at", "timestamp")));
    assertThatThrownBy(() -> planned.withChecks(late)).hasMessageContaining("'_Plan'");
  }

  private static ChecksSpec read(String eventTime) {
    String json = "{\"eventTime\":%s}".formatted(eventTime);
    return Json.read(json.getBytes(StandardCharsets.UTF_8), ChecksSpec.class);
  }
}
