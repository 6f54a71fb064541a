/** What the metastore keeps: one SQLite file, its migrations, one repository a resource. */
package dev.tributary.metastore.store;
