package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.util.ArrayList;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * What one task reads, in order.
 *
 * @param connection how to reach the cluster
 * @param isolation which transactional records are read
 * @param ranges by topic and partition; those of a topic stand together
 */
record RangeTask(KafkaConnection connection, Isolation isolation, ArrayList<PlannedRange> ranges)
    implements InputPartition {}
