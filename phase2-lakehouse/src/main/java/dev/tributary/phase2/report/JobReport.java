package dev.tributary.phase2.report;

/** What a job did, or would do. As JSON it is the object itself. */
@FunctionalInterface
public interface JobReport {
  /** For people, in lines. */
  String text();
}
