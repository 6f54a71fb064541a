package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * What one task reads, in order.
 *
 * @param connection how to reach the cluster
 * @param isolation which transactional records are read
 * @param ranges by topic and partition; those of a topic stand together
 * @param patience how long a range of a topic, by name, may deliver nothing before it is ended
 */
record RangeTask(
    KafkaConnection connection,
    Isolation isolation,
    ArrayList<PlannedRange> ranges,
    HashMap<String, Duration> patience)
    implements InputPartition {}
