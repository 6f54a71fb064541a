package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TopicDiscoveryTest {
  private static final SourceSpec SHOPS =
      Json.read(
          """
          {"name":"shops","bootstrapServers":"b:9092","topicPattern":"shop[.].*",
           "archive":{"location":"s3a://raw/a"}}
          """
              .getBytes(StandardCharsets.UTF_8),
          SourceSpec.class);

  @Test
  void moreTopicsThanTheMetastoreTakesAtOnceAreReportedInParts() {
    FixedMetastore metastore = new FixedMetastore();
    metastore.put(SHOPS);
    TopicDiscovery discovery =
        new TopicDiscovery(
            metastore.source("shops").orElseThrow(), metastore, Optional.empty(), List.of());
    List<String> found = new ArrayList<>();
    IntStream.range(0, 10_600).forEach(i -> found.add("shop.%05d".formatted(i)));

    assertThat(discovery.report(found)).isEmpty();
    assertThat(metastore.source("shops").orElseThrow().spec().topics()).isEqualTo(found);
    assertThat(metastore.reports()).hasSize(22).allMatch(size -> size <= 500);
    assertThat(discovery.report(List.of())).isEmpty();
    assertThat(metastore.reports()).as("nothing is nothing to tell").hasSize(22);
  }
}
