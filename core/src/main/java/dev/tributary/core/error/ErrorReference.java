package dev.tributary.core.error;

/** The generated reference of all error codes, {@code docs/errors.md}. */
final class ErrorReference {
  private ErrorReference() {}

  static String markdown() {
    StringBuilder text =
        new StringBuilder(
            """
            # Errors

            Generated from the codes in the source: do not edit. Codes are stable across releases, messages
            are not. A process that ends with an error leaves with the exit code of its category; 75 says
            that the same call may succeed later with nothing changed.

            | category | exit code |
            |---|---|
            """);
    for (ErrorCategory category : ErrorCategory.values()) {
      text.append("| %s | %d |\n".formatted(name(category), category.exitCode()));
    }
    text.append(
        """

        A retryable error is tried again by the drivers themselves, no sooner than after the delay given
        and no later than after `retry.cap`; some of the others are, too, where time may mend them (a
        topic that is not there yet, credentials that are refused after they were accepted). A skippable one concerns a single record, which is set aside while the run goes on.

        | code | category | retried after | skippable | what it means |
        |---|---|---|---|---|
        """);
    for (ErrorCode code : ErrorCode.values()) {
      text.append(
          "| `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  code.code(),
                  name(code.category()),
                  code.retryable() ? code.retryAfter().toSeconds() + " s" : "",
                  code.skippable() ? "yes" : "",
                  code.meaning()));
    }
    return text.toString();
  }

  private static String name(ErrorCategory category) {
    return category.name().toLowerCase(java.util.Locale.ROOT);
  }
}
