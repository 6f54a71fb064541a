/** The rules by which sources and datasets change, and the transactions that change them. */
package dev.tributary.metastore.change;
