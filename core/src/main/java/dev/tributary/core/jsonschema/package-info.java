/** Checks JSON values against the JSON Schema of a dataset. */
package dev.tributary.core.jsonschema;
