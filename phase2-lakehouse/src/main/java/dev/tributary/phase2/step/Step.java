package dev.tributary.phase2.step;

import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.StepPolicy;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of a dataset.
 *
 * @param label its place, from 1, and its transform's name: {@code 1-filter}
 * @param transform the transform
 * @param context what it is told
 * @param policy what becomes of a record that it cannot use
 */
public record Step<T extends Transform>(
    String label, T transform, TransformContext context, StepPolicy policy)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** So that there is room for the reason in a message that is cut. */
  private static final int LONGEST_VALUE = 80;

  private static final int LONGEST_OPTIONS = 240;

  /**
   * For messages: its label and the options that it goes by, defaults included, as in {@code
   * 1-filter {where=amount > 0}}. Of a secret no more than the reference; what is long is cut.
   */
  public String described() {
    List<String> options = new ArrayList<>();
    for (TransformOption option : transform.options()) {
      String value = context.options().get(option.name());
      if (value != null) {
        boolean literal = option.secret() && !SecretReference.isReference(value);
        options.add(option.name() + "=" + (literal ? "***" : cut(oneLine(value), LONGEST_VALUE)));
      }
    }
    return options.isEmpty()
        ? label
        : "%s {%s}".formatted(label, cut(String.join(", ", options), LONGEST_OPTIONS));
  }

  private static String oneLine(String value) {
    return value.strip().replaceAll("\\s+", " ");
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest) + "…";
  }

  /** Whether it is given secrets, so that what it makes may be secret too. */
  public boolean takesSecrets() {
    return transform.options().stream().anyMatch(TransformOption::secret);
  }
}
