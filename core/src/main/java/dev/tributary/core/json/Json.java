package dev.tributary.core.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;

/** The JSON and YAML codecs of every spec, log entry and answer. Thread-safe. */
public final class Json {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.USE_DEFAULTS))
          .build();

  /** Made when it is first asked for: a service that reads no YAML starts without it. */
  private static final class Yaml {
    private static final ObjectMapper MAPPER =
        YAMLMapper.builder()
            .addModule(new Jdk8Module())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(
                    JsonInclude.Include.NON_ABSENT, JsonInclude.Include.USE_DEFAULTS))
            .build();

    private Yaml() {}
  }

  private static final ObjectReader STRICT =
      JSON.reader()
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS); // checked here, for its message

  private Json() {}

  /** Reads and writes JSON; an unknown field is refused. Must not be reconfigured. */
  public static ObjectMapper mapper() {
    return JSON;
  }

  /** Reads and writes YAML; an unknown field is refused. Must not be reconfigured. */
  public static ObjectMapper yaml() {
    return Yaml.MAPPER;
  }

  /**
   * Reads a JSON document strictly: an unknown or repeated field, trailing text or a value of
   * another type is refused.
   *
   * @throws TributaryException SPEC_INVALID with the JSON pointer of what is wrong
   */
  public static <T> T read(byte[] document, Class<T> type) {
    try (JsonParser parser = STRICT.createParser(document)) {
      T value = STRICT.forType(type).readValue(parser);
      if (parser.nextToken() != null) {
        throw JsonProblem.trailing();
      }
      return value;
    } catch (IOException e) {
      throw JsonProblem.of(e);
    }
  }

  /** As {@link #read(byte[], Class)}, from a tree. */
  public static <T> T read(JsonNode tree, Class<T> type) {
    try {
      return STRICT.forType(type).readValue(tree);
    } catch (IOException e) {
      throw JsonProblem.of(e);
    }
  }

  /** As {@link #read(byte[], Class)}, from YAML. */
  public static <T> T readYaml(byte[] document, Class<T> type) {
    try {
      return Yaml.MAPPER
          .readerFor(type)
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .readValue(document);
    } catch (IOException e) {
      throw JsonProblem.of(e);
    }
  }

  /** The JSON document of a value that this product made. */
  public static byte[] write(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A %s has no JSON form.".formatted(value.getClass()), e);
    }
  }
}
