package dev.tributary.metastore.catalog;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.GlueClientBuilder;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.glue.model.EntityNotFoundException;
import software.amazon.awssdk.services.glue.model.SerDeInfo;
import software.amazon.awssdk.services.glue.model.StorageDescriptor;
import software.amazon.awssdk.services.glue.model.Table;
import software.amazon.awssdk.services.glue.model.TableInput;

/**
 * AWS Glue. A table is written so that Athena (engine 3) and Spark read it as Delta:
 *
 * <ul>
 *   <li>Athena knows a Delta table by {@code spark.sql.sources.provider=delta} or {@code
 *       table_type=delta} in its parameters and reads the columns from the Delta log, but for Lake
 *       Formation, views and column filters Glue's columns have to be those of the log, and it
 *       takes the folder from the SerDe's parameter {@code path} (Athena user guide, "Get started
 *       with Delta Lake tables" and "Synchronize Delta Lake metadata", {@code
 *       docs.aws.amazon.com/athena/latest/ug/delta-lake-tables-syncing-metadata.html}).
 *   <li>Spark's {@code HiveExternalCatalog} takes the provider from {@code
 *       spark.sql.sources.provider} and the folder from {@code path}; Delta then reads its log.
 *   <li>The formats and the SerDe are those that Spark and Glue's crawler give such a table; a
 *       reader that knows nothing of Delta finds no rows with them rather than deleted ones.
 *   <li>There are no partition keys: with them engines would ask Glue for partitions, and the Delta
 *       log alone knows those.
 * </ul>
 *
 * <p>Parameters that others have set stay. The table must have been written by this class, or lie
 * at the same place; another one is left alone.
 */
final class GlueCatalog implements TableCatalog {
  private static final String DATASET = "tributary.dataset";
  private static final String VERSION = "tributary.version";
  private static final String STATE = "tributary.state";
  private static final String PROVIDER = "spark.sql.sources.provider";
  private static final Duration ATTEMPT = Duration.ofSeconds(15);
  private static final int LONGEST_COMMENT = 255;

  private final GlueClient glue;
  private final Place place;

  /**
   * Which database of which Glue.
   *
   * @param database the Glue database, which has to be there
   * @param catalogId the account's catalog; empty: the caller's own
   * @param region empty: as the environment says
   * @param endpoint empty: AWS's own
   */
  record Place(
      String database,
      Optional<String> catalogId,
      Optional<String> region,
      Optional<URI> endpoint) {}

  GlueCatalog(Place place) {
    this.place = place;
    GlueClientBuilder builder =
        GlueClient.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            // What fails is tried again by who calls, and shown meanwhile.
            .overrideConfiguration(
                config ->
                    config
                        .apiCallTimeout(ATTEMPT)
                        .retryStrategy(DefaultRetryStrategy.doNotRetry()));
    place.region().map(Region::of).ifPresent(builder::region);
    place.endpoint().ifPresent(builder::endpointOverride);
    this.glue = builder.build();
  }

  @Override
  public String identity() {
    return "glue:" + place.catalogId().map(id -> id + "/").orElse("") + place.database();
  }

  @Override
  public String nameOf(String dataset) {
    return place.database() + "." + dataset;
  }

  @Override
  public void put(CatalogTable table) {
    try {
      Optional<Table> before = find(table.dataset());
      if (before.isEmpty()) {
        glue.createTable(
            request ->
                request
                    .catalogId(place.catalogId().orElse(null))
                    .databaseName(place.database())
                    .tableInput(input(table, Map.of())));
        return;
      }
      requireOurs(before.get(), table);
      if (version(before.get()) > table.version()) {
        return;
      }
      glue.updateTable(
          request ->
              request
                  .catalogId(place.catalogId().orElse(null))
                  .databaseName(place.database())
                  // Glue refuses where somebody else has changed the table meanwhile.
                  .versionId(before.get().versionId())
                  .tableInput(input(table, before.get().parameters())));
    } catch (SdkException e) {
      throw failed(table, e);
    }
  }

