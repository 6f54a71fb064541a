/**
 * The contract of a transform: what an author implements and the platform calls. A plug-in is a JAR
 * with its classes and a service file {@code META-INF/services/dev.tributary.transforms.Transform};
 * at compile time it needs Spark and this JAR, both {@code provided}.
 */
package dev.tributary.transforms;
