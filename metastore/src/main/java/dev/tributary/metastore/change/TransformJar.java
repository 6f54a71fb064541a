package dev.tributary.metastore.change;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A JAR, and what it says of itself.
 *
 * @param uri where drivers read it
 * @param transforms what it holds
 */
public record TransformJar(String uri, List<Described> transforms) {
  /** Refuses one that holds none. */
  public TransformJar {
    if (transforms.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.TRANSFORM_INVALID,
          "The JAR holds no transform.",
          "Register one that names its transforms in META-INF/services.");
    }
    transforms = List.copyOf(transforms);
  }

  /**
   * A transform.
   *
   * @param name as its JAR registers it
   * @param type its class
   * @param kind how many rows it makes of its rows
   * @param options what it understands
   */
  public record Described(String name, String type, String kind, List<Option> options) {
    /** Refuses what is absent. */
    public Described {
      require("name", name);
      require("type", type);
      require("kind", kind);
      require("options", options);
      if (options.stream().anyMatch(Objects::isNull)) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID, "A null stands among the options.", "Take it out.")
            .at("/options");
      }
      options = List.copyOf(options);
    }
  }

  /**
   * An option.
   *
   * @param name in kebab-case
   * @param type how its text is understood
   * @param required whether a dataset must give it
   * @param secret whether it may only be a reference
   * @param defaultValue its value where none is given
   * @param documentation for people
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Option(
      String name,
      String type,
      Boolean required,
      Boolean secret,
      Optional<String> defaultValue,
      Optional<String> documentation) {
    /** Fills in that it is neither required nor secret. */
    public Option {
      require("name", name);
      type = type == null ? "text" : type;
      required = required == null ? Boolean.FALSE : required;
      secret = secret == null ? Boolean.FALSE : secret;
      defaultValue = defaultValue == null ? Optional.empty() : defaultValue;
      documentation = documentation == null ? Optional.empty() : documentation;
    }
  }

  private static void require(String field, Object value) {
    if (value == null) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID, "The field %s is missing.".formatted(field), "Add it.")
          .at("/" + field);
    }
  }
}
