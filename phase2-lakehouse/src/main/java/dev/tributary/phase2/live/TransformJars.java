package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.storage.ObjectStores;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Brings a dataset's transform JARs beside its plans, where they stay whatever happens to them. */
public final class TransformJars {
  /** Of JARs that the metastore itself keeps. */
  private static final String UPLOADED = "metastore:";

  private final PlanLog log;
  private final Metastore metastore;
  private final Configuration configuration;

  /** Brings them beside a log. */
  public TransformJars(PlanLog log, Metastore metastore, Configuration configuration) {
    this.log = log;
    this.metastore = metastore;
    this.configuration = configuration;
  }

  /**
   * Copies what is not there yet.
   *
   * @throws TributaryException TRANSFORM_INVALID for a JAR that is not there or has another content
   */
  public void bring(DatasetSpec spec) {
    for (TransformSpec transform : spec.transforms()) {
      if (!log.holdsJar(transform.sha256())) {
        log.putJar(transform.sha256(), checked(transform));
      }
    }
  }

  /**
   * Gives the content of a version's JARs, from beside the plans or where they were registered;
   * nothing is copied.
   */
  public Function<String, byte[]> of(DatasetSpec spec) {
    return sha256 ->
        log.jar(sha256)
            .orElseGet(
                () ->
                    spec.transforms().stream()
                        .filter(transform -> transform.sha256().equals(sha256))
                        .findFirst()
                        .map(this::checked)
                        .orElseThrow());
  }

  /** The content hashes, as plans name them. */
  public static List<String> hashes(DatasetSpec spec) {
    return spec.transforms().stream().map(TransformSpec::sha256).distinct().sorted().toList();
  }

  private byte[] checked(TransformSpec transform) {
    byte[] content =
        read(transform)
            .orElseThrow(
                () ->
                    new TributaryException(
                        ErrorCode.TRANSFORM_INVALID,
                        "The JAR %s of the transform '%s' is not there. Put it there, or correct the dataset."
                            .formatted(transform.jar(), transform.type())));
    String hash = sha256(content);
    if (!hash.equals(transform.sha256())) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The JAR %s has the SHA-256 %s, and the dataset says %s. Register the dataset with the JAR that it means."
              .formatted(transform.jar(), hash, transform.sha256()));
    }
    return content;
  }

  private Optional<byte[]> read(TransformSpec transform) {
    if (transform.jar().startsWith(UPLOADED)) {
      return metastore.jar(transform.sha256());
    }
    if (HttpJar.is(transform.jar())) {
      return HttpJar.read(transform.jar());
    }
    Path path = path(transform);
    return ObjectStores.forPath(path, configuration).read(path);
  }

  private static Path path(TransformSpec transform) {
    try {
      return new Path(transform.jar());
    } catch (IllegalArgumentException e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The JAR of the transform '%s' is at '%s', which is no URI. Correct the dataset."
              .formatted(transform.type(), transform.jar()),
          e);
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
