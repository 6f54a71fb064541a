/**
 * Takes the records of a key out of an archive, the tables that were made of it and what lies
 * beside them.
 */
package dev.tributary.phase2.erase;
