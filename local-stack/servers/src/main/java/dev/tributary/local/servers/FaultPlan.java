package dev.tributary.local.servers;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Decides which request is spoilt, and how. */
final class FaultPlan {
  /** What is to happen to a request. */
  record Order(Fault fault, Fault.Moment moment) {}

  private record Next(String method, String pathPart, Order order) {}

  private final List<Next> next = new ArrayList<>();
  private Random random = new Random(0);
  private int oneIn;
  private List<Fault> faults = List.of();

  synchronized void spoilOneIn(int requests, long seed, List<Fault> faults) {
    this.oneIn = requests;
    this.random = new Random(seed);
    this.faults = faults;
  }

  synchronized void spoilNothing() {
    faults = List.of();
  }

  synchronized void spoilNext(String method, String pathPart, Fault fault, Fault.Moment moment) {
    next.add(new Next(method, pathPart, new Order(fault, moment)));
  }

  synchronized Optional<Order> next(HttpMessage request) {
    Iterator<Next> orders = next.iterator();
    while (orders.hasNext()) {
      Next order = orders.next();
      if (request.method().equals(order.method()) && request.path().contains(order.pathPart())) {
        orders.remove();
        return Optional.of(order.order());
      }
    }
    if (faults.isEmpty() || random.nextInt(oneIn) != 0) {
      return Optional.empty();
    }
    Fault fault = faults.get(random.nextInt(faults.size()));
    Fault.Moment moment = random.nextBoolean() ? Fault.Moment.BEFORE : Fault.Moment.AFTER;
    if (fault == Fault.CONFLICT && request.header("if-none-match").isEmpty()) {
      return Optional.of(new Order(Fault.INTERNAL_ERROR, moment));
    }
    return Optional.of(new Order(fault, moment));
  }
}
