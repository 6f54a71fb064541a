package dev.tributary.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.CredentialInitializationException;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.fs.s3a.api.RequestFactory;
import org.apache.hadoop.fs.s3a.impl.PutObjectOptions;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * S3 through the client and the request factory of S3A, so that credentials, endpoint and
 * encryption are configured once. S3A's own file system calls would do the same work with more
 * requests (a HEAD before every read, directory probes around every write) and hide the status that
 * tells a lost race from a lost answer.
 */
final class S3ObjectStore implements ObjectStore {
  private final S3AFileSystem fileSystem;
  private final S3Client client;
  private final RequestFactory requests;

  S3ObjectStore(S3AFileSystem fileSystem) {
    this.fileSystem = fileSystem;
    this.client = fileSystem.getS3AInternals().getAmazonS3Client("conditional writes");
    this.requests = fileSystem.getRequestFactory();
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    Backoff backoff = new Backoff();
    while (true) {
      try {
        put(path, content, "*");
        return true;
      } catch (SdkException e) {
        if (status(e) == 412) {
          // Another writer's object, or ours: an earlier attempt may have landed unseen.
          Optional<byte[]> present = read(path);
          if (present.isPresent()) {
            return Arrays.equals(present.get(), content);
          }
        } else if (!worthRetrying(e) && status(e) != 409) {
          throw StoreErrors.refused("create", path, e);
        }
        // Putting it again is harmless: it lands once, and only if nobody else's did.
        if (aborted(e) || !backoff.pause()) {
          throw StoreErrors.ambiguous(path, backoff.attempts(), e);
        }
      }
    }
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return get(path, requests.newGetObjectRequestBuilder(key(path)).build());
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    if (length == 0) {
      return exists(path) ? Optional.of(new byte[0]) : Optional.empty();
    }
    GetObjectRequest request =
        requests
            .newGetObjectRequestBuilder(key(path))
            .range("bytes=%d-%d".formatted(start, start + length - 1))
            .build();
    return get(path, request);
  }

  @Override
  public boolean exists(Path path) {
    return retrying(
        "look for",
        path,
        () -> {
          try {
            client.headObject(requests.newHeadObjectRequestBuilder(key(path)).build());
            return true;
          } catch (S3Exception e) {
            if (isAbsence(e)) {
              return false;
            }
            throw e;
          }
        });
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    retrying(
        "overwrite",
        path,
        () -> {
          put(path, content, null);
          return true;
        });
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return new S3Listing(directory, key(directory) + "/", firstName, this::page);
  }

  @Override
  public void delete(Path path) {
    retrying(
        "delete",
        path,
        () -> client.deleteObject(requests.newDeleteObjectRequestBuilder(key(path)).build()));
  }

  @Override
  public OutputStream create(Path path) {
    try {
      // The name is new: neither the probe for what is there nor the one for a directory is needed.
      FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(path);
      builder.recursive();
      builder.overwrite(true);
      builder.opt("fs.s3a.create.performance", true);
      return builder.build();
    } catch (IOException e) {
      throw StoreErrors.failed("create", path, e);
    }
  }

  private String key(Path path) {
    return fileSystem.pathToKey(path);
  }

  private void put(Path path, byte[] content, String ifNoneMatch) {
    PutObjectRequest request =
        requests
            .newPutObjectRequestBuilder(
                key(path), PutObjectOptions.defaultOptions(), content.length, false)
            .ifNoneMatch(ifNoneMatch)
            .build();
    client.putObject(request, RequestBody.fromBytes(content));
  }

  private Optional<byte[]> get(Path path, GetObjectRequest request) {
    return retrying(
        "read",
        path,
        () -> {
          try {
            return Optional.of(
                client.getObject(request, ResponseTransformer.toBytes()).asByteArrayUnsafe());
          } catch (S3Exception e) {
            if (isAbsence(e)) {
              return Optional.empty();
            }
            if (e.statusCode() == 416) {
              return Optional.of(new byte[0]);
            }
            throw e;
          }
        });
  }

  private ListObjectsV2Response page(Path directory, S3Listing.Page page) {
    ListObjectsV2Request.Builder request =
        requests.newListObjectsV2RequestBuilder(page.prefix(), "/", S3Listing.PAGE_SIZE);
    page.startAfter().ifPresent(request::startAfter);
    page.continuation().ifPresent(request::continuationToken);
    return retrying("list", directory, () -> client.listObjectsV2(request.build()));
  }

  private static <T> T retrying(String operation, Path path, Supplier<T> call) {
    Backoff backoff = new Backoff();
    while (true) {
      try {
        return call.get();
      } catch (SdkException e) {
        if (!worthRetrying(e)) {
          throw StoreErrors.refused(operation, path, e);
        }
        if (aborted(e) || !backoff.pause()) {
          throw StoreErrors.unavailable(operation, path, e);
        }
      }
    }
  }

  private static int status(SdkException e) {
    return e instanceof S3Exception answer ? answer.statusCode() : 0;
  }

  private static boolean isAbsence(S3Exception e) {
    return e.statusCode() == 404 && !(e instanceof NoSuchBucketException);
  }

  /**
   * No answer at all, an overloaded or failing server, or one that saw the request time out; not
   * one that will never be able to do it.
   */
  private static boolean worthRetrying(SdkException e) {
    int status = status(e);
    return (e instanceof SdkClientException && !(e instanceof CredentialInitializationException))
        || (status >= 500 && status != 501)
        || status == 429
        || (status == 400
            && "RequestTimeout".equals(((S3Exception) e).awsErrorDetails().errorCode()));
  }

  /** The thread was interrupted: its owner wants it back. */
  private static boolean aborted(SdkException e) {
    if (e instanceof AbortedException) {
      Thread.currentThread().interrupt();
      return true;
    }
    return false;
  }
}
