package dev.tributary.phase2.plan;

import org.apache.hadoop.fs.Path;

/**
 * Where a table and what belongs to it lie.
 *
 * @param table the table's folder
 */
public record TableFolders(Path table) {
  /** The folders of the table at a URI. */
  public static TableFolders of(String table) {
    return new TableFolders(new Path(table));
  }

  /** The table's name: the last part of its path. */
  public String name() {
    return table.getName();
  }

  /** The folder of the plan log, of all generations. */
  public Path plans() {
    return new Path(new Path(table.getParent(), "_plans"), name());
  }

  /** The folder of one generation of the plan log. */
  public Path generation(int generation) {
    return new Path(plans(), "%05d".formatted(generation));
  }

  /** What a generation of the plan log after the first begins with. */
  Path succession(int generation) {
    return new Path(generation(generation), "generation.json");
  }

  /** The Delta table of the records that plans set aside. */
  public Path quarantine() {
    return new Path(new Path(table.getParent(), "_quarantine"), name());
  }

  /** The Delta table of the keys that hard deletes removed. */
  public Path tombstones() {
    return new Path(new Path(table.getParent(), "_tombstones"), name());
  }

  /** The Delta table of a dataset's rows that came too late for the table. */
  public Path late(String dataset) {
    return new Path(new Path(new Path(table.getParent(), "_late"), name()), dataset);
  }

  /** The sign of life of a run. A run's id may hold colons, which Hadoop's paths do not take. */
  public Path alive(String run) {
    return new Path(new Path(plans(), "_alive"), run.replace(':', '=') + ".json");
  }

  Path spec(String dataset, long version) {
    return new Path(new Path(plans(), "specs"), "%s-%d.json".formatted(dataset, version));
  }

  Path jar(String sha256) {
    return new Path(new Path(plans(), "jars"), sha256 + ".jar");
  }
}
