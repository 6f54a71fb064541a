/**
 * Settings: declared once as a {@link dev.tributary.core.settings.Setting}, grouped into a {@link
 * dev.tributary.core.settings.Program}, resolved from flags, the environment, a {@code .env} file,
 * a YAML file and defaults, in that order.
 */
package dev.tributary.core.settings;
