package dev.tributary.archive;

import org.apache.hadoop.fs.Path;

/** Names of folders in an archive. */
final class TopicFolder {
  private TopicFolder() {}

  /** The folder of a topic: its name, made visible to readers that hide '_' and '.' names. */
  static Path of(String archive, String topic) {
    char first = topic.charAt(0);
    String name =
        switch (first) {
          case '_' -> "%5F" + topic.substring(1);
          case '.' -> "%2E" + topic.substring(1);
          default -> topic;
        };
    return new Path(new Path(archive), name);
  }
}
