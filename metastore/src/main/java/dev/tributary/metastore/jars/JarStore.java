package dev.tributary.metastore.jars;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Keeps content by its SHA-256 in a folder. A file appears whole and never changes, so a copy of
 * the folder is a backup whenever it is made. Thread-safe.
 */
public final class JarStore {
  private static final int BUFFER = 64 * 1024;

  private final Path folder;
  private final long mostBytes;

  /**
   * A store that makes its folder when it is needed.
   *
   * @param mostBytes the longest content that it takes
   */
  public JarStore(Path folder, long mostBytes) {
    this.folder = folder;
    this.mostBytes = mostBytes;
  }

  /** The longest content that it takes. */
  public long mostBytes() {
    return mostBytes;
  }

  /** Content that was received and is not kept yet; closing it forgets it. */
  public record Received(Path file, String sha256) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      Files.deleteIfExists(file);
    }
  }

  /** Takes content in; empty: it is longer than the store takes. */
  public Optional<Received> receive(InputStream content) throws IOException {
    Files.createDirectories(folder);
    Path file = Files.createTempFile(folder, "received-", ".tmp");
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      long length = 0;
      try (OutputStream out = Files.newOutputStream(file)) {
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
          length += read;
          if (length > mostBytes) {
            Files.delete(file);
            return Optional.empty();
          }
          digest.update(buffer, 0, read);
          out.write(buffer, 0, read);
        }
      }
      return Optional.of(new Received(file, HexFormat.of().formatHex(digest.digest())));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Keeps what was received, on disk when this returns. */
  public void keep(Received received) throws IOException {
    try (FileChannel channel = FileChannel.open(received.file(), StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        received.file(),
        file(received.sha256()),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  /** The file of a content; empty: it is not here. */
  public Optional<Path> find(String sha256) {
    if (!sha256.matches("[0-9a-f]{64}")) {
      return Optional.empty();
    }
    return Optional.of(file(sha256)).filter(Files::isRegularFile);
  }

  private Path file(String sha256) {
    return folder.resolve(sha256 + ".jar");
  }

  /** What a failure of the disk is to a caller. */
  public static TributaryException unavailable(IOException cause) {
    return TributaryException.of(
        ErrorCode.STORE_UNAVAILABLE,
        "The folder of uploaded JARs cannot be used now.",
        "Try again; if it stays so, see the metastore's log.",
        cause);
  }
}
