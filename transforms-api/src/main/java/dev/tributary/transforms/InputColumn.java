package dev.tributary.transforms;

/**
 * A column that the decoder makes for a step.
 *
 * @param name its name, which is also the JSON field's
 * @param type its Spark SQL type
 */
public record InputColumn(String name, String type) {}
