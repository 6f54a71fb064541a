package dev.tributary.archive.decode;

import dev.tributary.archive.decode.JsonCursor.Failure;
import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.infer.ValueTypes.Kind;
import dev.tributary.core.spec.ColumnSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Looks how records differ from the declared columns: what does not fit them, and which fields none
 * of them reads. It tells names and kinds, and no value. A column that demands a value is taken for
 * one that does not, since what is missing shows nothing new; a field of a struct that does so is
 * not. Not thread-safe.
 */
public final class DriftScan {
  private final ColumnDecoder decoder;
  private final KnownFields known;
  private final Object[] into;
  private final JsonCursor cursor = new JsonCursor();
  private final JsonNumber number = new JsonNumber();

  private DriftScan(ColumnDecoder decoder, KnownFields known, int columns) {
    this.decoder = decoder;
    this.known = known;
    this.into = new Object[columns];
  }

  /**
   * A value that the columns do not take.
   *
   * @param error what is wrong with it
   * @param column the first column that does not take its field; empty where the whole value is
   *     wrong
   * @param nested whether what does not fit stands inside of the column's value
   * @param types of what does not fit
   */
  public record Misfit(DecodeError error, String column, boolean nested, ValueTypes types) {}

  /** A scan that holds records against these columns. */
  public static DriftScan of(List<ColumnSpec> columns) {
    List<ColumnSpec> nullable =
        columns.stream().map(column -> column.withNullable(Boolean.TRUE)).toList();
    return new DriftScan(
        ColumnDecoder.of(nullable), ColumnDecoder.known(nullable), nullable.size());
  }

  /** What of a record's value does not fit; empty: it is an object that fits the columns. */
  public Optional<Misfit> misfit(byte[] value, int start, int length) {
    if (decoder.decode(value, start, length, into, 0)) {
      return Optional.empty();
    }
    Failure failure = decoder.failure();
    if (decoder.error() == DecodeError.NOT_JSON || decoder.error() == DecodeError.NOT_OBJECT) {
      return Optional.of(new Misfit(decoder.error(), "", false, ValueTypes.NONE));
    }
    cursor.reset(value, failure.start(), failure.end() - failure.start());
    String column = decoder.column();
    return Optional.of(
        new Misfit(decoder.error(), column, !failure.path().equals(column), types()));
  }

  /** Tells each field of a value, which is an object, that no column reads, and what it holds. */
  public void unknown(
      byte[] value, int start, int length, BiConsumer<FieldPath, ValueTypes> visitor) {
    cursor.reset(value, start, length);
    members(known, FieldPath.ROOT, visitor);
  }

  private void members(KnownFields read, FieldPath at, BiConsumer<FieldPath, ValueTypes> visitor) {
    if (cursor.enterEmpty()) {
      return;
    }
    do {
      cursor.readName();
      KnownFields member = read.member(cursor);
      if (member == KnownFields.WHOLE) {
        cursor.skipValue();
        continue;
      }
      FieldPath field = read.isKey(cursor) ? at.anyKey() : at.member(name());
      value(member, field, visitor);
    } while (cursor.hasMore());
  }

  private void elements(
      KnownFields element, FieldPath at, BiConsumer<FieldPath, ValueTypes> visitor) {
    if (cursor.enterEmpty()) {
      return;
    }
    do {
      value(element, at, visitor);
    } while (cursor.hasMore());
  }

  private void value(KnownFields read, FieldPath at, BiConsumer<FieldPath, ValueTypes> visitor) {
    if (read == KnownFields.NONE) {
      visitor.accept(at, types());
      return;
    }
    if (cursor.peek() == '{' && read.ofObject()) {
      members(read, at, visitor);
      return;
    }
    if (cursor.peek() == '[' && read.elements() != KnownFields.NONE) {
      elements(read.elements(), at.element(), visitor);
      return;
    }
    cursor.skipValue();
  }

  /** Of a name that is no Unicode text its bytes as they stand, which are no column's name. */
  private String name() {
    return JsonText.read(cursor) instanceof UTF8String text
        ? text.toString()
        : JsonText.excerpt(cursor.bytes(), cursor.textStart(), cursor.textEnd());
  }

  /** Of the value at the cursor, which moves over it. */
  private ValueTypes types() {
    int start = cursor.at();
    byte first = cursor.peek();
    cursor.skipValue();
    return switch (first) {
      case '{' -> ValueTypes.of(Kind.OBJECT);
      case '[' -> ValueTypes.of(Kind.ARRAY);
      case '"' -> ValueTypes.of(Kind.STRING);
      case 't', 'f' -> ValueTypes.of(Kind.BOOLEAN);
      case 'n' -> ValueTypes.of(Kind.NULL);
      default -> number(start);
    };
  }

  private ValueTypes number(int start) {
    number.read(cursor.bytes(), start, cursor.at());
    return number.decimal().map(ValueTypes::number).orElseGet(ValueTypes::endlessNumber);
  }
}
