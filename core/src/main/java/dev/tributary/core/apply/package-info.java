/** Files that describe the datasets of an installation, and making it so. */
package dev.tributary.core.apply;
