package dev.tributary.transforms.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a transform is tried with. Immutable: each method gives a trial with one thing more.
 *
 * @param options as a dataset would give them; secrets as references, {@code env:NAME}
 * @param secrets what those references stand for, by the option's name
 * @param columns the dataset's columns as DDL: {@code id bigint, name string}
 * @param earlier columns besides, as earlier steps would make them, as DDL; empty for none
 * @param good values of records that it can use
 * @param bad values of records that it sets aside
 */
public record TransformTrial(
    Map<String, String> options,
    Map<String, String> secrets,
    String columns,
    String earlier,
    List<byte[]> good,
    List<byte[]> bad) {
  /** Copies the collections. */
  public TransformTrial {
    options = Map.copyOf(options);
    secrets = Map.copyOf(secrets);
    good = List.copyOf(good);
    bad = List.copyOf(bad);
  }

  /** A trial without records. */
  public static TransformTrial of(String columns, Map<String, String> options) {
    return new TransformTrial(options, Map.of(), columns, "", List.of(), List.of());
  }

  /** With what the reference of a secret option stands for. */
  public TransformTrial secret(String option, String value) {
    Map<String, String> more = new LinkedHashMap<>(secrets);
    more.put(option, value);
    return new TransformTrial(options, more, columns, earlier, good, bad);
  }

  /** With columns that the table lacks and an earlier step has made, as DDL. */
  public TransformTrial earlier(String more) {
    return new TransformTrial(options, secrets, columns, more, good, bad);
  }

  /** With a record that it can use; for a step on rows, a JSON object. */
  public TransformTrial good(String value) {
    return good(value.getBytes(UTF_8));
  }

  /** With a record that it can use. */
  public TransformTrial good(byte[] value) {
    return new TransformTrial(options, secrets, columns, earlier, with(good, value), bad);
  }

  /** With a record that it sets aside; for a step on rows, a JSON object. */
  public TransformTrial bad(String value) {
    return bad(value.getBytes(UTF_8));
  }

  /** With a record that it sets aside. */
  public TransformTrial bad(byte[] value) {
    return new TransformTrial(options, secrets, columns, earlier, good, with(bad, value));
  }

  private static List<byte[]> with(List<byte[]> values, byte[] value) {
    List<byte[]> more = new ArrayList<>(values);
    more.add(value.clone());
    return more;
  }
}
