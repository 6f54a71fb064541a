package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.udf;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/**
 * Replaces values by a keyed hash: equal values stay equal, and who lacks the key cannot try values
 * out.
 */
public final class HashTransform implements RowTransform {
  static final String KEY = "key";
  static final String ALGORITHM = "algorithm";
  private static final String COLUMNS = "columns";

  /** For the service loader. */
  public HashTransform() {}

  @Override
  public String name() {
    return "hash";
  }

  @Override
  public String documentation() {
    return "Replaces values by a keyed hash: equal values stay equal, and who lacks the key cannot try values out.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS,
            TransformOption.Type.COLUMNS,
            "The columns, declared as string; each becomes 64 hex digits, null stays null."),
        TransformOption.secret(
            KEY, "The secret key of the HMAC, or the salt; the same one gives the same hashes."),
        TransformOption.withDefault(
            ALGORITHM,
            TransformOption.Type.TEXT,
            KeyedHash.HMAC_SHA256,
            "`hmac-sha256`, or `sha256` of the salt and then the value, both in UTF-8."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    for (String name : context.names(COLUMNS)) {
      TableColumns.own(COLUMNS, name);
      context.columns().entrySet().stream()
          .filter(declared -> declared.getKey().equalsIgnoreCase(name))
          .filter(declared -> !declared.getValue().equalsIgnoreCase("string"))
          .findFirst()
          .ifPresent(
              declared -> {
                throw new IllegalArgumentException(
                    "The option columns names '%s', which the table declares as %s; a hash is text. Declare it as string."
                        .formatted(name, declared.getValue()));
              });
    }
    String algorithm = context.required(ALGORITHM);
    if (!KeyedHash.ALGORITHMS.contains(algorithm)) {
      throw new IllegalArgumentException(
          "The option algorithm is '%s'. Write one of %s."
              .formatted(algorithm, KeyedHash.ALGORITHMS));
    }
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return TableColumns.texts(context, context.names(COLUMNS));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> hashed = rows;
    for (String name : context.names(COLUMNS)) {
      DataType type = TableColumns.field(rows, COLUMNS, name).dataType();
      if (type instanceof StructType
          || type instanceof ArrayType
          || type instanceof MapType
          || type instanceof BinaryType) {
        throw new IllegalArgumentException(
            "The option columns names '%s', which is a %s and has no one text. Declare it as string."
                .formatted(name, type.sql()));
      }
      Column text = TableColumns.column(name).cast(DataTypes.StringType);
      hashed =
          hashed.withColumn(name, udf(new KeyedHash(context), DataTypes.StringType).apply(text));
    }
    return hashed;
  }
}
