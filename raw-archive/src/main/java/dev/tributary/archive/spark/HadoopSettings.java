package dev.tributary.archive.spark;

import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.classic.SparkSession;

/**
 * The file system settings of a session, as what they add to those that every process of the
 * application has: a whole Hadoop configuration is too large to go with each task.
 */
final class HadoopSettings {
  private HadoopSettings() {}

  /** What the active session sets; travels to the executors. */
  static HashMap<String, String> ofSession() {
    Configuration common = SparkHadoopUtil.get().conf();
    HashMap<String, String> settings = new HashMap<>();
    for (Map.Entry<String, String> entry : SparkSession.active().sessionState().newHadoopConf()) {
      String key = entry.getKey();
      if (!key.startsWith("spark.") && !entry.getValue().equals(common.getRaw(key))) {
        settings.put(key, entry.getValue());
      }
    }
    return settings;
  }

  /** The configuration of this process with a session's settings. */
  static Configuration configuration(Map<String, String> settings) {
    Configuration configuration = new Configuration(SparkHadoopUtil.get().conf());
    // The process's own configuration looks for classes where Spark stands, from before the
    // application's jar was there: on an executor it does not find the file system of S3.
    configuration.setClassLoader(HadoopSettings.class.getClassLoader());
    settings.forEach(configuration::set);
    return configuration;
  }
}
