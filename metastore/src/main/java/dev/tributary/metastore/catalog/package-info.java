/**
 * Keeps a catalog of tables, in which other engines find them, at what drivers have put in force.
 */
package dev.tributary.metastore.catalog;
