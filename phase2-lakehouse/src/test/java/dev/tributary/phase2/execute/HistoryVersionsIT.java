package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.TestSpark;
import dev.tributary.phase2.step.Coordinates;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The versions by themselves, with the table as rows in memory. */
final class HistoryVersionsIT {
  /** An event of a key; those at one time are told apart by which comes first. */
  private record Event(int at, String value, boolean gone) {}

  private static final List<Event> EVENTS =
      List.of(
          new Event(1, "inserted", false),
          new Event(2, "updated", false),
          new Event(2, "updated too", false),
          new Event(3, "", true),
          new Event(4, "again", false),
          new Event(5, "updated again", false));

  private static final int CUTS = 1 << (EVENTS.size() - 1);

  private final DatasetSpec spec =
      new DatasetSpec(
          "events",
          "events",
          null,
          new TargetSpec("s3a://lake/events", null, null),
          List.of(
              ColumnSpec.of("id", "int"),
              ColumnSpec.of("at", "int"),
              ColumnSpec.of("value", "string"),
              ColumnSpec.of("gone", "boolean")),
          new WriteSpec(
              WriteMode.HISTORY, List.of("id"), List.of("at"), Deletes.HARD, Optional.of("gone")),
          null,
          null,
          null,
          null);
  private final HistoryEvents events = new HistoryEvents(spec);
  private final HistoryVersions versions = new HistoryVersions(spec);
  private Dataset<Row> table = rows(List.of(), TableLayout.schema(spec));
  private Optional<Dataset<Row>> remembered = Optional.empty();

  @Test
  @Tag("long")
  void everyOrderOfSixEventsInEveryCutEndsInTheSameHistory() {
    List<List<Event>> orders = new ArrayList<>();
    arrange(List.of(), EVENTS, orders);

    for (int batch = 0; batch < EVENTS.size(); batch++) {
      write(batch(orders, batch));
    }

    List<String> expected = new ArrayList<>();
    for (int key = 0; key < orders.size() * CUTS; key++) {
      expected.addAll(history(key, orders.get(key % orders.size())));
    }
    assertThat(
            table
                .orderBy("id", "_valid_from", "_valid_to", "_offset")
                .selectExpr("id", "value", "_valid_from", "_valid_to", "_current")
                .collectAsList())
        .extracting(Row::toString)
        .containsExactlyElementsOf(expected);
    assertThat(remembered.orElseThrow().count()).isEqualTo(orders.size() * CUTS);
  }

  /** What a plan does, but for the files. */
  private void write(List<Row> batch) {
    Diversion diversion = new Diversion();
    TestSpark.get().sparkContext().register(diversion);
    Dataset<Row> fresh = events.of(rows(batch, input()), 2, diversion).localCheckpoint();
    Dataset<Row> all = fresh.union(events.ofTable(versions.reached(table, fresh)));
    if (remembered.isPresent()) {
      all = all.union(events.ofRemembered(versions.ofSameKeys(remembered.get(), fresh)));
    }
    Dataset<Row> outcome = versions.resolve(all).localCheckpoint();
    Dataset<Row> deletes =
        outcome
            .filter("__tributary_action = 'remember'")
            .withColumnRenamed(HistoryEvents.ORDER, TombstoneTable.ORDER);
    remembered = Optional.of(remembered.map(deletes::union).orElse(deletes).localCheckpoint());
    table = merged(outcome.filter("__tributary_action <> 'remember'")).localCheckpoint();
  }

  private Dataset<Row> merged(Dataset<Row> outcome) {
    outcome.createOrReplaceTempView("outcome");
    table.createOrReplaceTempView("history");
    return TestSpark.get()
        .sql(
            """
            select id, at, value, gone, _topic, _incarnation, _partition, _offset, _timestamp, _ingest_time,
              _sequence, _valid_from, _valid_to, _current from outcome where __tributary_action = 'insert'
            union all
            select h.id, h.at, h.value, h.gone, h._topic, h._incarnation, h._partition, h._offset, h._timestamp,
              h._ingest_time, h._sequence, h._valid_from, if(o.id is null, h._valid_to, o._valid_to),
              if(o.id is null, h._current, o._current)
            from history h left join outcome o on o.id = h.id and o._offset = h._offset
            """);
  }

  private static void arrange(List<Event> placed, List<Event> rest, List<List<Event>> orders) {
    if (rest.isEmpty()) {
      orders.add(placed);
      return;
    }
    for (Event next : rest) {
      List<Event> others = new ArrayList<>(rest);
      others.remove(next);
      List<Event> more = new ArrayList<>(placed);
      more.add(next);
      arrange(more, others, orders);
    }
  }

  /** Every order under a key of its own for each cut, as {@code Histories} does it. */
  private static List<Row> batch(List<List<Event>> orders, int batch) {
    List<Row> rows = new ArrayList<>();
    for (int key = 0; key < orders.size() * CUTS; key++) {
      int cut = key / orders.size();
      for (int place = 0; place < EVENTS.size(); place++) {
        if (Integer.bitCount(cut & ((1 << place) - 1)) == batch) {
          Event event = orders.get(key % orders.size()).get(place);
          long offset = (long) key * EVENTS.size() + place;
          rows.add(
              RowFactory.create(
                  key,
                  event.at(),
                  event.value(),
                  event.gone(),
                  "topic",
                  0,
                  0,
                  offset,
                  new Timestamp(batch),
                  new Timestamp(batch),
                  (long) batch));
        }
      }
    }
    return rows;
  }

  private static List<String> history(int key, List<Event> order) {
    List<Event> sorted = order.stream().sorted(Comparator.comparingInt(Event::at)).toList();
    return IntStream.range(0, sorted.size())
        .filter(place -> !sorted.get(place).gone())
        .mapToObj(
            place -> {
              boolean last = place == sorted.size() - 1;
              return "[%d,%s,%d,%s,%s]"
                  .formatted(
                      key,
                      sorted.get(place).value(),
                      sorted.get(place).at(),
                      last ? null : sorted.get(place + 1).at(),
                      last);
            })
        .toList();
  }

  private static StructType input() {
    StructType schema = StructType.fromDDL("id INT, at INT, value STRING, gone BOOLEAN");
    for (var field : Coordinates.schema().fields()) {
      schema = schema.add(field);
    }
    return schema;
  }

  private static Dataset<Row> rows(List<Row> rows, StructType schema) {
    return TestSpark.get().createDataFrame(rows, schema);
  }
}
