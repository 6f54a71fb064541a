package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.ChangeEventUnwrapper;
import dev.tributary.archive.decode.DriftScan;
import dev.tributary.archive.decode.DriftScan.Misfit;
import dev.tributary.archive.decode.UnwrappedEvent;
import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.phase2.step.Step;
import dev.tributary.phase2.step.Steps;
import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RecordCoordinates;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Looks how a dataset's records differ from what its columns and its steps on rows read, after its
 * steps on bytes and with change events unwrapped. Not thread-safe.
 */
public final class RecordDrift {
  private static final byte[] NO_KEY = {};

  private final List<PayloadFunction> functions;
  private final Optional<ChangeEventUnwrapper> unwrapper;
  private final Predicate<byte[]> admitted;
  private final DriftScan scan;

  private RecordDrift(
      List<PayloadFunction> functions,
      Optional<ChangeEventUnwrapper> unwrapper,
      Predicate<byte[]> admitted,
      DriftScan scan) {
    this.functions = functions;
    this.unwrapper = unwrapper;
    this.admitted = admitted;
    this.scan = scan;
  }

  /** Of a dataset's records, through its steps. */
  public static RecordDrift of(DatasetSpec spec, Steps steps) {
    return of(InputColumns.of(spec, steps.rows()), spec.format(), steps.payload(), payload -> true);
  }

  /**
   * Of records through steps on bytes.
   *
   * @param admitted whether the value of a record that is no delete goes on to become a row
   */
  static RecordDrift of(
      InputColumns input,
      PayloadFormat format,
      List<Step<PayloadTransform>> steps,
      Predicate<byte[]> admitted) {
    return new RecordDrift(
        steps.stream().map(RecordDrift::open).toList(),
        format == PayloadFormat.DEBEZIUM
            ? Optional.of(new ChangeEventUnwrapper(input.columns(), UnknownFields.RESCUE))
            : Optional.empty(),
        admitted,
        DriftScan.of(input.columns()));
  }

  private static PayloadFunction open(Step<PayloadTransform> step) {
    return step.transform().open(step.context());
  }

  /** What a record came to. */
  public enum Seen {
    /** It is a row, and what drifted of it was told. */
    ROW,
    /** A step on bytes left it out. */
    LEFT_OUT,
    /** A step failed, or what is left is no object, no change event or not admitted. */
    UNUSABLE
  }

  /** Is told what drifted of records. */
  public interface Visitor {
    /** A value does not fit its column; comes before the unknown fields of its record. */
    void misfit(Misfit misfit);

    /** No column reads a field. */
    void unknown(FieldPath field, ValueTypes types);
  }

  /**
   * Tells what drifted of a record with a value.
   *
   * @param key no bytes if it has none
   */
  public Seen see(byte[] value, byte[] key, RecordCoordinates coordinates, Visitor visitor) {
    byte[] payload = value;
    for (PayloadFunction function : functions) {
      Optional<byte[]> after;
      try {
        after = function.apply(payload, coordinates);
      } catch (Exception e) {
        // What becomes of the record is the plan's to say.
        return Seen.UNUSABLE;
      }
      if (after.isEmpty()) {
        return Seen.LEFT_OUT;
      }
      payload = after.get();
    }
    boolean deletes = false;
    if (unwrapper.isPresent()) {
      UnwrappedEvent event = unwrapper.get().unwrap(payload, key == null ? NO_KEY : key);
      if (!(event instanceof UnwrappedEvent.Changed changed)) {
        return Seen.UNUSABLE;
      }
      payload = changed.json();
      deletes = changed.deletes();
    }
    return deletes || admitted.test(payload) ? row(payload, visitor) : Seen.UNUSABLE;
  }

  private Seen row(byte[] payload, Visitor visitor) {
    Optional<Misfit> misfit = scan.misfit(payload, 0, payload.length);
    if (misfit.filter(wrong -> wrong.column().isEmpty()).isPresent()) {
      return Seen.UNUSABLE;
    }
    misfit.ifPresent(visitor::misfit);
    BiConsumer<FieldPath, ValueTypes> unknown = visitor::unknown;
    scan.unknown(payload, 0, payload.length, unknown);
    return Seen.ROW;
  }
}
