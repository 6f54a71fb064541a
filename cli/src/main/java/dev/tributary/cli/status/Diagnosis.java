package dev.tributary.cli.status;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.SpecState;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a situation means, the gravest first.
 *
 * @param cause by code
 * @param next the command to run next
 */
record Diagnosis(DatasetStatus.State state, Optional<String> cause, Optional<String> next) {
  private static final String WORD = " --accepted-by NAME --accept-reason TEXT";

  /** A flag as the remedy of an error gives it. */
  private static final Pattern ACCEPTANCE =
      Pattern.compile("--accept-(unknown-ids|[a-z-]+ \\S*[\\w-])");

  /** The remedy of a plan with more bad records than the driver keeps. */
  private static final Pattern MORE_THAN_MEMORY =
      Pattern.compile("--conf spark\\.hadoop\\.tributary\\.quarantine\\.mostRecords=(\\d+)");

  static Diagnosis of(Situation situation) {
    String phase1 = "./tributary phase1 --source " + situation.source();
    String phase2 = "./tributary phase2 --dataset " + situation.dataset();
    Optional<Diagnosis> topic = topicTrouble(situation, phase1);
    if (topic.isPresent()) {
      return topic.get();
    }
    if (!situation.findings().isEmpty()) {
      return new Diagnosis(
          DatasetStatus.State.UNACCOUNTED,
          Optional.of(ErrorCode.UNACCOUNTED.code() + ": " + situation.findings().get(0)),
          Optional.of("./tributary reconcile --deep --dataset " + situation.dataset()));
    }
    if (situation.specState() == SpecState.RETIRED) {
      return new Diagnosis(DatasetStatus.State.RETIRED, Optional.empty(), Optional.empty());
    }
    if (situation.specState() == SpecState.PAUSED) {
      return new Diagnosis(DatasetStatus.State.PAUSED, Optional.empty(), Optional.empty());
    }
    if (situation.phase2().is(RunReport.State.FAILED)) {
      return new Diagnosis(
          DatasetStatus.State.FAILED,
          situation.phase2().error(),
          Optional.of(afterFailure(situation, phase2)));
    }
    if (situation.phase1().is(RunReport.State.FAILED)) {
      return new Diagnosis(
          DatasetStatus.State.FAILED,
          situation.phase1().error(),
          Optional.of(afterFailure(situation.phase1(), phase1)));
    }
    if (situation.phase1().alive() && situation.phase1().is(RunReport.State.RETRYING)) {
      return new Diagnosis(
          DatasetStatus.State.RETRYING, situation.phase1().error(), Optional.empty());
    }
    if (situation.phase2().alive() && situation.phase2().is(RunReport.State.RETRYING)) {
      return new Diagnosis(
          DatasetStatus.State.RETRYING, situation.phase2().error(), Optional.empty());
    }
    // A phase 1 that runs looks for it, and says so itself where that fails.
    if (!situation.awaited().isEmpty() && !situation.phase1().alive()) {
      return new Diagnosis(
          DatasetStatus.State.IDLE,
          Optional.of(ErrorCode.TOPIC_NOT_FOUND.code() + ": " + situation.awaited().get(0)),
          Optional.empty());
    }
    if (situation.toArchive() > 0 && !situation.archiving()) {
      return idle("records wait in Kafka and no phase 1 runs" + last(situation.phase1()), phase1);
    }
    boolean toWrite = situation.toWrite() > 0 || situation.openPlan().isPresent();
    if (toWrite && !situation.writing()) {
      return idle(
          "records wait in the archive and no phase 2 runs" + last(situation.phase2()), phase2);
    }
    return new Diagnosis(DatasetStatus.State.RUNNING, Optional.empty(), Optional.empty());
  }

  private static Diagnosis idle(String cause, String next) {
    return new Diagnosis(DatasetStatus.State.IDLE, Optional.of(cause), Optional.of(next));
  }

