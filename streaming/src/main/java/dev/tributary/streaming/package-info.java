/** What both jobs share: session, run loop, retries, metrics, health and the result of a run. */
package dev.tributary.streaming;
