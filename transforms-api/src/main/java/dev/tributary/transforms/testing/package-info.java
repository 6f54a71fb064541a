/**
 * The test kit of a transform: its author extends {@link
 * dev.tributary.transforms.testing.TransformContract}. It needs JUnit Jupiter, which the platform
 * does not bring.
 */
package dev.tributary.transforms.testing;
