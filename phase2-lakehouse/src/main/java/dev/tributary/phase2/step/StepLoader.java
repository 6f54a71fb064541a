package dev.tributary.phase2.step;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.StepPolicy;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds a dataset's transforms and checks what it asks of them. */
final class StepLoader {
  private final ClassLoader classes;

  StepLoader(ClassLoader classes) {
    this.classes = classes;
  }

  Steps load(DatasetSpec spec) {
    List<Step<PayloadTransform>> payload = new ArrayList<>();
    List<Step<RowTransform>> rows = new ArrayList<>();
    int place = 0;
    for (TransformSpec wanted : spec.transforms()) {
      place++;
      Transform transform = find(wanted.type());
      StepContext context = checked(spec, wanted, transform);
      String label = "%d-%s".formatted(place, transform.name());
      StepPolicy policy = wanted.policy().orElse(StepPolicy.QUARANTINE);
      if (transform instanceof PayloadTransform step) {
        if (!rows.isEmpty()) {
          throw invalid(
              wanted.type(),
              "works on bytes and stands after a step on rows. Move it before all steps on rows.");
        }
        payload.add(new Step<>(label, step, context, policy));
      }
      if (transform instanceof RowTransform step) {
        rows.add(new Step<>(label, step, context, policy));
      }
    }
    return new Steps(payload, rows);
  }

  private static StepContext checked(DatasetSpec spec, TransformSpec wanted, Transform transform) {
    try {
      requireKind(wanted, transform);
      StepContext context = new StepContext(spec, options(wanted, transform));
      check(wanted.type(), transform, context);
      return context;
    } catch (LinkageError e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transform '%s' needs a class that its JAR does not bring: %s. Add it to the JAR, or build that against this release."
              .formatted(wanted.type(), e),
          e);
    }
  }

  /** The kind decides about columns of the table, which are known without the JAR. */
  private static void requireKind(TransformSpec wanted, Transform transform) {
    String kind = transform.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    boolean demanded = transform.kind() == StepKind.EXPLODE || transform.kind() == StepKind.COMBINE;
    if (demanded && transform instanceof PayloadTransform) {
      throw invalid(
          wanted.type(),
          "works on bytes and is of the kind %s, which only a step on rows can be."
              .formatted(kind));
    }
    Optional<String> said = wanted.kind().map(TransformKind::text);
    if (said.isPresent() && !said.get().equals(kind)) {
      throw invalid(
          wanted.type(),
          "is of the kind %s, and the dataset calls it %s. Correct its kind there."
              .formatted(kind, said.get()));
    }
    if (said.isEmpty() && demanded) {
      throw invalid(
          wanted.type(),
          "is of the kind %s, which the dataset does not say. Give the step kind: %s."
              .formatted(kind, kind));
    }
  }

  private static void check(String type, Transform transform, StepContext context) {
    try {
      transform.check(context);
    } catch (RuntimeException e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transform '%s' refuses its options: %s".formatted(type, e.getMessage()),
          e);
    }
  }

  private Transform find(String type) {
    List<String> known = new ArrayList<>();
    try {
      for (Transform transform : ServiceLoader.load(Transform.class, classes)) {
        if (type.equals(transform.name()) || type.equals(transform.getClass().getName())) {
          return transform;
        }
        known.add(transform.name());
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transforms' service file names a class that cannot be loaded: %s. Mend the JAR."
              .formatted(e instanceof LinkageError ? e.toString() : e.getMessage()),
          e);
    }
    throw invalid(
        type,
        "is in none of the dataset's JARs; they hold %s. Use one of these names or add the JAR."
            .formatted(known));
  }

  private static Map<String, String> options(TransformSpec wanted, Transform transform) {
    Map<String, TransformOption> declared = new LinkedHashMap<>();
    transform.options().forEach(option -> declared.put(option.name(), option));
    for (String given : wanted.options().keySet()) {
      if (!declared.containsKey(given)) {
        throw invalid(
            wanted.type(),
            "has no option '%s'; it knows %s. Correct the name."
                .formatted(given, declared.keySet()));
      }
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (TransformOption option : declared.values()) {
      String value = wanted.options().get(option.name());
      if (value == null && option.required()) {
        throw invalid(
            wanted.type(),
            "needs the option '%s': %s".formatted(option.name(), option.documentation()));
      }
      if (value != null && option.secret() && !SecretReference.isReference(value)) {
        throw invalid(
            wanted.type(),
            "has a literal secret as option '%s'. Use a reference: env:NAME or file:/path."
                .formatted(option.name()));
      }
      if (value == null) {
        option.defaultValue().ifPresent(byDefault -> options.put(option.name(), byDefault));
        continue;
      }
      option
          .problem(value)
          .ifPresent(
              problem -> {
                throw invalid(wanted.type(), "refuses its options: " + problem);
              });
      options.put(option.name(), value);
    }
    return options;
  }

  private static TributaryException invalid(String type, String problem) {
    return new TributaryException(
        ErrorCode.TRANSFORM_INVALID, "The transform '%s' %s".formatted(type, problem));
  }
}
