/** How jobs that run once say what they did. */
package dev.tributary.phase2.report;
