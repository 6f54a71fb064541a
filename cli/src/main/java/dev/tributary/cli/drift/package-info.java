/** What of a dataset's records its columns do not say. */
package dev.tributary.cli.drift;
