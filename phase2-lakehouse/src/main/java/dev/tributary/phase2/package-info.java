/** The job raw archive to Delta. */
package dev.tributary.phase2;
