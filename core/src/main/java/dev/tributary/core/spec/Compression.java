package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How the files of a raw archive are compressed; every segment is one frame (or member) of its own.
 */
public enum Compression {
  /** Zstandard, {@code .jsonl.zst}. */
  @JsonProperty("zstd")
  ZSTD(".jsonl.zst"),
  /** gzip, {@code .jsonl.gz}: what every reader understands. */
  @JsonProperty("gzip")
  GZIP(".jsonl.gz"),
  /** Not compressed, {@code .jsonl}. */
  @JsonProperty("none")
  NONE(".jsonl");

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /** The end of a file's name, with its dot. */
  public String suffix() {
    return suffix;
  }
}
