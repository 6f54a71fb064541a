package dev.tributary.storage.delta;

import dev.tributary.storage.ListedObject;
import java.util.Iterator;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** Listed objects as Delta wants them: qualified, with length and time. */
final class Statuses implements Iterator<FileStatus> {
  private static final long BLOCK_SIZE = 32L << 20;

  private final Iterator<ListedObject> objects;
  private final Path directory;

  Statuses(Iterator<ListedObject> objects, Path directory) {
    this.objects = objects;
    this.directory = directory;
  }

  @Override
  public boolean hasNext() {
    return objects.hasNext();
  }

  @Override
  public FileStatus next() {
    ListedObject object = objects.next();
    return new FileStatus(
        object.length(),
        false,
        1,
        BLOCK_SIZE,
        object.modifiedAt(),
        new Path(directory, object.path().getName()));
  }
}
