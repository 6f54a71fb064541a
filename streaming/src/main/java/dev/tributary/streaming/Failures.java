package dev.tributary.streaming;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkThrowable;

/** Understands what a unit threw. */
public final class Failures {
  private static final int DEPTH = 50;

  private static final Set<ErrorCode> REFUSALS =
      EnumSet.of(
          ErrorCode.STORE_REFUSED,
          ErrorCode.KAFKA_AUTHENTICATION,
          ErrorCode.KAFKA_AUTHORIZATION,
          ErrorCode.SECRET_UNRESOLVED);

  /** What says that another driver does the same work. */
  private static final Set<ErrorCode> RIVALRY =
      EnumSet.of(ErrorCode.ARCHIVE_CONFLICT, ErrorCode.PLAN_CONFLICT);

  /**
   * After so long what was left to another driver is tried again: that one may have been leaving,
   * as in a rolling change or where a dataset moves to another group, and then nobody does it.
   */
  public static final Duration GIVE_WAY = Duration.ofMinutes(5);

  private Failures() {}

  /** Whether the work was left to another driver, which does it. */
  public static boolean gaveWay(TributaryException failure) {
    return RIVALRY.contains(failure.code());
  }

  /**
   * The first coded error among the causes; where there is none, STORE_UNAVAILABLE for a failed
   * input or output, and INTERNAL_ERROR for anything else.
   */
  public static TributaryException coded(Throwable failure) {
    Optional<TributaryException> coded = cause(failure, TributaryException.class);
    if (coded.isPresent()) {
      return coded.get();
    }
    if (cause(failure, SparkThrowable.class).filter(Failures::checkpointShared).isPresent()) {
      return TributaryException.of(
          ErrorCode.ARCHIVE_CONFLICT,
          "Another driver writes to the same checkpoint folder.",
          "Give each driver its own --checkpoint, or stop one of them.",
          failure);
    }
    if (cause(failure, IOException.class).isPresent()
        || cause(failure, UncheckedIOException.class).isPresent()) {
      return new TributaryException(
          ErrorCode.STORE_UNAVAILABLE,
          "Reading or writing failed: %s. Check that the store can be reached."
              .formatted(reason(failure)),
          failure);
    }
    return new TributaryException(
        ErrorCode.INTERNAL_ERROR,
        "Something unforeseen failed: %s. Its stack trace is in the log; please report it."
            .formatted(reason(failure)),
        failure);
  }

  /** The first cause of a type, the failure itself included. */
  public static <T> Optional<T> cause(Throwable failure, Class<T> type) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < DEPTH; depth++) {
      if (type.isInstance(at)) {
        return Optional.of(type.cast(at));
      }
      at = at.getCause();
    }
    return Optional.empty();
  }

  /** The cause of all causes, which may be the failure itself. */
  public static Throwable root(Throwable failure) {
    Throwable at = failure;
    for (int depth = 0; at.getCause() != null && depth < DEPTH; depth++) {
      at = at.getCause();
    }
    return at;
  }

  /** What the {@link #root} says, or its name where it says nothing. */
  public static String reason(Throwable failure) {
    Throwable root = root(failure);
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  /**
   * Whether another attempt may help: said by the code, or nobody knows what happened, or what is
   * refused now was allowed before (a key that is being rotated, a policy that somebody mends).
   *
   * @param worked whether what failed has worked since the driver began
   */
  public static boolean worthRetrying(TributaryException failure, boolean worked) {
    return failure.code().retryable()
        || failure.code() == ErrorCode.INTERNAL_ERROR
        || worked && REFUSALS.contains(failure.code());
  }

  private static boolean checkpointShared(SparkThrowable failure) {
    return "CONCURRENT_STREAM_LOG_UPDATE".equals(failure.getCondition());
  }
}