  /** What stops phase 1 until an operator accepts it; the accounts show it as well. */
  private static Optional<Diagnosis> topicTrouble(Situation situation, String phase1) {
    if (!situation.lost().isEmpty() && situation.lost().size() == situation.findings().size()) {
      String cause =
          situation.phase1().failedWith(ErrorCode.KAFKA_RETENTION_LOSS)
              ? situation.phase1().error().orElseThrow()
              : "%s: Kafka lost %s before they were archived"
                  .formatted(
                      ErrorCode.KAFKA_RETENTION_LOSS.code(), String.join(", ", situation.lost()));
      String flags =
          situation.lost().stream()
              .map(range -> " --accept-loss " + range)
              .collect(Collectors.joining());
      return Optional.of(
          new Diagnosis(
              DatasetStatus.State.FAILED, Optional.of(cause), Optional.of(phase1 + flags + WORD)));
    }
    boolean stopped =
        situation.phase1().failedWith(ErrorCode.TOPIC_RECREATED)
            || situation.phase1().failedWith(ErrorCode.ARCHIVE_OTHER_CLUSTER);
    if (stopped && !situation.recreated().isEmpty()) {
      String flags =
          situation.recreated().entrySet().stream()
              .map(
                  topic ->
                      " --accept-incarnation %s:%s".formatted(topic.getKey(), topic.getValue()))
              .collect(Collectors.joining());
      return Optional.of(
          new Diagnosis(
              DatasetStatus.State.FAILED,
              situation.phase1().error(),
              Optional.of(phase1 + flags + WORD)));
    }
    return Optional.empty();
  }

  private static String last(LastRun run) {
    return run.report()
        .map(
            report ->
                "; the last run, %s, was %s at %s"
                    .formatted(
                        report.run(),
                        report.state().name().toLowerCase(Locale.ROOT),
                        Instant.ofEpochMilli(report.at())))
        .orElse("");
  }

  /** Where phase 1 waits for an acceptance it is given the flags that its error names. */
  private static String afterFailure(LastRun run, String again) {
    boolean refused =
        run.failedWith(ErrorCode.KAFKA_TRUNCATED)
            || run.failedWith(ErrorCode.KAFKA_RECORDS_UNREADABLE)
            || run.failedWith(ErrorCode.KAFKA_IDS_UNKNOWN);
    if (!refused) {
      return again;
    }
    List<String> flags =
        ACCEPTANCE.matcher(run.error().orElse("")).results().map(MatchResult::group).toList();
    Map<Boolean, List<String>> sameTopic =
        flags.stream().collect(Collectors.partitioningBy(flag -> flag.contains("-same-topic ")));
    if (sameTopic.get(true).isEmpty()) {
      return accepting(again, flags);
    }
    return "%s   (or %s, where it was created again)"
        .formatted(accepting(again, sameTopic.get(true)), String.join(" ", sameTopic.get(false)));
  }

  private static String accepting(String again, List<String> flags) {
    boolean recorded = flags.stream().anyMatch(flag -> flag.contains(" "));
    return again
        + flags.stream().map(flag -> " " + flag).collect(Collectors.joining())
        + (recorded ? WORD : "");
  }

  /**
   * A plan that was not admitted wants a ruling, or memory for what it sets aside; anything else is
   * tried again.
   */
  private static String afterFailure(Situation situation, String again) {
    if (!situation.phase2().failedWith(ErrorCode.PLAN_NOT_ADMITTED)
        || situation.openPlan().isEmpty()) {
      return again;
    }
    Matcher more = MORE_THAN_MEMORY.matcher(situation.phase2().error().orElse(""));
    if (more.find()) {
      long gigabytes = 2 + Long.parseLong(more.group(1)) / 1_000_000;
      return "TRIBUTARY_DRIVER_MEMORY=%1$dg SPARK_SUBMIT_OPTIONS='--driver-memory %1$dg %2$s' %3$s   (or, where the dataset is to blame, plan void)"
          .formatted(gigabytes, more.group(), again);
    }
    if (situation.ruled()) {
      return again;
    }
    return "./tributary plan accept %d --dataset %s --by NAME --reason TEXT   (or plan void), then %s"
        .formatted(situation.openPlan().getAsLong(), situation.dataset(), again);
  }
}
