package dev.tributary.storage;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.Path;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A listing that asks for a page when the one before is used up, beginning at a name. */
final class S3Listing implements Iterator<ListedObject> {
  static final int PAGE_SIZE = 1000;

  /** What to ask the server for. */
  record Page(String prefix, Optional<String> startAfter, Optional<String> continuation) {}

  private final Path directory;
  private final String prefix;
  private final String firstName;
  private final BiFunction<Path, Page, ListObjectsV2Response> fetch;
  private Iterator<ListedObject> page;
  private Optional<String> continuation = Optional.empty();
  private boolean complete;

  S3Listing(
      Path directory,
      String prefix,
      String firstName,
      BiFunction<Path, Page, ListObjectsV2Response> fetch) {
    this.directory = directory;
    this.prefix = prefix;
    this.firstName = firstName;
    this.fetch = fetch;
    this.page = List.<ListedObject>of().iterator();
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && !complete) {
      Optional<String> startAfter =
          continuation.isPresent() ? Optional.empty() : before(firstName).map(prefix::concat);
      ListObjectsV2Response response =
          fetch.apply(directory, new Page(prefix, startAfter, continuation));
      page = response.contents().stream().filter(this::wanted).map(this::listed).iterator();
      continuation = Optional.ofNullable(response.nextContinuationToken());
      complete = !Boolean.TRUE.equals(response.isTruncated()) || continuation.isEmpty();
    }
    return page.hasNext();
  }

  @Override
  public ListedObject next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return page.next();
  }

  /**
   * A name shortly before {@code name}: S3 begins behind the key that it is given. What lies
   * between the two is filtered out.
   */
  private static Optional<String> before(String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    int end = name.length() - 1;
    char last = name.charAt(end);
    String head = name.substring(0, end);
    if (last > '!' && last < 0x7f) {
      return Optional.of(head + (char) (last - 1) + "~");
    }
    return head.isEmpty() ? Optional.empty() : Optional.of(head);
  }

  private ListedObject listed(S3Object object) {
    return new ListedObject(
        new Path(directory, object.key().substring(prefix.length())),
        object.size(),
        object.lastModified().toEpochMilli());
  }

  /** Not the directory's own marker, nor a name before the first. */
  private boolean wanted(S3Object object) {
    String name = object.key().substring(prefix.length());
    return !name.isEmpty() && name.compareTo(firstName) >= 0;
  }
}
