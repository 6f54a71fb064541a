package dev.tributary.transforms.basic;

import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Copies what is known about the record, besides its value, into columns. */
public final class AddMetadataTransform implements RowTransform {
  private static final String COLUMNS = "columns";
  private static final Map<String, String> KNOWN =
      Map.of(
          "topic", "_topic",
          "incarnation", "_incarnation",
          "partition", "_partition",
          "offset", "_offset",
          "timestamp", "_timestamp",
          "ingest-time", "_ingest_time",
          "sequence", "_sequence",
          "key", "_key");

  /** For the service loader. */
  public AddMetadataTransform() {}

  @Override
  public String name() {
    return "add-metadata";
  }

  @Override
  public String documentation() {
    return "Copies what is known about a record besides its value into columns: where it comes from and when, and its key.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS,
            TransformOption.Type.PAIRS,
            "What is copied and into which column: `topic:source_topic,timestamp:sent_at`. There are"
                + " topic, incarnation, partition, offset, timestamp, ingest-time, sequence (of the"
                + " manifest entry) and key (as text; null if it is none)."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    context
        .pairs(COLUMNS)
        .forEach(
            (what, column) -> {
              if (!KNOWN.containsKey(what)) {
                throw new IllegalArgumentException(
                    "The option columns asks for '%s', which is not known of a record; known are %s."
                        .formatted(what, KNOWN.keySet().stream().sorted().toList()));
              }
              TableColumns.own(COLUMNS, column);
            });
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> with = rows;
    for (Map.Entry<String, String> entry : context.pairs(COLUMNS).entrySet()) {
      with = with.withColumn(entry.getValue(), TableColumns.column(KNOWN.get(entry.getKey())));
    }
    return with;
  }
}
