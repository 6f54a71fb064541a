package dev.tributary.transforms.basic;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Gives columns other names. The old name is decoded with the type that is declared for the new
 * one.
 */
public final class RenameTransform implements RowTransform {
  private static final String COLUMNS = "columns";

  /** For the service loader. */
  public RenameTransform() {}

  @Override
  public String name() {
    return "rename";
  }

  @Override
  public String documentation() {
    return "Gives columns other names. The old name is decoded with the type that is declared for the new one.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS,
            TransformOption.Type.PAIRS,
            "Old names and new ones: `mag:magnitude,ts:occurred_at`."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    Set<String> taken = new HashSet<>();
    names(context)
        .forEach(
            (from, to) -> {
              TableColumns.own(COLUMNS, from);
              TableColumns.own(COLUMNS, to);
              if (!taken.add(to.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                    "The option columns gives two columns the name '%s'. Choose another for one."
                        .formatted(to));
              }
            });
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return names(context).entrySet().stream()
        .map(
            entry ->
                new InputColumn(
                    entry.getKey(), context.columns().getOrDefault(entry.getValue(), "string")))
        .toList();
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> renamed = rows;
    for (Map.Entry<String, String> entry : names(context).entrySet()) {
      // The decoder has made the declared column too; what is renamed takes its place.
      renamed = renamed.drop(entry.getValue()).withColumnRenamed(entry.getKey(), entry.getValue());
    }
    return renamed;
  }

  private static Map<String, String> names(TransformContext context) {
    return context.pairs(COLUMNS);
  }
}
