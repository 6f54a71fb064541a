package dev.tributary.phase1;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.KafkaFutureImpl;

/**
 * A real cluster's client whose questions for the offsets of one topic are answered late, as those
 * to a partition without a leader are.
 */
final class SlowLeaders {
  private final Admin real;
  private final String topic;
  private final List<Withheld> withheld = new ArrayList<>();
  private boolean slow = true;
  private int questions;

  private record Withheld(
      KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> answer,
      KafkaFutureImpl<ListOffsetsResult.ListOffsetsResultInfo> seen) {}

  SlowLeaders(Admin real, String topic) {
    this.real = real;
    this.topic = topic;
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

  /** How often the topic's leaders were asked. */
  synchronized int questions() {
    return questions;
  }

  /** From now on they answer, also what they were asked before. */
  synchronized void recover() throws ExecutionException, InterruptedException {
    slow = false;
    for (Withheld each : withheld) {
      each.seen().complete(each.answer().get());
    }
  }

  private synchronized ListOffsetsResult listOffsets(Object wanted, ListOffsetsOptions options) {
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    ((Map<?, ?>) wanted)
        .forEach(
            (partition, spec) -> partitions.put((TopicPartition) partition, (OffsetSpec) spec));
    ListOffsetsResult result = real.listOffsets(partitions, options);
    Map<TopicPartition, KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo>> answers =
        new HashMap<>();
    for (TopicPartition partition : partitions.keySet()) {
      KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> answer =
          result.partitionResult(partition);
      if (partition.topic().equals(topic)) {
        questions++;
        if (slow) {
          Withheld held = new Withheld(answer, new KafkaFutureImpl<>());
          withheld.add(held);
          answer = held.seen();
        }
      }
      answers.put(partition, answer);
    }
    return new ListOffsetsResult(answers);
  }
}
