/** Makes a table anew beside its stream, compares the two, and puts the new one in its place. */
package dev.tributary.phase2.rebuild;
