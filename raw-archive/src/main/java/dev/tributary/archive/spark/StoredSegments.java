package dev.tributary.archive.spark;

import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.ObjectStores;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The stored bytes of a task's segments, in order. Segments that are neighbours in a file come with
 * one request, and the next request is under way while the bytes of the one before are decoded.
 */
final class StoredSegments implements Iterator<StoredSegments.Stored>, AutoCloseable {
  /** A segment with its bytes. */
  record Stored(FileSlice slice, Segment segment, byte[] bytes) {}

  private record Wanted(FileSlice slice, Segment segment) {
    boolean follows(Wanted before) {
      return segment.start() == before.segment.start() + before.segment.length()
          && slice.file().path().equals(before.slice.file().path())
          && slice.folder().equals(before.slice.folder());
    }
  }

  private record Request(List<Wanted> segments) {
    FileSlice slice() {
      return segments.get(0).slice();
    }

    long start() {
      return segments.get(0).segment().start();
    }

    int length() {
      Segment last = segments.get(segments.size() - 1).segment();
      return Math.toIntExact(last.start() + last.length() - start());
    }
  }

  /** One request brings at most so many bytes, unless a single segment has more. */
  private static final long MAX_REQUEST = 8 << 20;

  private final Configuration configuration;
  private final Iterator<Request> requests;
  private final Deque<Stored> ready = new ArrayDeque<>();
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "raw-archive-reader");
            thread.setDaemon(true);
            return thread;
          });
  private final Deque<Future<List<Stored>>> underWay = new ArrayDeque<>();

  StoredSegments(List<FileSlice> slices, Configuration configuration) {
    this.configuration = configuration;
    this.requests = requests(slices).iterator();
    request();
  }

  /** Neighbours in a file may be of several entries where it is a compacted one. */
  private static List<Request> requests(List<FileSlice> slices) {
    List<Request> requests = new ArrayList<>();
    List<Wanted> together = new ArrayList<>();
    long bytes = 0;
    for (FileSlice slice : slices) {
      for (Segment segment : slice.file().segments()) {
        Wanted wanted = new Wanted(slice, segment);
        if (!together.isEmpty()
            && (!wanted.follows(together.get(together.size() - 1))
                || bytes + segment.length() > MAX_REQUEST)) {
          requests.add(new Request(List.copyOf(together)));
          together.clear();
          bytes = 0;
        }
        together.add(wanted);
        bytes += segment.length();
      }
    }
    if (!together.isEmpty()) {
      requests.add(new Request(List.copyOf(together)));
    }
    return requests;
  }

  @Override
  public boolean hasNext() {
    return !ready.isEmpty() || !underWay.isEmpty();
  }

  @Override
  public Stored next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (ready.isEmpty()) {
      Future<List<Stored>> answer = underWay.remove();
      List<Stored> segments = await(answer);
      request();
      ready.addAll(segments);
    }
    return ready.remove();
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }

  private void request() {
    if (requests.hasNext()) {
      Request request = requests.next();
      underWay.add(reader.submit(() -> read(request)));
    }
  }

  private List<Stored> read(Request request) {
    Path file = new Path(request.slice().folder(), request.slice().file().path());
    byte[] bytes =
        ObjectStores.forPath(file, configuration)
            .readRange(file, request.start(), request.length())
            .orElseThrow(
                () ->
                    new TributaryException(
                        ErrorCode.ARCHIVE_CHECKSUM,
                        "The file %s, which manifest entry %d names, is gone. Restore it from a backup or an object version."
                            .formatted(file, request.slice().sequence())));
    List<Stored> segments = new ArrayList<>();
    for (Wanted wanted : request.segments()) {
      Segment segment = wanted.segment();
      int from = (int) (segment.start() - request.start());
      int to = from + (int) segment.length();
      // A file that is too short gives too few bytes, which the segment's reader refuses.
      byte[] own =
          from == 0 && to == bytes.length
              ? bytes
              : Arrays.copyOfRange(bytes, Math.min(from, bytes.length), Math.min(to, bytes.length));
      segments.add(new Stored(wanted.slice(), segment, own));
    }
    return segments;
  }

  private static List<Stored> await(Future<List<Stored>> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while reading the archive.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
