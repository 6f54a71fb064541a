/** The JARs of transforms that were uploaded: their content, and what they say of themselves. */
package dev.tributary.metastore.jars;
