package dev.tributary.local;

import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.plan.TableVersions;
import io.delta.kernel.Table;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StructType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What both phases leave behind of a topic with one partition, where entry n of the archive holds
 * the record of offset n - 1, plan n writes entry n, and its commit is version n of the table; plan
 * 0 created it. The files with the records are not there: nothing that asks the logs alone looks.
 */
final class LongHistory {
  private static final long NOON = 1_763_726_400_000L;

  /** Commits after the table's last checkpoint. */
  private static final int TAIL = 5;

  private static final Map<String, ?> PROTOCOL =
      Map.of("protocol", Map.of("minReaderVersion", 1, "minWriterVersion", 2));

  private final MemoryBucket bucket;
  private final String archive;
  private final String topic;
  private final Path table;
  private final int entries;

  /**
   * A history that is yet to be written.
   *
   * @param entries how many there are after the archive's first, of plans after the table's first,
   *     and of commits after the one that created the table
   */
  LongHistory(MemoryBucket bucket, String archive, String topic, String table, int entries) {
    this.bucket = bucket;
    this.archive = archive;
    this.topic = topic;
    this.table = new Path(table);
    this.entries = entries;
  }

  /**
   * Writes it.
   *
   * @param genesis what the topic is
   * @param scratch a folder that is not there, in which the table's checkpoint is made
   */
  void write(Genesis genesis, java.nio.file.Path scratch) throws IOException {
    writeArchive(genesis);
    writePlans();
    writeTable(scratch);
  }

  private void writeArchive(Genesis genesis) {
    ManifestLog log = ManifestLog.open(archive, topic, bucket);
    Author author = new Author("run-1", "test");
    log.createGenesis(genesis, author, NOON);
    for (int n = 1; n <= entries; n++) {
      Segment segment = new Segment(0, 0, n - 1, n - 1, 1, 0, 10, 20, "00000000", NOON, NOON);
      log.commit(
          new CommitRequest(
              author,
              n - 1,
              NOON + n,
              List.of(new OffsetRange(0, 0, n - 1, n)),
              List.of(),
              List.of(
                  new ArchiveFile(
                      "date=2025-11-21/%d.jsonl".formatted(n),
                      Compression.NONE,
                      10,
                      List.of(segment)))));
    }
  }

  private void writePlans() {
    Path log = TableFolders.of(table.toString()).generation(0);
    for (long each = 0; each <= entries; each++) {
      long n = each;
      bucket.put(log, "%020d.json".formatted(n), () -> Json.write(plan(n)));
      bucket.put(log, "%020d.done.json".formatted(n), () -> Json.write(account(n)));
    }
    bucket.put(log, "_head", () -> Json.write(Map.of("format", 1, "sequence", entries)));
  }

  private Plan plan(long n) {
    return new Plan(
        Plan.FORMAT,
        n,
        0,
        "id" + n,
        n == 0 ? PlanKind.DDL : PlanKind.LIVE,
        topic,
        1,
        "run-1",
        NOON + n,
        new PlanSource(archive, n == 0 ? List.of() : List.of(new EntryRange(topic, n, n))),
        List.of(),
        positions(n),
        Optional.empty());
  }

  private PlanAccount account(long n) {
    return new PlanAccount(
        Plan.FORMAT,
        n,
        0,
        "id" + n,
        "run-1",
        NOON + n,
        PlanOutcome.COMMITTED,
        topic,
        1,
        inserted(n == 0 ? 0 : 1),
        new TableVersions(Optional.of(n), Optional.empty(), Optional.empty()),
        List.of(),
        positions(n),
        Map.of(topic, 1L),
        Map.of(topic, inserted(n)),
        Optional.empty(),
        List.of());
  }

  private Map<String, Map<String, Long>> positions(long n) {
    return Map.of(topic, Map.of(topic, n + 1));
  }

  private static PlanCounts inserted(long records) {
    return new PlanCounts(records, records, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Every commit is still there, as of a table that is written often; so is one checkpoint. */
  private void writeTable(java.nio.file.Path scratch) throws IOException {
    Path log = new Path(table, "_delta_log");
    bucket.put(log, commit(0), () -> lines(List.of(PROTOCOL, metadata(), mark(0))));
    for (long each = 1; each <= entries; each++) {
      long version = each;
      bucket.put(log, commit(version), () -> lines(List.of(commitInfo(version), mark(version))));
    }
    long checkpoint = entries - TAIL;
    byte[] state = checkpoint(scratch, lines(List.of(PROTOCOL, metadata(), mark(checkpoint))));
    bucket.put(log, "%020d.checkpoint.parquet".formatted(checkpoint), () -> state);
    bucket.put(log, "_last_checkpoint", () -> Json.write(Map.of("version", checkpoint, "size", 3)));
  }

  /** What a checkpoint of a table holds whose only commit is the given one. */
  private static byte[] checkpoint(java.nio.file.Path scratch, byte[] actions) throws IOException {
    java.nio.file.Path log = Files.createDirectories(scratch.resolve("_delta_log"));
    Files.write(log.resolve(commit(0)), actions);
    Engine engine = DefaultEngine.create(new Configuration());
    Table.forPath(engine, scratch.toUri().toString()).checkpoint(engine, 0);
    return Files.readAllBytes(log.resolve("%020d.checkpoint.parquet".formatted(0)));
  }

  private static String commit(long version) {
    return "%020d.json".formatted(version);
  }

  private static Map<String, ?> commitInfo(long version) {
    return Map.of(
        "commitInfo",
        Map.of("timestamp", NOON + version, "operation", "WRITE", "operationParameters", Map.of()));
  }

  /** With plan n's number, which is the version's. */
  private Map<String, ?> mark(long plan) {
    String application = "tributary:%s:0".formatted(table.getName());
    return Map.of("txn", Map.of("appId", application, "version", plan, "lastUpdated", NOON + plan));
  }

  private Map<String, ?> metadata() {
    StructType schema = new StructType().add("id", LongType.LONG);
    return Map.of(
        "metaData",
        Map.of(
            "id",
            "table",
            "format",
            Map.of("provider", "parquet", "options", Map.of()),
            "schemaString",
            DataTypeJsonSerDe.serializeStructType(schema),
            "partitionColumns",
            List.of(),
            "configuration",
            Map.of(),
            "createdTime",
            NOON));
  }

  private static byte[] lines(List<Map<String, ?>> actions) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (Map<String, ?> action : actions) {
      content.writeBytes(Json.write(action));
      content.write('\n');
    }
    return content.toByteArray();
  }
}
