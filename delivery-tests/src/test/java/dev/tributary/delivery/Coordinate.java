package dev.tributary.delivery;

/** Where a record stood in Kafka. */
record Coordinate(int incarnation, int partition, long offset) implements Comparable<Coordinate> {
  @Override
  public int compareTo(Coordinate other) {
    int byIncarnation = Integer.compare(incarnation, other.incarnation);
    int byPartition = Integer.compare(partition, other.partition);
    if (byIncarnation != 0) {
      return byIncarnation;
    }
    return byPartition != 0 ? byPartition : Long.compare(offset, other.offset);
  }
}
