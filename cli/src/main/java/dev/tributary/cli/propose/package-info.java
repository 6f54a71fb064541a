/** A dataset to start from, out of what a topic holds. */
package dev.tributary.cli.propose;
