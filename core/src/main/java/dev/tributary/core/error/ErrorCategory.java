package dev.tributary.core.error;

/**
 * Who can do something about an error, and therefore the exit code of a process that ends with it.
 */
public enum ErrorCategory {
  /** The caller asked for something that cannot be done: settings, arguments, specs. */
  USAGE(2),
  /** The data or its history is not what the product promises; a person has to rule. */
  DATA(3),
  /** Another process owns what this one tried to change. */
  CONFLICT(4),
  /** A service was away or overloaded: the same call may succeed later. */
  UNAVAILABLE(75),
  /** A defect of the product. */
  INTERNAL(70);

  private final int exitCode;

  ErrorCategory(int exitCode) {
    this.exitCode = exitCode;
  }

  /**
   * The exit code of a process that ends with such an error; 75 alone says that a retry may help.
   */
  public int exitCode() {
    return exitCode;
  }
}
