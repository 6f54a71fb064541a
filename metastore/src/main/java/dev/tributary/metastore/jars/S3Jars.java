package dev.tributary.metastore.jars;

import java.io.InputStream;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** S3, with the credentials that AWS's own chain finds. */
final class S3Jars implements JarReader, AutoCloseable {
  private static final Pattern OBJECT = Pattern.compile("s3://([^/]+)/(.+)");
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration READ = Duration.ofSeconds(15);
  private static final Duration CALL = Duration.ofSeconds(30);

  private final S3Place place;
  private final DefaultCredentialsProvider credentials =
      DefaultCredentialsProvider.builder().build();

  /** Made by whoever first needs it, by {@link #client}: most services never do. */
  private S3Client client;

  S3Jars(S3Place place) {
    this.place = place;
  }

  @Override
  public InputStream open(String uri) {
    Matcher object = OBJECT.matcher(uri);
    if (!object.matches()) {
      throw Unreadable.because(uri, "it names no object of a bucket", "Correct it");
    }
    requireCredentials(uri);
    S3Client s3 = client(uri);
    try {
      return s3.getObject(request -> request.bucket(object.group(1)).key(object.group(2)));
    } catch (S3Exception e) {
      throw refused(uri, e);
    } catch (SdkException e) {
      throw Unreadable.now(uri, "S3 does not answer", e);
    }
  }

  private void requireCredentials(String uri) {
    try {
      credentials.resolveCredentials();
    } catch (SdkClientException e) {
      throw Unreadable.because(
          uri,
          "it has no credentials for S3",
          "Give the service some by AWS's own chain (AWS_ACCESS_KEY_ID, a profile, a role)");
    }
  }

  private static RuntimeException refused(String uri, S3Exception failure) {
    int status = failure.statusCode();
    if (status == 404) {
      return Unreadable.missing(uri);
    }
    String code =
        failure.awsErrorDetails() == null ? "" : " " + failure.awsErrorDetails().errorCode();
    if (status >= 500 || status == 429) {
      return Unreadable.now(uri, "S3 answers %d%s".formatted(status, code), failure);
    }
    return Unreadable.because(
        uri,
        "S3 answers %d%s".formatted(status, code),
        "See to its credentials (s3:GetObject), s3.endpoint and s3.region");
  }

  private synchronized S3Client client(String uri) {
    if (client == null) {
      S3ClientBuilder builder =
          S3Client.builder()
              .httpClientBuilder(
                  UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(READ))
              .overrideConfiguration(config -> config.apiCallTimeout(CALL))
              .credentialsProvider(credentials)
              .region(region(uri))
              .forcePathStyle(place.pathStyle())
              // Its SHA-256 is compared by who reads it.
              .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
      place.endpoint().ifPresent(builder::endpointOverride);
      client = builder.build();
    }
    return client;
  }

  /** Other servers than AWS's take any region; AWS's own has to be known. */
  private Region region(String uri) {
    if (place.region().isPresent()) {
      return Region.of(place.region().get());
    }
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException e) {
      if (place.endpoint().isPresent()) {
        return Region.US_EAST_1;
      }
      throw Unreadable.because(uri, "it does not know the bucket's region", "Give it s3.region");
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
    }
    credentials.close();
  }
}
