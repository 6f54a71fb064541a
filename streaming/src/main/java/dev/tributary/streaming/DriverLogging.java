package dev.tributary.streaming;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.AppenderComponentBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.api.LayoutComponentBuilder;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;

/**
 * The logging of a driver: to standard error, Tributary's own classes at the chosen level, Spark's
 * and Kafka's from WARN on, as text or as one JSON object a line. Every line bears the run's id
 * and, where the logging context says so, the unit and the dataset.
 */
final class DriverLogging {
  /** The unit in the logging context. */
  static final String UNIT = "unit";

  private static final String TEXT =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %-5p [RUN%notEmpty{ %X{unit}}%notEmpty{ %X{dataset}}] %c{1}: %m%n";
  private static final String JSON =
      """
      {"run":"RUN","timestamp":{"$resolver":"timestamp","pattern":{"format":"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",\
      "timeZone":"UTC"}},"level":{"$resolver":"level","field":"name"},\
      "logger":{"$resolver":"logger","field":"name"},"thread":{"$resolver":"thread","field":"name"},\
      "message":{"$resolver":"message","stringified":true},\
      "context":{"$resolver":"mdc"},\
      "exception":{"$resolver":"exception","field":"stackTrace","stackTrace":{"stringified":true}}}""";

  private DriverLogging() {}

  /**
   * Replaces the configuration that Spark brought.
   *
   * @param runId letters, digits and punctuation that need no escape in a pattern or in JSON
   */
  static void configure(String level, String format, String runId) {
    ConfigurationBuilder<BuiltConfiguration> builder =
        ConfigurationBuilderFactory.newConfigurationBuilder();
    builder.setConfigurationName("tributary");
    builder.setStatusLevel(Level.ERROR);
    // The run's last lines are written while the process goes down.
    builder.setShutdownHook("disable");
    LayoutComponentBuilder layout =
        format.equals("json")
            ? builder
                .newLayout("JsonTemplateLayout")
                .addAttribute("eventTemplate", JSON.replace("RUN", runId))
            : builder
                .newLayout("PatternLayout")
                .addAttribute("pattern", TEXT.replace("RUN", runId));
    AppenderComponentBuilder console =
        builder.newAppender("console", "Console").addAttribute("target", "SYSTEM_ERR").add(layout);
    builder.add(console);
    builder.add(builder.newRootLogger(Level.WARN).add(builder.newAppenderRef("console")));
    builder.add(builder.newLogger("dev.tributary", Level.toLevel(level, Level.INFO)));
    // They warn of every setting that they do not know themselves, those of callbacks among them.
    builder.add(builder.newLogger("org.apache.kafka.clients.consumer.ConsumerConfig", Level.ERROR));
    builder.add(builder.newLogger("org.apache.kafka.clients.admin.AdminClientConfig", Level.ERROR));
    // It takes the question which records a new leader has for a loss of records.
    builder.add(
        builder.newLogger(
            "org.apache.kafka.clients.consumer.internals.SubscriptionState", Level.ERROR));
    builder.add(builder.newLogger("org.apache.hadoop.util.NativeCodeLoader", Level.ERROR));
    builder.add(builder.newLogger("org.apache.hadoop.metrics2", Level.ERROR));
    Configurator.reconfigure(builder.build());
  }
}
