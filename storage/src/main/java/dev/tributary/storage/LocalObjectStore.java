package dev.tributary.storage;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.Path;

/**
 * The local disk. A file is written beside its place under a hidden name, forced to disk, and then
 * linked (which fails if the name is taken) or moved into place.
 */
final class LocalObjectStore implements ObjectStore {
  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    try {
      java.nio.file.Path target = local(path);
      java.nio.file.Path temporary = writeTemporary(target, content);
      try {
        Files.createLink(target, temporary);
      } catch (FileAlreadyExistsException e) {
        return false;
      } finally {
        Files.deleteIfExists(temporary);
      }
      forceDirectory(target);
      return true;
    } catch (IOException e) {
      throw StoreErrors.failed("create", path, e);
    }
  }

  @Override
  public Optional<byte[]> read(Path path) {
    try {
      return Optional.of(Files.readAllBytes(local(path)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StoreErrors.failed("read", path, e);
    }
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    try (FileChannel channel = FileChannel.open(local(path), StandardOpenOption.READ)) {
      int available = (int) Math.max(0, Math.min(length, channel.size() - start));
      ByteBuffer buffer = ByteBuffer.allocate(available);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, start + buffer.position()) < 0) {
          throw new IOException("the file became shorter while it was read");
        }
      }
      return Optional.of(buffer.array());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StoreErrors.failed("read", path, e);
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.isRegularFile(local(path));
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    try {
      java.nio.file.Path target = local(path);
      replace(writeTemporary(target, content), target);
    } catch (IOException e) {
      throw StoreErrors.failed("overwrite", path, e);
    }
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return list(directory, file -> name(file).compareTo(firstName) >= 0 && !isTemporary(file));
  }

  @Override
  public Iterator<ListedObject> unfinished(Path directory) {
    return list(directory, LocalObjectStore::isTemporary);
  }

  private static Iterator<ListedObject> list(Path directory, Predicate<java.nio.file.Path> filter) {
    try (Stream<java.nio.file.Path> files = Files.list(local(directory))) {
      List<java.nio.file.Path> wanted =
          files
              .filter(filter)
              .filter(Files::isRegularFile)
              .sorted(Comparator.comparing(LocalObjectStore::name))
              .toList();
      List<ListedObject> listed = new ArrayList<>(wanted.size());
      for (java.nio.file.Path file : wanted) {
        try {
          listed.add(
              new ListedObject(
                  new Path(directory, name(file)),
                  Files.size(file),
                  Files.getLastModifiedTime(file).toMillis()));
        } catch (NoSuchFileException e) {
          // Deleted since the directory was read: a listing may or may not show it.
        }
      }
      return listed.iterator();
    } catch (NoSuchFileException e) {
      return List.<ListedObject>of().iterator();
    } catch (IOException e) {
      throw StoreErrors.failed("list", directory, e);
    }
  }

  @Override
  public void delete(Path path) {
    try {
      Files.deleteIfExists(local(path));
    } catch (IOException e) {
      throw StoreErrors.failed("delete", path, e);
    }
  }

  @Override
  public OutputStream create(Path path) {
    try {
      java.nio.file.Path target = local(path);
      java.nio.file.Path temporary = temporary(target);
      FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return new AppearingOnClose(channel, temporary, target);
    } catch (IOException e) {
      throw StoreErrors.failed("create", path, e);
    }
  }

  private static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }

  private static String name(java.nio.file.Path file) {
    return file.getFileName().toString();
  }

  private static boolean isTemporary(java.nio.file.Path file) {
    String name = name(file);
    return name.startsWith(".") && name.endsWith(".tmp");
  }

  private static java.nio.file.Path temporary(java.nio.file.Path target) throws IOException {
    Files.createDirectories(target.getParent());
    return target.resolveSibling(".%s.%s.tmp".formatted(target.getFileName(), UUID.randomUUID()));
  }

  private static java.nio.file.Path writeTemporary(java.nio.file.Path target, byte[] content)
      throws IOException {
    java.nio.file.Path temporary = temporary(target);
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    return temporary;
  }

  private static void replace(java.nio.file.Path temporary, java.nio.file.Path target)
      throws IOException {
    try {
      // Hadoop's checksum of what stood here before would make its own readers refuse the new file.
      Files.deleteIfExists(target.resolveSibling(".%s.crc".formatted(target.getFileName())));
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    forceDirectory(target);
  }

  /** A name is durable once its directory is. */
  private static void forceDirectory(java.nio.file.Path file) throws IOException {
    try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static final class AppearingOnClose extends FilterOutputStream implements Abortable {
    private final FileChannel channel;
    private final java.nio.file.Path temporary;
    private final java.nio.file.Path target;
    private boolean closed;

    AppearingOnClose(FileChannel channel, java.nio.file.Path temporary, java.nio.file.Path target) {
      super(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
      this.channel = channel;
      this.temporary = temporary;
      this.target = target;
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
      try (channel) {
        Files.deleteIfExists(temporary);
      }
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try (channel) {
        out.flush();
        channel.force(true);
      } catch (IOException e) {
        Files.deleteIfExists(temporary);
        throw e;
      }
      replace(temporary, target);
    }
  }
}
