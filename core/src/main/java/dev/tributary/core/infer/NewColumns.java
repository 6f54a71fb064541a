package dev.tributary.core.infer;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which fields of messages can become further columns of a dataset. */
public final class NewColumns {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,126}");

  private NewColumns() {}

  /**
   * What becomes of a field.
   *
   * @param column the column that takes it in
   * @param reason why there is none
   */
  public record Finding(Optional<ColumnSpec> column, Optional<String> reason) {
    static Finding none(String reason) {
      return new Finding(Optional.empty(), Optional.of(reason));
    }
  }

  /**
   * Looks at fields that the dataset's columns do not read, all that were met: a name that only
   * another letter case tells from a second one is taken for neither.
   *
   * @return the fields ordered by their text
   */
  public static Map<FieldPath, Finding> of(DatasetSpec dataset, Map<FieldPath, ValueTypes> fields) {
    Map<String, List<String>> spellings = new HashMap<>();
    dataset.columns().forEach(column -> spell(spellings, column.name()));
    List<FieldPath> sorted = new ArrayList<>(fields.keySet());
    sorted.sort(Comparator.comparing(FieldPath::text));
    sorted.stream()
        .filter(FieldPath::addressable)
        .forEach(field -> spell(spellings, nameOf(field)));
    Map<FieldPath, Finding> findings = new LinkedHashMap<>();
    for (FieldPath field : sorted) {
      findings.put(field, finding(field, fields.get(field), spellings));
    }
    List<ColumnSpec> columns =
        findings.values().stream().flatMap(finding -> finding.column().stream()).toList();
    Set<ColumnSpec> refused = refused(dataset, columns).collect(Collectors.toSet());
    findings.replaceAll(
        (field, finding) ->
            finding.column().filter(refused::contains).isPresent()
                ? Finding.none("the platform has a column of its name")
                : finding);
    return findings;
  }

  private static void spell(Map<String, List<String>> spellings, String name) {
    spellings.computeIfAbsent(folded(name), any -> new ArrayList<>()).add(name);
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static String nameOf(FieldPath field) {
    return String.join("_", field.names());
  }

  /** What becomes of it by its own name and values. */
  private static Finding finding(
      FieldPath field, ValueTypes values, Map<String, List<String>> spelt) {
    if (!field.addressable()) {
      return Finding.none("no column's path leads there");
    }
    String name = nameOf(field);
    if (!NAME.matcher(name).matches()) {
      return Finding.none("its name can be no column's");
    }
    List<String> same = spelt.get(folded(name));
    if (same.size() > 1) {
      return Finding.none(
          "beside another of its name, ignoring case: "
              + same.stream().distinct().sorted().collect(Collectors.joining(", ")));
    }
    Optional<String> type = values.type();
    if (type.isEmpty()) {
      return Finding.none("it was always null");
    }
    ColumnSpec column =
        new ColumnSpec(
            name,
            type.get(),
            null,
            field.topLevel() ? Optional.empty() : Optional.of(field.text()),
            null);
    return new Finding(Optional.of(column), Optional.empty());
  }

  /**
   * The columns that the dataset does not take. They are few, the platform's own names, and so they
   * are looked for by halving: the dataset is not looked over for each of the columns.
   */
  private static Stream<ColumnSpec> refused(DatasetSpec dataset, List<ColumnSpec> columns) {
    if (columns.isEmpty() || takes(dataset, columns)) {
      return Stream.empty();
    }
    if (columns.size() == 1) {
      return columns.stream();
    }
    int half = columns.size() / 2;
    return Stream.concat(
        refused(dataset, columns.subList(0, half)),
        refused(dataset, columns.subList(half, columns.size())));
  }

  private static boolean takes(DatasetSpec dataset, List<ColumnSpec> more) {
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    // As such that have not been there before.
    more.forEach(column -> columns.add(column.withId(Optional.of("new." + column.name()))));
    try {
      dataset.withColumns(columns);
      return true;
    } catch (TributaryException e) {
      return false;
    }
  }
}
