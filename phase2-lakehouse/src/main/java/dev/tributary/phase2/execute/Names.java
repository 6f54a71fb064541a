package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.col;

import org.apache.spark.sql.Column;

/** Column names that may hold any character. */
final class Names {
  private Names() {}

  static Column column(String name) {
    return col(quoted(name));
  }

  static Column column(String alias, String name) {
    return col(alias + "." + quoted(name));
  }

  /** Every column of an aliased dataset. */
  static Column all(String alias) {
    return col(alias + ".*");
  }

  static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
