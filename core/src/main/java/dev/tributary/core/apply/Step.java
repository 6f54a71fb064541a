package dev.tributary.core.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done to one source or dataset.
 *
 * @param kind what
 * @param path its path at the metastore, such as {@code datasets/orders}
 * @param document what it is to be; empty for what is retired
 * @param current what it is; empty: nothing
 * @param differences what changes, as the metastore says it
 * @param kept the columns that the document does not name and the dataset keeps: drivers added them
 * @param refusal why the metastore would refuse it
 */
public record Step(
    Kind kind,
    String path,
    Optional<ObjectNode> document,
    Optional<JsonNode> current,
    JsonNode differences,
    List<String> kept,
    Optional<String> refusal) {
  /** Copies the list. */
  public Step {
    kept = List.copyOf(kept);
  }

  /** What is to be done. */
  public enum Kind {
    /** It is not there yet. */
    CREATE("+"),
    /** It gets a new version. */
    CHANGE("~"),
    /** It is in the file no more. */
    RETIRE("-"),
    /** It is so already. */
    NOTHING("="),
    /** The metastore would refuse it. */
    REFUSED("!");

    private final String sign;

    Kind(String sign) {
      this.sign = sign;
    }

    /** As it is shown. */
    public String sign() {
      return sign;
    }
  }
}
