package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the Parquet files of a table are compressed. Files that are there stay as they are. */
public enum TableCompression {
  /** Quick, and what every reader understands. */
  @JsonProperty("snappy")
  SNAPPY("snappy"),
  /** Smaller than snappy at little more cost. */
  @JsonProperty("zstd")
  ZSTD("zstd"),
  /** For readers that know no zstd. */
  @JsonProperty("gzip")
  GZIP("gzip"),
  /** Not compressed. */
  @JsonProperty("none")
  NONE("uncompressed");

  private final String codec;

  TableCompression(String codec) {
    this.codec = codec;
  }

  /** What Spark calls it. */
  public String codec() {
    return codec;
  }
}
