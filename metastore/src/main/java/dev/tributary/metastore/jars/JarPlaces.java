package dev.tributary.metastore.jars;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.metastore.change.TransformJar.Described;
import dev.tributary.metastore.jars.JarStore.Received;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Reads JARs where they lie: in the folders that the operator names, and nowhere else, since who
 * may register JARs may not therefore have the service reach what he cannot. Nothing of a JAR is
 * kept or run. Thread-safe.
 */
public final class JarPlaces implements AutoCloseable {
  /** Each holds a thread of the service, and a file as long as a JAR may be. */
  private static final int AT_ONCE = 4;

  private final Semaphore turns = new Semaphore(AT_ONCE);
  private final List<JarFolder> folders;
  private final JarStore store;
  private final S3Place s3;
  private Optional<S3Jars> s3Jars = Optional.empty();

  /**
   * Reads from the given folders.
   *
   * @param store whose folder holds a JAR while it is looked at, and which says how long it may be
   */
  public JarPlaces(List<JarFolder> folders, JarStore store, S3Place s3) {
    this.folders = List.copyOf(folders);
    this.store = store;
    this.s3 = s3;
  }

  /**
   * What the JAR that lies at a URI says of its transforms.
   *
   * @param sha256 of the content that has to lie there
   * @throws TributaryException RATE_LIMITED where many are read already; TRANSFORM_INVALID where
   *     the service may not or cannot read it, where another content lies there, or where it does
   *     not describe itself; STORE_UNAVAILABLE where it cannot be read now
   */
  public List<Described> read(String uri, String sha256) {
    if (!turns.tryAcquire()) {
      throw TributaryException.of(
          ErrorCode.RATE_LIMITED,
          "The service reads %d JARs from elsewhere already.".formatted(AT_ONCE),
          "Try again in a moment.");
    }
    try {
      return described(uri, sha256);
    } finally {
      turns.release();
    }
  }

  private List<Described> described(String uri, String sha256) {
    String canonical = JarFolder.canonical(uri);
    try (RemoteContent content = new RemoteContent(uri, reader(uri, canonical).open(canonical));
        Received received = store.receive(content).orElseThrow(() -> tooLong(uri))) {
      if (!received.sha256().equals(sha256)) {
        throw Unreadable.invalid(
            "The JAR at '%s' has the SHA-256 %s, and not %s."
                .formatted(uri, received.sha256(), sha256),
            "Put the JAR that you mean there, or register the one that lies there as what it is.");
      }
      return JarDescription.of(received.file());
    } catch (IOException e) {
      throw JarStore.unavailable(e);
    }
  }

  private TributaryException tooLong(String uri) {
    return Unreadable.invalid(
        "The JAR at '%s' is longer than %,d bytes.".formatted(uri, store.mostBytes()),
        "Register a shorter one, or start the service with a greater transforms.max-jar-bytes.");
  }

  private JarReader reader(String uri, String canonical) {
    if (!JarFolder.readable(canonical)) {
      throw Unreadable.because(
          uri,
          "it knows no '%s'".formatted(JarFolder.scheme(uri)),
          "Put it where it can (s3a:, https:, http:, file:)");
    }
    JarFolder folder =
        folders.stream()
            .filter(one -> one.holds(canonical))
            .findFirst()
            .orElseThrow(
                () ->
                    Unreadable.because(
                        uri,
                        "it is in none of the folders that it may read %s"
                            .formatted(folders.stream().map(JarFolder::uri).toList()),
                        "Start the service with the folder as transforms.read-from"));
    return switch (JarFolder.scheme(canonical)) {
      case "s3" -> s3();
      case "file" -> new FileJars(folder);
      default -> new HttpJars();
    };
  }

  private synchronized JarReader s3() {
    if (s3Jars.isEmpty()) {
      s3Jars = Optional.of(new S3Jars(s3));
    }
    return s3Jars.get();
  }

  @Override
  public synchronized void close() {
    s3Jars.ifPresent(S3Jars::close);
  }
}
