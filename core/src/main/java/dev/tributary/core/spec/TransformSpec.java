package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One step of a dataset's transforms.
 *
 * @param jar URI of the JAR that holds the class
 * @param sha256 the JAR's SHA-256 in lower-case hex; a JAR of another content is refused
 * @param type the transform's class, or the name under which its JAR registers it
 * @param options its options; secrets only as references
 * @param kind what the transform declares itself to be; empty: not said, which it must be of one
 *     that explodes or combines, since the table's columns and what can be filled depend on it
 * @param policy what becomes of a record that it cannot use; empty: quarantine, which is left out
 *     of a document, so that readers that do not know the field go on reading it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TransformSpec(
    String jar,
    String sha256,
    String type,
    Map<String, String> options,
    Optional<TransformKind> kind,
    Optional<StepPolicy> policy) {
  /** Copies the options. */
  public TransformSpec {
    jar = SpecChecks.uri("transforms.jar", jar);
    sha256 = SpecChecks.sha256("transforms.sha256", sha256);
    type = SpecChecks.required("transforms.type", type);
    options =
        options == null ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(options));
    SpecChecks.noLiteralSecrets("transforms.options", options);
    kind = kind == null ? Optional.empty() : kind;
    policy =
        policy == null ? Optional.empty() : policy.filter(given -> given != StepPolicy.QUARANTINE);
  }

  /** A step that sets aside what it cannot use. */
  public TransformSpec(
      String jar,
      String sha256,
      String type,
      Map<String, String> options,
      Optional<TransformKind> kind) {
    this(jar, sha256, type, options, kind, Optional.empty());
  }

  /** A step whose kind is left to its JAR. */
  public TransformSpec(String jar, String sha256, String type, Map<String, String> options) {
    this(jar, sha256, type, options, Optional.empty(), Optional.empty());
  }
}
