package dev.tributary.local;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A local stack that is up.
 *
 * @param supervisor the process that holds the servers
 * @param kafka bootstrap servers
 * @param s3Endpoint the S3 server
 * @param bucket the bucket
 * @param metastoreUrl the metastore
 * @param servers the processes that were started
 * @param credentials of the S3 server that was started; empty for one that ran already
 */
record StackState(
    ProcessId supervisor,
    String kafka,
    String s3Endpoint,
    String bucket,
    String metastoreUrl,
    List<Server> servers,
    Optional<Credentials> credentials) {
  StackState {
    requireNonNull(supervisor, "supervisor");
    requireNonNull(kafka, "kafka");
    requireNonNull(s3Endpoint, "s3Endpoint");
    requireNonNull(bucket, "bucket");
    requireNonNull(metastoreUrl, "metastoreUrl");
    servers = List.copyOf(servers);
    credentials = credentials == null ? Optional.empty() : credentials;
  }

  /** A server process: what it is, where it listens, and its log. */
  record Server(String name, ProcessId process, String address, String log) {}

  /** What a client of the S3 server that was started signs with. */
  record Credentials(String accessKey, String secretKey) {
    @Override
    public String toString() {
      return accessKey + ":***";
    }
  }

  boolean supervised() {
    return supervisor.find().isPresent();
  }

  /** The environment that points every command of the project at this stack. */
  Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("TRIBUTARY_METASTORE_URL", metastoreUrl);
    environment.put("TRIBUTARY_S3_ENDPOINT", s3Endpoint);
    environment.put("TRIBUTARY_S3_PATH_STYLE", "true");
    environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka);
    credentials.ifPresent(
        own -> {
          environment.put("AWS_REGION", "us-east-1");
          environment.put("AWS_ACCESS_KEY_ID", own.accessKey());
          environment.put("AWS_SECRET_ACCESS_KEY", own.secretKey());
        });
    return environment;
  }

  /** The same as a file to source. */
  String env() {
    return "# Source this to work with the local stack by hand: . <this file>\n"
        + environment().entrySet().stream()
            .map(entry -> "export %s='%s'%n".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining());
  }
}
