package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.storage.SparkStorageSettings;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class SparkSessionsTest {
  private static final String ATTEMPTS = "spark.hadoop.fs.s3a.attempts.maximum";

  @Test
  void whatTheOperatorSubmittedIsKept() {
    Map<String, String> chosen =
        SparkSessions.unsetDefaults(new SparkConf(false).set(ATTEMPTS, "9"));

    assertThat(chosen)
        .doesNotContainKey(ATTEMPTS)
        .containsKeys("spark.hadoop.fs.s3a.aws.credentials.provider")
        .hasSize(SparkStorageSettings.defaults().size() - 1);
  }

  @Test
  void noDefaultTouchesWhatNobodyMayChange() {
    assertThat(SparkStorageSettings.defaults().keySet())
        .doesNotContainAnyElementsOf(SparkStorageSettings.entries().keySet());
  }
}
