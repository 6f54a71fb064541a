package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.infer.ValueTypes.Kind;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.KnownSpecs;
import dev.tributary.phase2.execute.FieldDrift;
import dev.tributary.phase2.execute.FieldDrift.Unfit;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class EvolverTest {
  private static final String EVOLVES = ",\"unknownFields\":\"evolve\"";
  private static final ValueTypes TEXT = ValueTypes.of(Kind.STRING);
  private static final ValueTypes FRACTION = ValueTypes.number(new BigDecimal("2.5"));
  private static final FieldDrift COUPON = new FieldDrift(Map.of("coupon", TEXT), Map.of());

  private final KnownSpecs specs = new KnownSpecs();
  private long now = Long.MAX_VALUE - 5;
  private int looks;
  private Function<DatasetSpec, Optional<TributaryException>> refusal = spec -> Optional.empty();

  private Versioned<DatasetSpec> register(String more) {
    specs.dataset(
        Json.read(
            """
            {"name":"a","source":"a","target":{"path":"s3a://lake/a"},"columns":[
             {"name":"id","type":"int"},{"name":"size","type":"int"},{"name":"n","type":"int"}]%s}
            """
                .formatted(more)
                .getBytes(StandardCharsets.UTF_8),
            DatasetSpec.class));
    return specs.dataset("a").orElseThrow();
  }

  private Evolver driver() {
    return new Evolver(specs, "r", () -> now);
  }

  private boolean evolved(
      Evolver driver, Versioned<DatasetSpec> pinned, long from, FieldDrift drift) {
    PlanSource source = new PlanSource("s3a://raw/a", List.of(new EntryRange("a", from, from + 5)));
    return driver.evolved(
        pinned,
        source,
        () -> {
          looks++;
          return drift;
        },
        refusal);
  }

  private String columns() {
    Versioned<DatasetSpec> current = specs.dataset("a").orElseThrow();
    StringBuilder text = new StringBuilder("v" + current.version());
    for (ColumnSpec column : current.spec().columns()) {
      text.append(", ").append(column.name()).append(' ').append(column.type());
    }
    return text.toString();
  }

  @Test
  void whatABatchBringsIsOneVersionWhicheverDriverFindsItAndIsNotAskedForAgainOnceRejected() {
    Versioned<DatasetSpec> first = register(EVOLVES);
    FieldDrift drift =
        new FieldDrift(
            Map.of("coupon", TEXT, "ID", TEXT, "Foo", TEXT, "foo", TEXT, "_offset", TEXT),
            Map.of("size", new Unfit(FRACTION, Map.of("late", FRACTION))));
    Evolver one = driver();
    assertThat(evolved(one, first, 0, drift)).isTrue();
    assertThat(columns()).isEqualTo("v2, id int, size double, n int, coupon string, late double");
    assertThat(evolved(driver(), first, 0, drift)).as("its version comes first").isTrue();
    assertThat(columns()).startsWith("v2");
    assertThat(evolved(one, first, 0, drift)).as("rejected").isFalse();
    assertThat(evolved(one, first, 6, drift)).as("with a later batch").isFalse();
    assertThat(columns()).startsWith("v2");
  }

  @Test
  void aChangeThatCannotComeIntoForceIsLeftOutAndHoldsUpNoOther() {
    Versioned<DatasetSpec> first = register(EVOLVES);
    refusal =
        spec -> {
          String names = spec.columns().stream().map(ColumnSpec::name).toList().toString();
          if (names.contains("worse")) {
            throw new IllegalStateException("nobody foresaw it");
          }
          return names.contains("bad")
              ? Optional.of(new TributaryException(ErrorCode.SCHEMA_REFUSED, "It is there."))
              : Optional.empty();
        };
    FieldDrift drift =
        new FieldDrift(
            Map.of("bad", TEXT, "good", TEXT, "untaken", TEXT, "worse", TEXT),
            Map.of("n", new Unfit(FRACTION, Map.of())));
    specs.refuse("untaken");
    Evolver driver = driver();
    assertThat(evolved(driver, first, 0, drift)).isTrue();
    assertThat(columns()).isEqualTo("v2, id int, size int, n double, good string");
    FieldDrift left = new FieldDrift(Map.of("bad", TEXT, "worse", TEXT), Map.of());
    assertThat(evolved(driver, specs.dataset("a").orElseThrow(), 0, left)).isFalse();
    assertThat(columns()).startsWith("v2");
  }

  @Test
  void whileTheMetastoreIsAwayNoBatchWaitsAndItIsAskedAgainAfterAMinute() {
    Versioned<DatasetSpec> first = register(EVOLVES);
    Evolver driver = driver();
    specs.away(true);
    assertThat(evolved(driver, first, 0, COUPON)).isFalse();
    specs.away(false);
    now += Duration.ofSeconds(59).toNanos();
    assertThat(evolved(driver, first, 6, COUPON)).isFalse();
    assertThat(looks).as("records are not looked at in vain").isEqualTo(1);
    now += Duration.ofSeconds(1).toNanos();
    assertThat(evolved(driver, first, 12, COUPON)).isTrue();
    assertThat(columns()).isEqualTo("v2, id int, size int, n int, coupon string");
  }

  @Test
  void recordsAreLookedAtOnlyWhereTheDatasetTakesWhatTheyMayBring() {
    for (String never :
        List.of(
            "",
            ",\"unknownFields\":\"rescue\"",
            EVOLVES + ",\"allowedChanges\":[]",
            EVOLVES + ",\"allowedChanges\":[\"drop_column\"]")) {
      assertThat(evolved(driver(), register(never), 0, COUPON)).as(never).isFalse();
    }
    assertThat(looks).isZero();
    Unfit unfit = new Unfit(FRACTION, Map.of("late", TEXT));
    Map<String, Unfit> all = Map.of("id", unfit, "size", unfit, "n", unfit);
    FieldDrift drift = new FieldDrift(Map.of("coupon", TEXT), all);
    Versioned<DatasetSpec> added = register(EVOLVES + ",\"allowedChanges\":[\"add_column\"]");
    assertThat(evolved(driver(), added, 0, drift)).isTrue();
    assertThat(columns()).endsWith("id int, size int, n int, coupon string");
    Versioned<DatasetSpec> keyed =
        register(
            EVOLVES
                + ",\"allowedChanges\":[\"widen_column\"],\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"ID\"],\"orderBy\":[\"n\"]}");
    assertThat(evolved(driver(), keyed, 0, drift)).isTrue();
    assertThat(columns()).endsWith("id int, size double, n int");
  }

  @Test
  void namesThatAreValuesBecomeNoColumnsAndABatchBringsABoundedNumber() {
    Map<String, ValueTypes> fields = new TreeMap<>();
    for (int i = 1; i <= 120; i++) {
      fields.put("f%03d".formatted(i), TEXT);
    }
    Evolver driver = driver();
    Versioned<DatasetSpec> pinned = register(EVOLVES);
    assertThat(evolved(driver, pinned, 0, new FieldDrift(fields, Map.of()))).isTrue();
    assertThat(columns()).contains(", f050 string").doesNotContain("f051");
    Versioned<DatasetSpec> second = specs.dataset("a").orElseThrow();
    assertThat(evolved(driver, second, 0, new FieldDrift(fields, Map.of())))
        .as("the same batch again")
        .isFalse();
    assertThat(evolved(driver, second, 6, new FieldDrift(fields, Map.of()))).isTrue();
    assertThat(columns()).contains(", f100 string").doesNotContain("f101");
    for (int i = fields.size(); i < FieldDrift.MOST_FIELDS; i++) {
      fields.put("v%03d".formatted(i), TEXT);
    }
    assertThat(
            evolved(driver, specs.dataset("a").orElseThrow(), 12, new FieldDrift(fields, Map.of())))
        .isFalse();
  }
}
