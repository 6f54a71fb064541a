package dev.tributary.core.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How sources and datasets are changed. Thread-safe. Errors: METASTORE_REFUSED with the service's
 * reason and remedy, METASTORE_UNAVAILABLE, VERSION_CONFLICT where somebody else keeps changing the
 * same thing.
 */
public interface MetastoreAdmin {
  /** Creates or replaces a source; one that is the same already keeps its version. */
  Versioned<SourceSpec> putSource(SourceSpec spec);

  /** Creates or replaces a dataset; one that is the same already keeps its version. */
  Versioned<DatasetSpec> putDataset(DatasetSpec spec);

  /** Changes a table's columns: all operations or none. */
  Versioned<DatasetSpec> ddl(String table, List<DdlOperation> operations);

  /** Changes how a dataset is written or whether it runs: all operations or none. */
  Versioned<DatasetSpec> dml(String table, List<DmlOperation> operations);

  /** Lets drivers stop a dataset after their batch. */
  Versioned<DatasetSpec> pause(String table);

  /** Lets drivers run a paused dataset again. */
  Versioned<DatasetSpec> resume(String table);

  /** Drivers stop it; its history stays. */
  void retireDataset(String name);

  /**
   * As above.
   *
   * @param reason why
   * @param trial whether it is only tried
   * @return the version that comes of it
   */
  JsonNode retireDataset(String name, Optional<String> reason, Trial trial);

  /** Drivers stop it; its history stays. Refused while an active dataset reads it. */
  void retireSource(String name);

  /** A resource as the service shows it, for people: {@code datasets/orders/versions}. */
  JsonNode show(String path);

  /** As {@link #show}; empty: there is none. */
  Optional<JsonNode> find(String path);

  /** Every item of a collection ({@code sources}, {@code datasets}), retired ones included. */
  List<JsonNode> list(String collection);

  /** The first items of a collection, so many at most: {@code audit} begins with the newest. */
  List<JsonNode> list(String collection, int most);

  /** What putting a document at a path would come to; nothing is changed. */
  JsonNode tryPut(String path, JsonNode document);

  /** Creates or replaces what is at a path; what is the same already keeps its version. */
  JsonNode put(String path, JsonNode document);

  /**
   * As {@link #put}, where the path still holds what it held.
   *
   * @param seen what {@link #find} or {@link #list} gave for the path; empty: nothing
   * @throws dev.tributary.core.error.TributaryException VERSION_CONFLICT where it has changed since
   */
  JsonNode put(String path, JsonNode document, Optional<JsonNode> seen);

  /** As {@link #retire}, where the path still holds what it held; VERSION_CONFLICT else. */
  void retire(String path, JsonNode seen);

  /**
   * Sends operations as documents, for people.
   *
   * @param kind {@code ddl} or {@code dml}
   * @param body what {@code POST /ddl} and {@code /dml} take
   * @param trial whether it is only tried
   */
  JsonNode operate(String kind, JsonNode body, Trial trial);

  /** Whether a change is carried out or only tried. */
  enum Trial {
    /** It is carried out. */
    NO,
    /** What it would come to is answered. */
    YES
  }

  /**
   * Uploads the JAR of transforms that has the given SHA-256.
   *
   * @throws IOException where the file cannot be read
   */
  JsonNode upload(String sha256, Path jar) throws IOException;

  /** Registers the JAR of transforms that has the given SHA-256 where it lies. */
  JsonNode register(String sha256, String uri);

  /** Sends a document that does no harm if it arrives twice. */
  JsonNode post(String path, JsonNode document);

  /** Retires what is at a path. */
  void retire(String path);
}
