package dev.tributary.cli.table;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A table for people: a header, rows, columns as wide as they need to be, numbers to the right. */
public final class TextTable {
  private static final int WIDEST = 70;

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with the given column names. */
  public TextTable(List<String> header) {
    this.header = List.copyOf(header);
  }

  /** Adds a row; as many values as the header has, {@code String.valueOf} of each is shown. */
  public TextTable row(Object... values) {
    if (values.length != header.size()) {
      throw new IllegalArgumentException(
          "A row of %d values does not fit a table of %d columns."
              .formatted(values.length, header.size()));
    }
    List<String> row = new ArrayList<>();
    for (Object value : values) {
      row.add(shortened(shown(value)));
    }
    rows.add(row);
    return this;
  }

  private static String shown(Object value) {
    if (value instanceof Long || value instanceof Integer) {
      return String.format(java.util.Locale.ROOT, "%,d", ((Number) value).longValue());
    }
    return String.valueOf(value).replaceAll("\\p{Cntrl}", " ");
  }

  private static String shortened(String text) {
    return text.length() <= WIDEST ? text : text.substring(0, WIDEST - 1) + "…";
  }

  /** Prints it, each line after the given indent. */
  public void print(PrintStream out, String indent) {
    int[] widths = new int[header.size()];
    boolean[] numeric = new boolean[header.size()];
    for (int column = 0; column < widths.length; column++) {
      widths[column] = header.get(column).length();
      numeric[column] = !rows.isEmpty();
      for (List<String> row : rows) {
        String cell = row.get(column);
        widths[column] = Math.max(widths[column], cell.length());
        numeric[column] &= cell.matches("-|-?[0-9][0-9,.]*");
      }
    }
    out.println(line(indent, header, widths, numeric));
    List<String> rule = new ArrayList<>();
    for (int width : widths) {
      rule.add("─".repeat(width));
    }
    out.println(line(indent, rule, widths, numeric));
    rows.forEach(row -> out.println(line(indent, row, widths, numeric)));
  }

  private static String line(String indent, List<String> cells, int[] widths, boolean[] numeric) {
    StringBuilder line = new StringBuilder(indent);
    for (int column = 0; column < widths.length; column++) {
      String padding = " ".repeat(widths[column] - cells.get(column).length());
      line.append(column == 0 ? "" : "  ");
      line.append(numeric[column] ? padding + cells.get(column) : cells.get(column) + padding);
    }
    return line.toString().stripTrailing();
  }
}
