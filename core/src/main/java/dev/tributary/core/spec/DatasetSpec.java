package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A dataset: one Delta table fed from one source's archive. Immutable; construction fills in
 * defaults and refuses what cannot work.
 *
 * @param name {@code [a-z][a-z0-9_]{0,62}}; also the name of its pipeline in metrics
 * @param source the name of its source
 * @param group which driver carries it
 * @param target the table
 * @param columns the declared columns, at least one; those of the format come to them
 * @param write how records become rows; what the format leaves no choice about is filled in
 * @param transforms the steps, in order
 * @param breaker when a batch is too bad to be admitted
 * @param maxRecordsPerBatch a live batch takes whole manifest entries, at least one, up to about
 *     this many records
 * @param state whether drivers run it
 * @param archiveStart where in the source's archive it begins
 * @param allowedChanges the kinds of change that the metastore takes; empty: all of them
 * @param format what the values of its records are
 * @param unknownFields what it does with fields that no column is declared for
 * @param checks what its rows are checked for
 * @param trigger when its batches begin; empty: as the driver is told
 * @param retries how often it is tried again; empty: as the driver is told
 * @param maintenance how its table is kept in order
 * @param coordinates what its table calls the columns that say where a row comes from
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record DatasetSpec(
    String name,
    String source,
    String group,
    TargetSpec target,
    List<ColumnSpec> columns,
    WriteSpec write,
    List<TransformSpec> transforms,
    BreakerSpec breaker,
    Long maxRecordsPerBatch,
    SpecState state,
    ArchiveStart archiveStart,
    Optional<List<ChangeKind>> allowedChanges,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Unset.class)
        PayloadFormat format,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Unset.class)
        UnknownFieldsSpec unknownFields,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Unset.class) ChecksSpec checks,
    Optional<TriggerSpec> trigger,
    Optional<RetriesSpec> retries,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Unset.class)
        MaintenanceSpec maintenance,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Unset.class)
        CoordinatesSpec coordinates) {
  /** The group of datasets that name none. */
  public static final String DEFAULT_GROUP = "default";

  /** Fills in defaults and refuses what cannot work with SPEC_INVALID. */
  public DatasetSpec {
    name = SpecChecks.name("name", name);
    source = SpecChecks.name("source", source);
    group = group == null ? DEFAULT_GROUP : SpecChecks.name("group", group);
    SpecChecks.present("target", target);
    format = format == null ? PayloadFormat.JSON : format;
    columns = SpecChecks.columns(ChangeEventColumns.added(format, columns));
    write = ChangeEventColumns.merged(format, write == null ? WriteSpec.append() : write);
    SpecChecks.partitions(target.partitionBy(), columns);
    SpecChecks.clustering(target.clusterBy(), columns);
    SpecChecks.declared("write.primaryKey", write.primaryKey(), columns);
    SpecChecks.declared("write.orderBy", write.orderBy(), columns);
    transforms = transforms == null ? List.of() : List.copyOf(transforms);
    breaker = breaker == null ? BreakerSpec.defaults() : breaker;
    maxRecordsPerBatch = SpecChecks.positive("maxRecordsPerBatch", maxRecordsPerBatch, 5_000_000L);
    state = state == null ? SpecState.ACTIVE : state;
    archiveStart = archiveStart == null ? new ArchiveStart.Earliest() : archiveStart;
    allowedChanges =
        allowedChanges == null
            ? Optional.empty()
            : allowedChanges.map(kinds -> kinds.stream().distinct().sorted().toList());
    unknownFields = unknownFields == null ? UnknownFieldsSpec.ignored() : unknownFields;
    checks = checks == null ? ChecksSpec.none() : checks;
    trigger =
        trigger == null
            ? Optional.empty()
            : trigger.filter(own -> own.intervalMillis().isPresent());
    retries = retries == null ? Optional.empty() : retries.filter(RetriesSpec::saysSomething);
    maintenance = maintenance == null ? MaintenanceSpec.defaults() : maintenance;
    coordinates = coordinates == null ? CoordinatesSpec.standard() : coordinates;
    maintenance.requireMeant(write);
    SpecChecks.unknownFields(unknownFields, columns, target.partitionBy());
    HistoryColumns.require(write, columns, target.partitionBy(), unknownFields);
    SchemaColumn.requireFree(checks, columns);
    coordinates.requireFree(columns, target.partitionBy(), unknownFields);
    if (checks.eventTime().isPresent()) {
      checks.eventTime().get().requireDeclared(columns);
    }
  }

  /**
   * Equals what a document need not say, which is left out of it: readers that do not know the
   * field go on reading datasets that do not use it.
   */
  static final class Unset {
    private static final Set<Object> VALUES =
        Set.of(
            PayloadFormat.JSON,
            UnknownFieldsSpec.ignored(),
            ChecksSpec.none(),
            MaintenanceSpec.defaults(),
            CoordinatesSpec.standard());

    @Override
    public boolean equals(Object value) {
      return value == null || VALUES.contains(value);
    }

    @Override
    public int hashCode() {
      return VALUES.hashCode();
    }
  }

  /** A dataset that begins with its archive and allows every kind of change. */
  public DatasetSpec(
      String name,
      String source,
      String group,
      TargetSpec target,
      List<ColumnSpec> columns,
      WriteSpec write,
      List<TransformSpec> transforms,
      BreakerSpec breaker,
      Long maxRecordsPerBatch,
      SpecState state) {
    this(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        null,
        Optional.empty(),
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /**
   * Whether a step makes several rows of one record, which the table then tells apart by the number
   * that each has in its record.
   */
  public boolean explodes() {
    return has(TransformKind.EXPLODE);
  }

  /** Whether a step makes one row of several records, which then stands for all of them. */
  public boolean combines() {
    return has(TransformKind.COMBINE);
  }

  /** Whether some of what is remembered of deletes is given up in time. */
  public boolean forgetsDeletes() {
    return maintenance.forgetDeletesAfterMillis().isPresent();
  }

  private boolean has(TransformKind kind) {
    return transforms.stream().anyMatch(step -> step.kind().filter(kind::equals).isPresent());
  }

  /** What the table is partitioned by. */
  public List<PartitionColumn> partitions() {
    return target.partitionBy().stream().map(text -> PartitionColumn.of(text, columns)).toList();
  }

  /** This dataset with other columns. */
  public DatasetSpec withColumns(List<ColumnSpec> others) {
    return with(target, others, write, transforms, state);
  }

  /**
   * This dataset with another column in the place of one, which key, order and partitioning go on
   * to name.
   */
  public DatasetSpec withColumn(ColumnSpec column, ColumnSpec replacement) {
    List<ColumnSpec> others =
        columns.stream().map(each -> each.equals(column) ? replacement : each).toList();
    return with(
        target
            .withPartitionBy(renamed(target.partitionBy(), column, replacement))
            .withClusterBy(renamed(target.clusterBy(), column, replacement)),
        others,
        new WriteSpec(
            write.mode(),
            renamed(write.primaryKey(), column, replacement),
            renamed(write.orderBy(), column, replacement),
            write.deletes(),
            write.deleteWhen()),
        transforms,
        state);
  }

  private static List<String> renamed(
      List<String> names, ColumnSpec column, ColumnSpec replacement) {
    return names.stream()
        .map(name -> name.equalsIgnoreCase(column.name()) ? replacement.name() : name)
        .toList();
  }

  /** This dataset in another state. */
  public DatasetSpec withState(SpecState other) {
    return with(target, columns, write, transforms, other);
  }

  /** This dataset with another table. */
  public DatasetSpec withTarget(TargetSpec other) {
    return with(other, columns, write, transforms, state);
  }

  /** This dataset that writes otherwise. */
  public DatasetSpec withWrite(WriteSpec other) {
    return with(target, columns, other, transforms, state);
  }

  /** This dataset with other transforms. */
  public DatasetSpec withTransforms(List<TransformSpec> others) {
    return with(target, columns, write, others, state);
  }

  /** This dataset with values of another format. */
  public DatasetSpec withFormat(PayloadFormat other) {
    return new DatasetSpec(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        archiveStart,
        allowedChanges,
        other,
        unknownFields,
        checks,
        trigger,
        retries,
        maintenance,
        coordinates);
  }

  /** This dataset with another treatment of unknown fields. */
  public DatasetSpec withUnknownFields(UnknownFieldsSpec other) {
    return new DatasetSpec(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        archiveStart,
        allowedChanges,
        format,
        other,
        checks,
        trigger,
        retries,
        maintenance,
        coordinates);
  }

  /** This dataset with other checks. */
  public DatasetSpec withChecks(ChecksSpec other) {
    return new DatasetSpec(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        archiveStart,
        allowedChanges,
        format,
        unknownFields,
        other,
        trigger,
        retries,
        maintenance,
        coordinates);
  }

  /** This dataset whose table is kept in order otherwise. */
  public DatasetSpec withMaintenance(MaintenanceSpec other) {
    return new DatasetSpec(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        archiveStart,
        allowedChanges,
        format,
        unknownFields,
        checks,
        trigger,
        retries,
        other,
        coordinates);
  }

  /** This dataset whose table calls its coordinates otherwise. */
  public DatasetSpec withCoordinates(CoordinatesSpec others) {
    return new DatasetSpec(
        name,
        source,
        group,
        target,
        columns,
        write,
        transforms,
        breaker,
        maxRecordsPerBatch,
        state,
        archiveStart,
        allowedChanges,
        format,
        unknownFields,
        checks,
        trigger,
        retries,
        maintenance,
        others);
  }

  private DatasetSpec with(
      TargetSpec newTarget,
      List<ColumnSpec> newColumns,
      WriteSpec newWrite,
      List<TransformSpec> newTransforms,
      SpecState newState) {
    return new DatasetSpec(
        name,
        source,
        group,
        newTarget,
        newColumns,
        newWrite,
        newTransforms,
        breaker,
        maxRecordsPerBatch,
        newState,
        archiveStart,
        allowedChanges,
        format,
        unknownFields,
        checks,
        trigger,
        retries,
        maintenance,
        coordinates);
  }
}
