package dev.tributary.transforms.testing;

import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What a transform is told in a trial; it answers for declared options only. */
final class TrialContext implements TransformContext {
  private static final long serialVersionUID = 1L;

  static final String INGEST_TIME = "_ingest_time";

  /** As the platform names them. */
  static final List<String> COORDINATES =
      List.of(
          "_topic",
          "_incarnation",
          "_partition",
          "_offset",
          "_timestamp",
          INGEST_TIME,
          "_sequence");

  private final LinkedHashMap<String, String> options = new LinkedHashMap<>();
  private final LinkedHashMap<String, String> columns = new LinkedHashMap<>();
  private final ArrayList<String> declared = new ArrayList<>();
  private final ArrayList<String> declaredSecret = new ArrayList<>();
  private final HashMap<String, String> secrets;

  TrialContext(Transform transform, TransformTrial trial) {
    for (TransformOption option : transform.options()) {
      declared.add(option.name());
      if (option.secret()) {
        declaredSecret.add(option.name());
      }
      String value = trial.options().get(option.name());
      Optional.ofNullable(value)
          .or(option::defaultValue)
          .ifPresent(text -> options.put(option.name(), text));
    }
    for (StructField field : StructType.fromDDL(trial.columns()).fields()) {
      columns.put(field.name(), field.dataType().sql());
    }
    secrets = new HashMap<>(trial.secrets());
  }

  @Override
  public String dataset() {
    return "trial";
  }

  @Override
  public Map<String, String> options() {
    return Collections.unmodifiableMap(options);
  }

  @Override
  public Optional<String> option(String name) {
    if (!declared.contains(name)) {
      throw new IllegalArgumentException(
          "The transform asks for the option '%s', which it does not declare; it declares %s."
              .formatted(name, declared));
    }
    return Optional.ofNullable(options.get(name));
  }

  @Override
  public String secret(String name) {
    if (!declaredSecret.contains(name)) {
      throw new IllegalArgumentException(
          "The transform asks for the secret '%s', which it does not declare as a secret; it declares %s."
              .formatted(name, declaredSecret));
    }
    String value = secrets.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "The trial has no secret '%s'. Give it one by secret(option, value).".formatted(name));
    }
    return value;
  }

  @Override
  public Map<String, String> columns() {
    return Collections.unmodifiableMap(columns);
  }

  @Override
  public List<String> coordinates() {
    return COORDINATES;
  }

  @Override
  public String ingestTimeColumn() {
    return INGEST_TIME;
  }
}
