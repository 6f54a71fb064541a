package dev.tributary.phase2.step;

import dev.tributary.transforms.Transform;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.io.Serializable;

/**
 * One step of a dataset.
 *
 * @param label its place, from 1, and its transform's name: {@code 1-filter}
 * @param transform the transform
 * @param context what it is told
 */
public record Step<T extends Transform>(String label, T transform, TransformContext context)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Whether it is given secrets, so that what it makes may be secret too. */
  public boolean takesSecrets() {
    return transform.options().stream().anyMatch(TransformOption::secret);
  }
}
