package dev.tributary.archive.decode;

import dev.tributary.archive.decode.JsonCursor.Failure;
import java.util.Arrays;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Collects what no column reads of an object, as a JSON object of the same shape: names and values
 * stand in it byte by byte as in the document, in its order, and names that stand there twice do so
 * too. Of an array whose elements are read in part, an element without unknown fields is null, and
 * those after the last that has some are left out. Not thread-safe.
 */
final class UnknownFieldScan {
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private final KnownFields known;
  private byte[] text = new byte[256];
  private int length;

  UnknownFieldScan(KnownFields known) {
    this.known = known;
  }

  /** Collects the unknown fields of the object at the cursor; whether there are any. */
  boolean any(JsonCursor cursor) {
    length = 0;
    return object(cursor, known);
  }

  /** What was collected; the caller's own. */
  UTF8String collected() {
    return UTF8String.fromBytes(Arrays.copyOf(text, length));
  }

  /** The first unknown field of the object at the cursor; {@link Failure#NONE}: it has none. */
  Failure first(JsonCursor cursor) {
    return firstMember(cursor, known);
  }

  private static Failure first(JsonCursor cursor, KnownFields read) {
    int start = cursor.at();
    if (read == KnownFields.NONE) {
      cursor.skipValue();
      return new Failure(DecodeError.UNKNOWN_FIELD, "", "", start, cursor.at());
    }
    if (cursor.peek() == '{' && read.ofObject()) {
      return firstMember(cursor, read);
    }
    if (cursor.peek() == '[' && read.elements() != KnownFields.NONE) {
      return firstElement(cursor, read.elements());
    }
    cursor.skipValue();
    return Failure.NONE;
  }

  private static Failure firstMember(JsonCursor cursor, KnownFields read) {
    if (cursor.enterEmpty()) {
      return Failure.NONE;
    }
    do {
      cursor.readName();
      int name = cursor.textStart();
      int end = cursor.textEnd();
      Failure failure = first(cursor, read.member(cursor));
      if (failure != Failure.NONE) {
        return failure.below(JsonText.excerpt(cursor.bytes(), name, end));
      }
    } while (cursor.hasMore());
    return Failure.NONE;
  }

  private static Failure firstElement(JsonCursor cursor, KnownFields element) {
    if (cursor.enterEmpty()) {
      return Failure.NONE;
    }
    int number = 0;
    do {
      Failure failure = first(cursor, element);
      if (failure != Failure.NONE) {
        return failure.below("[" + number + "]");
      }
      number++;
    } while (cursor.hasMore());
    return Failure.NONE;
  }

  private boolean object(JsonCursor cursor, KnownFields read) {
    int start = length;
    if (cursor.enterEmpty()) {
      return false;
    }
    put('{');
    int first = length;
    do {
      int name = cursor.at();
      cursor.readName();
      KnownFields member = read.member(cursor);
      if (member == KnownFields.WHOLE) {
        cursor.skipValue();
        continue;
      }
      int before = length;
      if (before > first) {
        put(',');
      }
      put(cursor.bytes(), name, cursor.textEnd() + 1);
      put(':');
      if (!value(cursor, member)) {
        length = before;
      }
    } while (cursor.hasMore());
    return closed('}', start, first);
  }

  private boolean array(JsonCursor cursor, KnownFields element) {
    int start = length;
    if (cursor.enterEmpty()) {
      return false;
    }
    put('[');
    int first = length;
    int last = first;
    do {
      if (length > first) {
        put(',');
      }
      if (value(cursor, element)) {
        last = length;
      } else {
        put(NULL, 0, NULL.length);
      }
    } while (cursor.hasMore());
    length = last;
    return closed(']', start, first);
  }

  private boolean closed(char bracket, int start, int first) {
    if (length == first) {
      length = start;
      return false;
    }
    put(bracket);
    return true;
  }

  private boolean value(JsonCursor cursor, KnownFields read) {
    if (read == KnownFields.NONE) {
      int start = cursor.at();
      cursor.skipValue();
      put(cursor.bytes(), start, cursor.at());
      return true;
    }
    if (cursor.peek() == '{' && read.ofObject()) {
      return object(cursor, read);
    }
    if (cursor.peek() == '[' && read.elements() != KnownFields.NONE) {
      return array(cursor, read.elements());
    }
    // Null, or a field that stands there once more as what its column takes.
    cursor.skipValue();
    return false;
  }

  private void put(char sign) {
    reserve(1);
    text[length++] = (byte) sign;
  }

  private void put(byte[] bytes, int start, int end) {
    reserve(end - start);
    System.arraycopy(bytes, start, text, length, end - start);
    length += end - start;
  }

  private void reserve(int more) {
    if (text.length - length < more) {
      text = Arrays.copyOf(text, Math.max(text.length * 2, length + more));
    }
  }
}
