package dev.tributary.storage;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.CreateOpts;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HDFS and file systems like it, whose rename is atomic and can refuse to replace: an object is
 * written beside its place under a hidden name and renamed into place.
 */
final class RenamingObjectStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(RenamingObjectStore.class);

  private final FileContext files;

  RenamingObjectStore(Path path, Configuration configuration) {
    try {
      this.files =
          path.toUri().getScheme() == null
              ? FileContext.getFileContext(configuration)
              : FileContext.getFileContext(path.toUri(), configuration);
    } catch (UnsupportedFileSystemException e) {
      throw new TributaryException(
          ErrorCode.STORE_NOT_CONDITIONAL,
          "The file system of '%s' offers no atomic rename (no fs.AbstractFileSystem.%s.impl), so it cannot decide between two writers. Use S3, HDFS or a local disk."
              .formatted(path, path.toUri().getScheme()),
          e);
    }
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    Backoff backoff = new Backoff();
    while (true) {
      try {
        moveIntoPlace(writeTemporary(path, content), path, Rename.NONE);
        return true;
      } catch (FileAlreadyExistsException e) {
        Optional<byte[]> present = read(path);
        if (present.isPresent()) {
          return Arrays.equals(present.get(), content);
        }
        pauseOrFail(backoff, path, e);
      } catch (IOException e) {
        pauseOrFail(backoff, path, e);
      }
    }
  }

  @Override
  public Optional<byte[]> read(Path path) {
    try (FSDataInputStream stream = files.open(path)) {
      return Optional.of(stream.readAllBytes());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StoreErrors.failed("read", path, e);
    }
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    try (FSDataInputStream stream = files.open(path)) {
      if (start >= files.getFileStatus(path).getLen()) {
        return Optional.of(new byte[0]);
      }
      stream.seek(start);
      return Optional.of(stream.readNBytes(length));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StoreErrors.failed("read", path, e);
    }
  }

  @Override
  public boolean exists(Path path) {
    try {
      return files.getFileStatus(path).isFile();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw StoreErrors.failed("look for", path, e);
    }
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    try {
      moveIntoPlace(writeTemporary(path, content), path, Rename.OVERWRITE);
    } catch (IOException e) {
      throw StoreErrors.failed("overwrite", path, e);
    }
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return list(directory, name -> name.compareTo(firstName) >= 0 && !isTemporary(name));
  }

  @Override
  public Iterator<ListedObject> unfinished(Path directory) {
    return list(directory, RenamingObjectStore::isTemporary);
  }

  private Iterator<ListedObject> list(Path directory, Predicate<String> filter) {
    try {
      List<ListedObject> listed = new ArrayList<>();
      RemoteIterator<FileStatus> statuses = files.listStatus(directory);
      while (statuses.hasNext()) {
        FileStatus status = statuses.next();
        String name = status.getPath().getName();
        if (status.isFile() && filter.test(name)) {
          listed.add(
              new ListedObject(
                  new Path(directory, name), status.getLen(), status.getModificationTime()));
        }
      }
      listed.sort(Comparator.comparing(object -> object.path().getName()));
      return listed.iterator();
    } catch (FileNotFoundException e) {
      return List.<ListedObject>of().iterator();
    } catch (IOException e) {
      throw StoreErrors.failed("list", directory, e);
    }
  }

  @Override
  public void delete(Path path) {
    try {
      files.delete(path, false);
    } catch (FileNotFoundException e) {
      // What is not there is deleted.
    } catch (IOException e) {
      throw StoreErrors.failed("delete", path, e);
    }
  }

  @Override
  public OutputStream create(Path path) {
    try {
      Path temporary = temporary(path);
      return new AppearingOnClose(openTemporary(temporary), temporary, path);
    } catch (IOException e) {
      throw StoreErrors.failed("create", path, e);
    }
  }

  private static void pauseOrFail(Backoff backoff, Path path, IOException e) {
    if (StoreErrors.isRefusal(e)) {
      throw StoreErrors.refused("create", path, e);
    }
    if (!backoff.pause()) {
      throw StoreErrors.ambiguous(path, backoff.attempts(), e);
    }
  }

  private static Path temporary(Path path) {
    return new Path(path.getParent(), ".%s.%s.tmp".formatted(path.getName(), UUID.randomUUID()));
  }

  private static boolean isTemporary(String name) {
    return name.startsWith(".") && name.endsWith(".tmp");
  }

  private FSDataOutputStream openTemporary(Path temporary) throws IOException {
    return files.create(temporary, EnumSet.of(CreateFlag.CREATE), CreateOpts.createParent());
  }

  private Path writeTemporary(Path path, byte[] content) throws IOException {
    Path temporary = temporary(path);
    try (FSDataOutputStream stream = openTemporary(temporary)) {
      stream.write(content);
      stream.hsync();
    }
    return temporary;
  }

  private void moveIntoPlace(Path temporary, Path path, Rename how) throws IOException {
    try {
      files.rename(temporary, path, how);
    } catch (IOException e) {
      try {
        delete(temporary);
      } catch (TributaryException left) {
        // Whether the rename has landed is still to be found out; a sweep removes what is left.
        LOG.warn("The temporary file {} could not be deleted", temporary, left);
      }
      throw e;
    }
  }

  private final class AppearingOnClose extends FilterOutputStream implements Abortable {
    private final FSDataOutputStream stream;
    private final Path temporary;
    private final Path path;
    private boolean closed;

    AppearingOnClose(FSDataOutputStream stream, Path temporary, Path path) {
      super(stream);
      this.stream = stream;
      this.temporary = temporary;
      this.path = path;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public AbortableResult abort() {
      boolean done = closed;
      closed = true;
      return done ? new Aborted(true, null) : Aborted.by(this::remove);
    }

    private void remove() throws IOException {
      try (stream) {
        files.delete(temporary, false);
      }
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try (stream) {
        stream.hsync();
      }
      moveIntoPlace(temporary, path, Rename.OVERWRITE);
    }
  }
}
