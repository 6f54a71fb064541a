/** The JARs of transforms: where they are read or kept, and what they say of themselves. */
package dev.tributary.metastore.jars;