  private Optional<Table> find(String name) {
    try {
      return Optional.of(
          glue.getTable(
                  request ->
                      request
                          .catalogId(place.catalogId().orElse(null))
                          .databaseName(place.database())
                          .name(name))
              .table());
    } catch (EntityNotFoundException e) {
      return Optional.empty();
    }
  }

  private void requireOurs(Table there, CatalogTable table) {
    String location =
        there.storageDescriptor() == null
            ? ""
            : String.valueOf(there.storageDescriptor().location());
    boolean ours =
        table.dataset().equals(there.parameters().get(DATASET))
            || location.replaceAll("/+$", "").equals(location(table));
    if (!ours) {
      throw TributaryException.of(
          ErrorCode.CATALOG_FAILED,
          "The Glue table %s is another one: it lies at %s."
              .formatted(nameOf(table.dataset()), location),
          "Rename or drop it, or use another Glue database; it is tried again by itself.");
    }
  }

  private static long version(Table there) {
    String version = there.parameters().getOrDefault(VERSION, "");
    return version.matches("\\d{1,18}") ? Long.parseLong(version) : 0;
  }

  private static TableInput input(CatalogTable table, Map<String, String> before) {
    Map<String, String> parameters = new TreeMap<>(before);
    parameters.put("EXTERNAL", "TRUE");
    parameters.put("classification", "delta");
    parameters.put("table_type", "DELTA");
    parameters.put(PROVIDER, "delta");
    parameters.put(DATASET, table.dataset());
    parameters.put(VERSION, String.valueOf(table.version()));
    parameters.put(STATE, table.lifecycle().name().toLowerCase(Locale.ROOT));
    return TableInput.builder()
        .name(table.dataset())
        .tableType("EXTERNAL_TABLE")
        .parameters(parameters)
        .partitionKeys(List.of())
        .storageDescriptor(
            StorageDescriptor.builder()
                .location(location(table))
                .columns(table.columns().stream().map(GlueCatalog::column).toList())
                .inputFormat("org.apache.hadoop.mapred.SequenceFileInputFormat")
                .outputFormat("org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat")
                .serdeInfo(
                    SerDeInfo.builder()
                        .serializationLibrary("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
                        .parameters(Map.of("serialization.format", "1", "path", location(table)))
                        .build())
                .build())
        .build();
  }

  private static Column column(CatalogTable.Column column) {
    return Column.builder()
        .name(column.name().toLowerCase(Locale.ROOT))
        .type(HiveTypes.of(column.type()))
        .comment(column.comment().map(GlueCatalog::oneLine).orElse(null))
        .build();
  }

  /** As long as Glue takes it. */
  private static String oneLine(String comment) {
    String line = comment.replaceAll("\\s+", " ").strip();
    return line.substring(0, Math.min(line.length(), LONGEST_COMMENT));
  }

  /** Athena knows S3 by one scheme. */
  private static String location(CatalogTable table) {
    return table.location().replaceFirst("^s3[an]://", "s3://").replaceAll("/+$", "");
  }

  private TributaryException failed(CatalogTable table, SdkException failure) {
    String why =
        failure instanceof AwsServiceException service && service.awsErrorDetails() != null
            ? service.awsErrorDetails().errorCode()
                + ": "
                + service.awsErrorDetails().errorMessage()
            : failure.getMessage();
    return TributaryException.of(
        ErrorCode.CATALOG_FAILED,
        "Glue did not take the table %s: %s."
            .formatted(nameOf(table.dataset()), String.valueOf(why).replaceFirst("[.]$", "")),
        failure instanceof EntityNotFoundException
            ? "Create the Glue database %s; it is tried again by itself."
                .formatted(place.database())
            : "It is tried again by itself; see to Glue's endpoint, region, credentials and rights"
                + " (glue:GetTable, CreateTable, UpdateTable).",
        failure);
  }

  @Override
  public void close() {
    glue.close();
  }
}
