/**
 * The client of the metastore: what drivers read from it and report to it, and how it is changed.
 */
package dev.tributary.core.metastore;
