package dev.tributary.benchmarks;

/** Where the raw tier and the tables lie. */
enum Store {
  LOCAL("local"),
  S3("s3");

  private final String label;

  Store(String label) {
    this.label = label;
  }

  /** Its name for people. */
  String label() {
    return label;
  }
}
