package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * The rows that went through one step: {@code in + made = out + dropped + combined + quarantined}.
 *
 * @param step the step's name: {@code decode}, {@code 1-filter} …, {@code conform}
 * @param in rows that came
 * @param made rows that it made besides
 * @param out rows that left
 * @param dropped rows that it left out
 * @param combined rows that it merged into others
 * @param quarantined rows that it could not use
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StepLedger(
    String step, long in, long made, long out, long dropped, long combined, long quarantined) {}
