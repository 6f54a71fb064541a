package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;

import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.SchemaColumn;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What becomes of records whose values do not meet the dataset's JSON Schema. Decoding has looked
 * at the values and left what it found in a column.
 */
final class SchemaCheck {
  /** The step's name in the ledger and in the quarantine, and what the check is counted by. */
  static final String STEP = "json-schema";

  /** The code of a record that goes to quarantine. */
  static final String CODE = "schema-violation";

  /** Why the record does not meet the schema; null: it does. */
  static final String COLUMN = SchemaColumn.NAME;

  private final Optional<JsonSchemaSpec> check;

  SchemaCheck(DatasetSpec spec) {
    this.check = spec.checks().jsonSchema();
  }

  /** Whether there is one. */
  boolean any() {
    return check.isPresent();
  }

  /**
   * The records that go on, but for the policy {@code quarantine}. To be asked before records are
   * left out that an earlier attempt set aside for another reason, so that they are counted each
   * time.
   */
  Dataset<Row> counted(Dataset<Row> decoded, Diversion diversion) {
    return quarantines() ? decoded : applied(decoded, diversion);
  }

  /** The records that go on, without what decoding found. */
  Dataset<Row> settled(Dataset<Row> decoded, Diversion diversion) {
    Dataset<Row> rows = quarantines() ? applied(decoded, diversion) : decoded;
    return any() ? rows.drop(COLUMN) : rows;
  }

  private boolean quarantines() {
    return check.filter(spec -> spec.policy() == CheckPolicy.QUARANTINE).isPresent();
  }

  private Dataset<Row> applied(Dataset<Row> decoded, Diversion diversion) {
    if (!any()) {
      return decoded;
    }
    Column record =
        struct(ArchiveRows.columns(Coordinates.ALL, List.of(col(ArchiveRows.KEY), col(COLUMN))));
    CheckSchema function = new CheckSchema(diversion, check.orElseThrow().policy());
    return decoded.filter(col(COLUMN).isNull().or(ArchiveRows.call(function, record)));
  }
}
