package dev.tributary.local.demo;

import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.util.List;
import java.util.Optional;

/**
 * One of the demo's datasets.
 *
 * @param name its name and its source's
 * @param what in a few words
 * @param partitions of its topic
 * @param part of all messages
 * @param messages its messages
 * @param columns its columns
 * @param write how records become rows
 */
record DemoDataset(
    String name,
    String what,
    int partitions,
    double part,
    MessageFactory messages,
    List<ColumnSpec> columns,
    WriteSpec write) {
  /** The dataset whose table gets a column while its stream runs. */
  static final String WIDENED = "earthquakes";

  /** The three of them; topics get the given prefix. */
  static List<DemoDataset> all(String topicPrefix) {
    return List.of(
        new DemoDataset(
            "flights",
            "append",
            4,
            0.5,
            new FlightMessages(topicPrefix + "flights", RealRecords.flights()),
            List.of(
                ColumnSpec.of("date", "string"),
                ColumnSpec.of("origin", "string"),
                ColumnSpec.of("destination", "string"),
                ColumnSpec.of("distance", "int"),
                ColumnSpec.of("delay", "int")),
            WriteSpec.append()),
        new DemoDataset(
            "earthquakes",
            "upsert by id, newest by updated; deletes",
            3,
            0.25,
            new EarthquakeMessages(topicPrefix + "earthquakes", RealRecords.earthquakes()),
            List.of(
                new ColumnSpec("id", "string", false, null, null),
                at("magnitude", "double", "properties.mag"),
                at("place", "string", "properties.place"),
                at("occurred", "timestamp", "properties.time"),
                at("updated", "timestamp", "properties.updated"),
                at("status", "string", "properties.status")),
            new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("updated"), null, null)),
        new DemoDataset(
            "departures",
            "append; one message in twenty is broken",
            2,
            0.25,
            new DepartureMessages(topicPrefix + "departures", RealRecords.flights()),
            List.of(
                new ColumnSpec("origin", "string", false, null, null),
                ColumnSpec.of("destination", "string"),
                new ColumnSpec("departed", "timestamp", false, null, null),
                new ColumnSpec("delay", "int", false, null, null)),
            WriteSpec.append()));
  }

  /** The column that is added to {@link #WIDENED} while the drivers run. */
  static ColumnSpec addedColumn() {
    return at("tsunami", "int", "properties.tsunami");
  }

  private static ColumnSpec at(String name, String type, String path) {
    return new ColumnSpec(name, type, null, Optional.of(path), null);
  }

  SourceSpec source(String kafka, String root) {
    return new SourceSpec(
        name,
        kafka,
        List.of(messages.topic()),
        null,
        null,
        null,
        new ArchiveSpec(root + "/raw", null, null, null),
        null,
        null,
        null);
  }

  DatasetSpec dataset(String root) {
    return new DatasetSpec(
        name,
        name,
        null,
        new TargetSpec(root + "/lake/" + name, null, null),
        columns,
        write,
        null,
        null,
        null,
        null);
  }
}
