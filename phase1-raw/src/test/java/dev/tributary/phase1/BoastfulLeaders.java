package dev.tributary.phase1;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * A real cluster's client in whose answers partitions hold more than they deliver, as those do
 * whose leader is lost between the answer and the read.
 */
final class BoastfulLeaders {
  private final Admin real;
  private final Map<TopicPartition, Long> ends = new HashMap<>();

  BoastfulLeaders(Admin real) {
    this.real = real;
  }

  /** From now on a partition is said to end at an offset, exclusive, if it does not end beyond. */
  synchronized void say(String topic, int partition, long end) {
    ends.put(new TopicPartition(topic, partition), end);
  }

  Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("listOffsets") && arguments.length == 2) {
                return listOffsets(arguments[0], (ListOffsetsOptions) arguments[1]);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private synchronized ListOffsetsResult listOffsets(Object wanted, ListOffsetsOptions options) {
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    ((Map<?, ?>) wanted)
        .forEach(
            (partition, spec) -> partitions.put((TopicPartition) partition, (OffsetSpec) spec));
    ListOffsetsResult result = real.listOffsets(partitions, options);
    Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> answers = new HashMap<>();
    partitions.forEach(
        (partition, spec) -> {
          long end = spec instanceof OffsetSpec.LatestSpec ? ends.getOrDefault(partition, 0L) : 0;
          answers.put(
              partition,
              result
                  .partitionResult(partition)
                  .thenApply(
                      seen ->
                          new ListOffsetsResultInfo(
                              Math.max(end, seen.offset()), seen.timestamp(), seen.leaderEpoch())));
        });
    return new ListOffsetsResult(answers);
  }
}
