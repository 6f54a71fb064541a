package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** The jar that spark-submit is given, once it is packaged. */
final class ShadedJarIT {
  @Test
  void itHoldsWhatAwssDefaultChainNeedsAndNotTheBundleOfAllServices() throws IOException {
    Optional<Path> jar = jar();
    assumeTrue(jar.isPresent(), "not packaged");
    try (ZipFile zip = new ZipFile(jar.orElseThrow().toFile())) {
      List<String> names = zip.stream().map(ZipEntry::getName).toList();
      String services = "software/amazon/awssdk/services/";
      assertThat(names)
          .contains(
              services + "s3/S3AsyncClient.class",
              services + "sts/internal/StsProfileCredentialsProviderFactory.class",
              services + "sts/internal/StsWebIdentityCredentialsProviderFactory.class",
              services + "sso/auth/SsoProfileCredentialsProviderFactory.class",
              "org/apache/hadoop/fs/s3a/S3AFileSystem.class",
              "dev/tributary/phase1/Phase1.class")
          .noneMatch(name -> name.contains("software.amazon.awssdk/bundle"))
          .noneMatch(name -> name.startsWith(services + "ec2/"))
          .noneMatch(name -> name.startsWith("org/apache/spark/sql/SparkSession"));
    }
    assertThat(Files.size(jar.orElseThrow())).as("bytes").isLessThan(200L << 20);
  }

  private static Optional<Path> jar() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files.filter(file -> file.toString().endsWith("-all.jar")).findFirst();
    }
  }
}
