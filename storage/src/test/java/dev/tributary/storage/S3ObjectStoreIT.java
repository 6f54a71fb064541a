package dev.tributary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.local.servers.FaultyProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

final class S3ObjectStoreIT extends AbstractObjectStoreContract {
  private static final ObjectStore STORE =
      ObjectStores.forPath(
          new Path("s3a://" + SharedS3.BUCKET), SharedS3.configuration(SharedS3.endpoint()));

  @Override
  ObjectStore open() {
    return STORE;
  }

  @Override
  Path root() {
    return new Path("s3a://" + SharedS3.BUCKET + "/contract");
  }

  @Test
  void theThreeSchemesNameTheSameObjects() {
    Path path = new Path(directory, "a");
    store.createIfAbsent(path, bytes("one"));
    for (String scheme : List.of("s3", "s3n")) {
      Path same = new Path(path.toString().replace("s3a:", scheme + ":"));
      Configuration configuration = SharedS3.configuration(SharedS3.endpoint());
      configuration.unset("fs.%s.impl".formatted(scheme));
      ObjectStore other = ObjectStores.forPath(same, configuration);
      assertThat(other.read(same)).hasValue(bytes("one"));
      assertThat(other.createIfAbsent(same, bytes("two"))).isFalse();
      assertThat(other.listFrom(same.getParent(), "").next().path()).isEqualTo(same);
    }
  }

  @Test
  void aListingGoesOnBehindItsFirstPage() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 1_100; i++) {
      String name = "%05d".formatted(i);
      names.add(name);
    }
    ParallelReads.map(
        names,
        name -> {
          store.overwrite(new Path(directory, name), new byte[0]);
          return name;
        });
    assertThat(names("")).isEqualTo(names);
    assertThat(names("00042")).isEqualTo(names.subList(42, 1_100));
    // What lies before where it begins is not asked for.
    try (FaultyProxy proxy = FaultyProxy.start(SharedS3.endpoint(), Duration.ZERO)) {
      ObjectStore counted =
          ObjectStores.forPath(directory, SharedS3.configuration(proxy.endpoint()));
      assertThat(names(counted, "01090")).isEqualTo(names.subList(1_090, 1_100));
      assertThat(proxy.requests()).isEqualTo(1);
    }
  }

  @Test
  void aBucketThatIsNotThereIsRefusedByName() {
    Path path = new Path("s3a://no-such-bucket/a");
    Configuration configuration = SharedS3.configuration(SharedS3.endpoint());
    assertThatThrownBy(() -> ObjectStores.forPath(path, configuration).read(path))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_REFUSED))
        .hasMessageStartingWith("Cannot read 's3a://no-such-bucket/a': NoSuchBucketException")
        .hasMessageEndingWith("Check the name, the credentials and what they permit.");
  }

  @Test
  void aWrongSecretIsRefusedAndNotShown() {
    Configuration configuration = SharedS3.configuration(SharedS3.endpoint());
    configuration.set("fs.s3a.secret.key", "a-wrong-secret");
    Path path = new Path(directory, "a");
    assertThatThrownBy(
            () -> ObjectStores.forPath(path, configuration).createIfAbsent(path, bytes("one")))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_REFUSED))
        .hasMessageNotContaining("a-wrong-secret");
  }

  @Test
  void aServerThatIsAwayIsUnavailable() {
    Configuration configuration = SharedS3.configuration(java.net.URI.create("http://127.0.0.1:1"));
    Path path = new Path(directory, "a");
    assertThatThrownBy(() -> ObjectStores.forPath(path, configuration).read(path))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE))
        .hasMessageStartingWith("Cannot read '" + path + "'");
  }
}
