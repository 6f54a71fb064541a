package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What becomes of fields that no column is declared for. */
public enum UnknownFields {
  /** They are left out. */
  @JsonProperty("ignore")
  IGNORE,
  /** They are kept together, as JSON, in a column of their own. */
  @JsonProperty("rescue")
  RESCUE,
  /** They become columns, by a version of their own, and are rescued where they cannot. */
  @JsonProperty("evolve")
  EVOLVE,
  /** Their record goes to quarantine. */
  @JsonProperty("quarantine")
  QUARANTINE;

  /** The policy of this text; empty: there is none. */
  public static Optional<UnknownFields> of(String text) {
    return Arrays.stream(values()).filter(policy -> policy.text().equals(text)).findFirst();
  }

  /** What becomes of those that a record still has when it is decoded. */
  public UnknownFields whenDecoded() {
    return this == EVOLVE ? RESCUE : this;
  }

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
