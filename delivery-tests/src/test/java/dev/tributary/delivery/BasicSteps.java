package dev.tributary.delivery;

import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Steps of the project's own plug-in, loaded from its JAR as any user's. */
final class BasicSteps {
  private BasicSteps() {}

  /** Keeps what meets a condition; the JAR is a file of this machine. */
  static TransformSpec filter(String where) {
    return filter(jar().toUri().toString(), where);
  }

  /** The same, from a JAR on S3. */
  static TransformSpec filterFromS3(String where) {
    String place = "s3a://%s/jars/%s".formatted(DeliveryStack.BUCKET, jar().getFileName());
    Configuration hadoop = DeliveryStack.shared().hadoop();
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(place);
    try (InputStream in = Files.newInputStream(jar());
        OutputStream out = path.getFileSystem(hadoop).create(path)) {
      in.transferTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return filter(place, where);
  }

  /** Uploads the JAR to these metastores. */
  static void upload(MetastoreAdmin... metastores) {
    try {
      for (MetastoreAdmin metastore : metastores) {
        metastore.upload(sha256(), jar());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, from a JAR that was uploaded to the metastore. */
  static TransformSpec uploadedFilter(String where) {
    return filter("metastore:/transforms/%s.jar".formatted(sha256()), where);
  }

  private static TransformSpec filter(String place, String where) {
    return new TransformSpec(place, sha256(), "filter", Map.of("where", where));
  }

  private static String sha256() {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar()));
      return HexFormat.of().formatHex(hash);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path jar() {
    try {
      Path classes =
          Path.of(
              FilterTransform.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Files.isDirectory(classes)
          ? classes.resolveSibling("transforms-basic-0.1.0-SNAPSHOT.jar")
          : classes;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
