package dev.tributary.archive.spark;

import dev.tributary.archive.file.ArchiveFile;

/**
 * What a task reads of a file.
 *
 * @param topic of the file
 * @param folder of the topic
 * @param sequence of the manifest entry that added it
 * @param ingestTime of that entry
 * @param file with those of its segments that are read
 */
record FileSlice(String topic, String folder, long sequence, long ingestTime, ArchiveFile file) {
  long bytes() {
    return file.segments().stream().mapToLong(segment -> segment.length()).sum();
  }
}
