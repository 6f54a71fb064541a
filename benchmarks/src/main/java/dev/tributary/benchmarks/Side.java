package dev.tributary.benchmarks;

/** Who does the work. */
enum Side {
  /** A Spark job as a user would write it by hand. */
  NAIVE("naive"),
  /** The product's own driver. */
  TRIBUTARY("tributary");

  private final String label;

  Side(String label) {
    this.label = label;
  }

  /** Its name for people. */
  String label() {
    return label;
  }
}
