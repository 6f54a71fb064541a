package dev.tributary.phase2;

import dev.tributary.core.spec.ColumnSpec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A dataset over one of the database's tables, with the text of each of its columns, once as
 * PostgreSQL says it and once as Spark does.
 */
enum DebeziumView {
  /** Every type that a connector writes as a value that a column takes. */
  EVERYTHING(
      "everything",
      List.of("id"),
      same("id", "int"),
      same("big", "bigint"),
      same("small", "smallint"),
      same("name", "string"),
      same("code", "string"),
      new Cell("mark", "string", "rpad(mark::text, 3)", "mark"),
      same("amount", "decimal(12,2)"),
      new Cell("loose", "decimal(38,9)", "loose::numeric(38,9)", "loose"),
      same("ratio", "double"),
      same("part", "float"),
      same("flag", "boolean"),
      new Cell("born", "int", "born - date '1970-01-01'", "born"),
      new Cell(
          "moment",
          "timestamp",
          "to_char(date_trunc('milliseconds', moment), 'YYYY-MM-DD HH24:MI:SS.MS')",
          "date_format(moment, 'yyyy-MM-dd HH:mm:ss.SSS')"),
      new Cell(
          "moment_tz",
          "timestamp",
          "to_char(moment_tz at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
          "date_format(moment_tz, 'yyyy-MM-dd HH:mm:ss.SSSSSS')"),
      new Cell(
          "clock",
          "int",
          "(extract(epoch from date_trunc('milliseconds', clock)) * 1000)::int",
          "clock"),
      same("doc", "string"),
      same("plain", "string"),
      new Cell("tags", "array<string>", "to_json(tags)", "to_json(tags)"),
      new Cell("numbers", "array<int>", "to_json(numbers)", "to_json(numbers)"),
      same("ident", "string"),
      new Cell("data", "binary", "upper(encode(data, 'hex'))", "hex(data)")),
  /** Times to the microsecond, and days. */
  TIMES(
      "everything",
      List.of("id"),
      same("id", "int"),
      same("born", "date"),
      new Cell(
          "moment",
          "timestamp",
          "to_char(moment, 'YYYY-MM-DD HH24:MI:SS.US')",
          "date_format(moment, 'yyyy-MM-dd HH:mm:ss.SSSSSS')"),
      new Cell(
          "moment_tz",
          "timestamp",
          "to_char(moment_tz at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
          "date_format(moment_tz, 'yyyy-MM-dd HH:mm:ss.SSSSSS')"),
      new Cell("amount", "double", "amount::numeric(14,4)", "cast(amount as decimal(14,4))")),
  /** What a connector writes unless it is told otherwise, in columns that take it. */
  DEFAULTS(
      "everything",
      List.of("id"),
      same("id", "int"),
      same("name", "string"),
      new Cell("born", "int", "born - date '1970-01-01'", "born"),
      new Cell("moment", "bigint", "(extract(epoch from moment) * 1000000)::bigint", "moment"),
      // Its digits without the point, as a number in binary.
      new Cell("amount", "binary", "(amount * 100)::bigint", "unscaled(amount)")),
  /** A key of two columns, one of which changes. */
  LINES(
      "lines",
      List.of("order_id", "line_no"),
      same("order_id", "int"),
      same("line_no", "int"),
      same("item", "string"),
      same("price", "decimal(10,4)")),
  /** Of a table with large values, those that are always in the log. */
  LARGE_WITHOUT_BODY("large", List.of("id"), same("id", "int"), same("n", "int")),
  /** Large values that are not in the log of an update which leaves them alone. */
  LARGE("large", List.of("id"), same("id", "int"), same("n", "int"), md5("body")),
  /** Large values that always are in the log. */
  LARGE_FULL("large_full", List.of("id"), same("id", "int"), same("n", "int"), md5("body")),
  /** Changed by a transaction that had written before its rows were read, and then committed. */
  OVERTAKEN("overtaken", List.of("id"), same("id", "int"), same("name", "string")),
  /** A table that was emptied by a truncate. */
  EMPTIED("emptied", List.of("id"), same("id", "int"), same("name", "string"));

  private final String table;
  private final List<String> key;
  private final List<Cell> cells;

  DebeziumView(String table, List<String> key, Cell... cells) {
    this.table = table;
    this.key = key;
    this.cells = Arrays.asList(cells);
  }

  private record Cell(String name, String type, String ofPostgres, String ofSpark) {}

  private static Cell same(String name, String type) {
    return new Cell(name, type, name, name);
  }

  private static Cell md5(String name) {
    return new Cell(name, "string", "md5(%s)".formatted(name), "md5(%s)".formatted(name));
  }

  /** The database's table. */
  String table() {
    return table;
  }

  /** The primary key. */
  List<String> key() {
    return key;
  }

  /** The columns that a dataset declares. */
  List<ColumnSpec> columns() {
    return cells.stream().map(cell -> ColumnSpec.of(cell.name(), cell.type())).toList();
  }

  /** Asks PostgreSQL for the rows as text. */
  String forPostgres() {
    return "select concat_ws('|', %s) from %s order by 1;"
        .formatted(
            cells.stream()
                .map(cell -> "coalesce((%s)::text, '-')".formatted(cell.ofPostgres()))
                .collect(Collectors.joining(", ")),
            table);
  }

  /** Asks Spark for the rows of the view t as text. */
  String forSpark() {
    return "select concat_ws('|', %s) from t order by 1"
        .formatted(
            cells.stream()
                .map(cell -> "coalesce(cast(%s as string), '-')".formatted(cell.ofSpark()))
                .collect(Collectors.joining(", ")));
  }
}
