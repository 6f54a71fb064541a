package dev.tributary.transforms.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.tributary.transforms.Determinism;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.StepShape;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

/**
 * What the platform asks of every transform, as JUnit tests. Its author extends this class beside
 * the tests of what the transform does:
 *
 * <pre>{@code
 * final class SignTransformTest extends TransformContract {
 *   protected Transform transform() { return new SignTransform(); }
 *   protected TransformTrial trial() {
 *     return TransformTrial.of("id bigint, sign string", Map.of("by", "me")).good("{\"id\":1}");
 *   }
 * }
 * }</pre>
 */
public abstract class TransformContract {
  private static final String KEBAB_CASE = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
  private static final int SHORTEST_SECRET = 8;

  /** For subclasses. */
  protected TransformContract() {}

  /** A new instance of the transform. */
  protected abstract Transform transform();

  /** What it is tried with: good records, and bad ones if it knows any. */
  protected abstract TransformTrial trial();

  /** The session of the tests; one for all of them. */
  protected SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("transform-contract")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "WARN")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .getOrCreate();
  }

  /**
   * What becomes of records: the columns of each row as JSON, or a payload as text, in the order of
   * the records; {@code code: message} for one that is set aside. A record that is left out is not
   * among them.
   */
  protected final List<String> outcome(String... records) {
    return run(transform())
        .outcomes(Arrays.stream(records).map(record -> record.getBytes(UTF_8)).toList(), 1)
        .stream()
        .map(Outcome::text)
        .toList();
  }

  @Test
  public final void isFoundByTheServiceLoader() {
    assertTrue(
        ServiceLoader.load(Transform.class, transform().getClass().getClassLoader()).stream()
            .anyMatch(provider -> provider.type() == transform().getClass()),
        () ->
            "%s is not named in META-INF/services/%s."
                .formatted(transform().getClass().getName(), Transform.class.getName()));
    assertTrue(
        transform().name().matches(KEBAB_CASE),
        () -> "The name '%s' is not in kebab-case.".formatted(transform().name()));
  }

  @Test
  public final void declaresItsOptions() {
    Set<String> names = new HashSet<>();
    for (TransformOption option : transform().options()) {
      String name = option.name();
      assertTrue(names.add(name), () -> "The option '%s' is there twice.".formatted(name));
      assertTrue(
          name.matches(KEBAB_CASE), () -> "The option '%s' is not in kebab-case.".formatted(name));
      assertFalse(
          option.documentation().isBlank(),
          () -> "The option '%s' says nothing about itself.".formatted(name));
      option.defaultValue().flatMap(option::problem).ifPresent(problem -> fail(problem));
      Optional<String> given = Optional.ofNullable(trial().options().get(name));
      given.flatMap(option::problem).ifPresent(problem -> fail(problem));
      assertTrue(
          given.isPresent() || !option.required(),
          () -> "The trial lacks the option '%s'.".formatted(name));
      assertEquals(
          option.secret() && given.isPresent(),
          trial().secrets().containsKey(name),
          () ->
              "The option '%s' is %s; the trial must give what its reference stands for to secrets alone."
                  .formatted(name, option.secret() ? "a secret" : "no secret"));
    }
    for (String given : trial().options().keySet()) {
      assertTrue(
          names.contains(given),
          () -> "The trial gives the option '%s', which is not declared.".formatted(given));
    }
    transform().check(run(transform()).context());
  }

  @Test
  public final void givesTheSameForTheSame() {
    List<byte[]> records = records();
    assertFalse(trial().good().isEmpty(), "The trial has no good record.");
    rowRun()
        .flatMap(run -> Determinism.violation(run.after(run.rows(records, 1))))
        .ifPresent(
            name ->
                fail(
                    "It uses %s, which is not the same when a plan is done again."
                        .formatted(name)));
    List<Outcome> first = run(transform()).outcomes(records, 1);
    TrialRun again = run(transform());
    assertEquals(first, again.outcomes(records, 1), "Another instance gives something else.");
    assertEquals(
        first,
        again.outcomes(records, 3),
        "Over several tasks and in another order it gives something else.");
  }

  @Test
  public final void keepsTheCoordinates() {
    List<byte[]> records = records();
    List<String> given = run(transform()).coordinates(records);
    List<String> kept =
        run(transform()).outcomes(records, 2).stream().map(Outcome::coordinates).toList();
    assertTrue(
        new HashSet<>(given).containsAll(kept),
        () -> "It changes coordinates: %s became %s.".formatted(given, kept));
    StepKind kind = transform().kind();
    if (kind == StepKind.ONE_TO_ONE) {
      assertEquals(given, kept, "It is declared one-to-one and is not.");
    }
    int distinct = new HashSet<>(kept).size();
    if (kind == StepKind.EXPLODE) {
      assertTrue(
          kept.size() > distinct,
          "It is declared as explode and makes several rows of no record of the trial.");
      return;
    }
    assertEquals(
        kept.size(), distinct, "It makes several rows of one and is not declared as explode.");
  }

  /** The platform numbers the rows of a record as they come. */
  @Test
  public final void explodesARecordWhereItStands() {
    if (transform().kind() != StepKind.EXPLODE) {
      return;
    }
    RowRun run =
        rowRun()
            .orElseThrow(
                () -> new AssertionError("It works on bytes. Only a step on rows can explode."));
    Dataset<Row> before = run.rows(records(), 1);
    assertTrue(
        StepShape.of(before, run.after(before)) != StepShape.ANYTHING,
        "It explodes by more than select, filter, explode and flatMap, which the platform refuses.");
    Map<String, List<String>> once = byRecord(run.asTheyCome(records(), 1));
    assertEquals(
        once,
        byRecord(run.asTheyCome(records(), 3)),
        "The rows of a record come in another order, over several tasks.");
  }

  private static Map<String, List<String>> byRecord(List<Outcome> outcomes) {
    Map<String, List<String>> byRecord = new TreeMap<>();
    String last = "";
    for (Outcome outcome : outcomes) {
      assertTrue(
          outcome.coordinates().equals(last) || !byRecord.containsKey(outcome.coordinates()),
          () ->
              "The rows of the record %s do not come one after the other."
                  .formatted(outcome.coordinates()));
      last = outcome.coordinates();
      byRecord.computeIfAbsent(last, record -> new ArrayList<>()).add(outcome.text());
    }
    return byRecord;
  }

  @Test
  public final void keepsThePlatformsColumns() {
    rowRun()
        .ifPresent(
            run -> {
              Dataset<Row> before = run.rows(records(), 1);
              List<String> after = List.of(run.after(before).columns());
              for (String column : before.columns()) {
                assertTrue(
                    !column.startsWith("_") || after.contains(column),
                    () -> "It drops the column %s, which is the platform's.".formatted(column));
              }
              for (String column : after) {
                assertTrue(
                    !column.startsWith("_") || List.of(before.columns()).contains(column),
                    () ->
                        "It adds the column %s; names that begin with an underscore are the platform's."
                            .formatted(column));
              }
            });
  }

  @Test
  public final void takesNoRecordsAtAll() {
    assertEquals(List.of(), run(transform()).outcomes(List.of(), 1));
  }

  /** A payload may be empty, and any column null. */
  @Test
  public final void takesEmptyRecords() {
    byte[] empty = (transform() instanceof RowTransform ? "{}" : "").getBytes(UTF_8);
    run(transform()).outcomes(List.of(empty), 1);
  }

  @Test
  public final void isLazy() {
    rowRun()
        .ifPresent(
            run -> {
              Dataset<Row> never =
                  run.rows(records(), 1)
                      .filter(
                          functions
                              .raise_error(
                                  functions.lit("apply() computes the rows. Make it lazy."))
                              .isNull());
              run.after(never);
            });
  }

  @Test
  public final void setsBadRecordsAsideAndNoOthers() {
    assertTrue(
        transform().kind() != StepKind.COMBINE || trial().bad().isEmpty(),
        "A step that combines cannot set records aside: others would go with them unseen.");
    for (Outcome outcome : run(transform()).outcomes(trial().good(), 1)) {
      assertFalse(
          outcome.isBad(), () -> "A good record is set aside: %s".formatted(outcome.text()));
    }
    List<byte[]> records = records();
    List<Outcome> outcomes = run(transform()).outcomes(records, 1);
    for (int i = trial().good().size(); i < records.size(); i++) {
      long offset = i;
      List<Outcome> of = outcomes.stream().filter(one -> one.offset() == offset).toList();
      String record = new String(records.get(i), UTF_8);
      assertTrue(
          of.size() == 1 || (transform().kind() == StepKind.EXPLODE && !of.isEmpty()),
          () -> "The bad record %s makes several rows or none.".formatted(record));
      Outcome bad =
          of.stream()
              .filter(Outcome::isBad)
              .findFirst()
              .orElseThrow(
                  () ->
                      new AssertionError("The bad record %s is not set aside.".formatted(record)));
      assertTrue(
          bad.code().orElseThrow().matches(KEBAB_CASE),
          () -> "The code '%s' is not in kebab-case.".formatted(bad.code().orElseThrow()));
      assertFalse(
          bad.message().orElse("").isBlank(),
          () -> "The record %s is set aside without a message.".formatted(record));
    }
  }

  @Test
  public final void showsNoSecret() {
    List<String> shown = new ArrayList<>();
    run(transform()).outcomes(records(), 1).stream()
        .flatMap(outcome -> outcome.message().stream())
        .forEach(shown::add);
    rowRun()
        .map(run -> run.after(run.rows(records(), 1)))
        .map(rows -> ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().toString())
        .ifPresent(shown::add);
    for (String secret : trial().secrets().values()) {
      for (String part : secret.split("[,=\\s]+")) {
        for (String text : shown) {
          assertFalse(
              part.length() >= SHORTEST_SECRET && text.contains(part),
              "A secret stands in the plan or in a message.");
        }
      }
    }
  }

  /** Lambdas of classes that were added at run time may fail to deserialise on executors. */
  @Test
  public final void travelsToExecutors() throws Exception {
    Optional<String> lambda = LambdaFinder.lambdaIn(run(transform()).travelling(records()));
    assertTrue(
        lambda.isEmpty(),
        () ->
            "A lambda of %s travels to the executors. Make it a named class."
                .formatted(lambda.orElseThrow()));
  }

  @Test
  public final void worksInAClassLoaderOfItsOwn() throws Exception {
    List<byte[]> records = records();
    List<Outcome> expected = run(transform()).outcomes(records, 1);
    Class<? extends Transform> type = transform().getClass();
    try (IsolatedClasses one = new IsolatedClasses(type);
        IsolatedClasses two = new IsolatedClasses(type)) {
      Transform first = instance(one.loadClass(type.getName()));
      Transform second = instance(two.loadClass(type.getName()));
      assertTrue(
          first.getClass() != type && first.getClass() != second.getClass(),
          "The class loaders are not apart.");
      assertAll(
          () -> assertEquals(expected, run(first).outcomes(records, 1)),
          () -> assertEquals(expected, run(second).outcomes(records, 1)));
    }
  }

  private static Transform instance(Class<?> type) throws ReflectiveOperationException {
    return (Transform) type.getConstructor().newInstance();
  }

  private List<byte[]> records() {
    List<byte[]> all = new ArrayList<>(trial().good());
    all.addAll(trial().bad());
    return Collections.unmodifiableList(all);
  }

  private TrialRun run(Transform transform) {
    // A sealed interface: one or the other.
    if (transform instanceof RowTransform rows) {
      return new RowRun(session(), rows, trial());
    }
    return new PayloadRun((PayloadTransform) transform, trial());
  }

  private Optional<RowRun> rowRun() {
    return transform() instanceof RowTransform rows
        ? Optional.of(new RowRun(session(), rows, trial()))
        : Optional.empty();
  }
}
