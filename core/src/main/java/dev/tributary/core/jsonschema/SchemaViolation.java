package dev.tributary.core.jsonschema;

/**
 * Why a value does not meet a schema: the first reason that was found.
 *
 * @param message names where in the value, and the keyword; may hold names of fields
 * @param withoutValue names the keyword by its place in the schema, and nothing of the value
 */
public record SchemaViolation(String message, String withoutValue) {}
