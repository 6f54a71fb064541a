/** The transforms of a dataset: found in their JARs, checked, and kept apart from others. */
package dev.tributary.phase2.step;
