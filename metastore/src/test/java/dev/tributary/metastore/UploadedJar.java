package dev.tributary.metastore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A JAR of transforms whose class could not even be loaded. */
record UploadedJar(byte[] content) {
  static final String DESCRIPTION = "META-INF/tributary/transforms.json";
  static final String SERVICES = "META-INF/services/dev.tributary.transforms.Transform";

  private static final Map<String, String> ENTRIES =
      Map.of(
          DESCRIPTION,
          """
          [{"name":"decrypt","type":"a.Decrypt","kind":"one-to-one","options":
           [{"name":"column","required":true},{"name":"keys","secret":true}]}]
          """,
          SERVICES,
          "# ours\na.Decrypt\n",
          "a/Decrypt.class",
          "no class at all");

  /** One that says what it holds. */
  static UploadedJar whole() {
    return of(ENTRIES);
  }

  /** As above, with an entry replaced; empty: without it. */
  static UploadedJar with(String entry, String text) {
    Map<String, String> entries = new TreeMap<>(ENTRIES);
    entries.remove(entry);
    if (!text.isEmpty()) {
      entries.put(entry, text);
    }
    return of(entries);
  }

  private static UploadedJar of(Map<String, String> entries) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(content)) {
      for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setTime(0);
        zip.putNextEntry(header);
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new UploadedJar(content.toByteArray());
  }

  String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  String path() {
    return "/transforms/" + sha256();
  }
}
