package dev.tributary.phase2.step;

import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.transforms.TransformContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a step is told. */
final class StepContext implements TransformContext {
  private static final long serialVersionUID = 1L;

  private final String dataset;
  private final LinkedHashMap<String, String> options;
  private final LinkedHashMap<String, String> columns = new LinkedHashMap<>();

  StepContext(DatasetSpec spec, Map<String, String> options) {
    this.dataset = spec.name();
    this.options = new LinkedHashMap<>(options);
    for (ColumnSpec column : spec.columns()) {
      columns.put(column.name(), column.type());
    }
  }

  @Override
  public String dataset() {
    return dataset;
  }

  @Override
  public Map<String, String> options() {
    return java.util.Collections.unmodifiableMap(options);
  }

  @Override
  public String secret(String name) {
    return SecretReference.ofProcess().resolve(required(name));
  }

  @Override
  public Map<String, String> columns() {
    return java.util.Collections.unmodifiableMap(columns);
  }

  @Override
  public List<String> coordinates() {
    return Coordinates.ALL;
  }

  @Override
  public String ingestTimeColumn() {
    return Coordinates.INGEST_TIME;
  }
}
