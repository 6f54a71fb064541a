/** Runs datasets: plans what the archive holds next, and has it done. */
package dev.tributary.phase2.live;
