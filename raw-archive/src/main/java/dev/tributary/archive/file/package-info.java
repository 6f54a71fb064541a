/** The data files of the raw archive: segments of lines, each compressed and checked on its own. */
package dev.tributary.archive.file;
