package dev.tributary.archive;

/**
 * An operator's word.
 *
 * @param by who
 * @param reason why
 */
public record Acceptance(String by, String reason) {}
