package dev.tributary.benchmarks;

import java.util.List;
import java.util.Optional;

/**
 * What a step's process is to do, handed over as a file.
 *
 * @param events how many events it is given
 * @param bootstrapServers of Kafka
 * @param topic what it reads, where it reads Kafka
 * @param input the folder that it reads, where it reads the raw tier
 * @param history what the table is filled with and changed by, where its growth is measured
 * @param runs one after the other in the same JVM
 * @param folder its own, for results and scratch
 */
record StepRequest(
    Job job,
    long events,
    String bootstrapServers,
    String topic,
    String input,
    Optional<OrderHistory> history,
    List<Run> runs,
    String folder) {
  /** Copies the list. */
  StepRequest {
    runs = List.copyOf(runs);
  }

  /**
   * One run.
   *
   * @param name of the source or dataset, for the product's drivers
   * @param output the folder that it writes, emptied before if the job begins anew
   */
  record Run(String name, String output) {
    /** The table that the product's driver writes; its plan log lies beside it. */
    String table() {
      return output + "/" + name;
    }
  }
}
