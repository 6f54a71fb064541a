package dev.tributary.local.servers;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy in front of an HTTP server that spoils one request in N, before or after the server saw
 * it, so that a PUT can land and its answer be lost. What it spoils follows from the seed and the
 * order in which requests arrive.
 */
public final class FaultyProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FaultyProxy.class);

  private final URI upstream;
  private final FaultPlan plan;
  private final Duration silence;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong requests = new AtomicLong();
  private final Map<Fault, AtomicLong> faults = new EnumMap<>(Fault.class);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<Hold> hold = Optional.empty();

  private record Hold(String method, String pathPart, List<HttpMessage> requests) {
    boolean wants(HttpMessage request) {
      return request.method().equals(method) && request.path().contains(pathPart);
    }
  }

  private FaultyProxy(URI upstream, FaultPlan plan, Duration silence) {
    this.upstream = upstream;
    this.plan = plan;
    this.silence = silence;
    for (Fault fault : Fault.values()) {
      faults.put(fault, new AtomicLong());
    }
    try {
      this.listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a proxy that hands everything on until it is told otherwise.
   *
   * @param silence how long {@link Fault#SILENCE} lasts if the client does not hang up
   */
  public static FaultyProxy start(URI upstream, Duration silence) {
    FaultyProxy proxy = new FaultyProxy(upstream, new FaultPlan(), silence);
    proxy.background("accept", proxy::accept);
    return proxy;
  }

  /** Its own address, to be used in place of the server's. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** From now on spoils about one request in {@code requests}, with any of the given faults. */
  public void spoilOneIn(int requests, long seed, Fault... faults) {
    plan.spoilOneIn(requests, seed, List.of(faults));
  }

  /** Spoils nothing more at random. */
  public void spoilNothing() {
    plan.spoilNothing();
  }

  /**
   * Spoils the next request of this method whose path contains the text, whatever happens at
   * random.
   */
  public void spoilNext(String method, String pathPart, Fault fault, Fault.Moment moment) {
    plan.spoilNext(method, pathPart, fault, moment);
  }

  /**
   * From now on resets the connection of each request of this method whose path contains the text,
   * and hands none of them on; the first may still reach the server, by {@link #deliverHeld}.
   */
  public void hold(String method, String pathPart) {
    hold = Optional.of(new Hold(method, pathPart, new CopyOnWriteArrayList<>()));
  }

  /** How many requests were held so far. */
  public int held() {
    return hold.map(now -> now.requests().size()).orElse(0);
  }

  /**
   * Holds no more, and hands the first of the held requests to the server, as a network does that
   * took its time: nobody waits for the answer any more.
   *
   * @return the server's status
   */
  public int deliverHeld() {
    HttpMessage late = hold.orElseThrow().requests().get(0);
    try (Socket server = new Socket(upstream.getHost(), upstream.getPort())) {
      late.writeTo(server.getOutputStream());
      return response(late, new BufferedInputStream(server.getInputStream())).status();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      hold = Optional.empty();
    }
  }

  /** How many requests came, spoilt ones included. */
  public long requests() {
    return requests.get();
  }

  /** How many requests were spoilt by the fault. */
  public long spoilt(Fault fault) {
    return faults.get(fault).get();
  }

  @Override
  public void close() {
    closed.countDown();
    closeQuietly(listener);
    open.forEach(FaultyProxy::closeQuietly);
  }

  private void accept() throws IOException {
    while (closed.getCount() > 0) {
      Socket client = listener.accept();
      background("connection", () -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    open.add(client);
    Socket server = new Socket(upstream.getHost(), upstream.getPort());
    open.add(server);
    try (client;
        server) {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      InputStream fromClient = new BufferedInputStream(client.getInputStream(), 1 << 16);
      InputStream fromServer = new BufferedInputStream(server.getInputStream(), 1 << 16);
      while (exchange(client, fromClient, server.getOutputStream(), fromServer)) {
        // The connection serves one request after the other.
      }
    } finally {
      open.remove(client);
      open.remove(server);
    }
  }

  /** Serves one request; false if the connection is done with. */
  private boolean exchange(
      Socket client, InputStream fromClient, OutputStream toServer, InputStream fromServer)
      throws IOException {
    OutputStream toClient = client.getOutputStream();
    Optional<HttpMessage> head = HttpMessage.readHead(fromClient);
    if (head.isEmpty()) {
      return false;
    }
    if (head.get().header("expect").isPresent()) {
      toClient.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      toClient.flush();
    }
    HttpMessage request = head.get().readBody(fromClient).without("expect");
    requests.incrementAndGet();
    Optional<Hold> holding = hold.filter(now -> now.wants(request));
    if (holding.isPresent()) {
      holding.get().requests().add(request);
      client.setSoLinger(true, 0);
      return false;
    }
    Optional<FaultPlan.Order> order = plan.next(request);
    if (order.isPresent() && order.get().moment() == Fault.Moment.BEFORE) {
      return spoil(order.get(), request, client);
    }
    request.writeTo(toServer);
    HttpMessage response = response(request, fromServer);
    if (order.isPresent()) {
      return spoil(order.get(), request, client);
    }
    response.writeTo(toClient);
    return !response.header("connection").filter("close"::equalsIgnoreCase).isPresent();
  }

  private static HttpMessage response(HttpMessage request, InputStream fromServer)
      throws IOException {
    HttpMessage head =
        HttpMessage.readHead(fromServer)
            .orElseThrow(() -> new SocketException("The server hung up."));
    boolean bare = request.method().equals("HEAD") || head.status() == 204 || head.status() == 304;
    return bare ? head : head.readBody(fromServer);
  }

  /** Does what the fault says; false if that was the end of the connection. */
  private boolean spoil(FaultPlan.Order order, HttpMessage request, Socket client)
      throws IOException {
    Fault fault = order.fault();
    faults.get(fault).incrementAndGet();
    LOG.debug("{} {} {}: {}", request.method(), request.path(), order.moment(), fault);
    if (fault == Fault.SILENCE) {
      keepSilent();
      return false;
    }
    if (fault == Fault.RESET) {
      client.setSoLinger(true, 0);
      return false;
    }
    byte[] body =
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>Spoilt by the proxy</Message></Error>"
            .formatted(fault.code())
            .getBytes(StandardCharsets.UTF_8);
    new HttpMessage(
            "HTTP/1.1 %d %s".formatted(fault.status(), fault.reason()),
            List.of("Content-Type: application/xml", "Content-Length: " + body.length),
            request.method().equals("HEAD") ? new byte[0] : body)
        .writeTo(client.getOutputStream());
    return true;
  }

  private void keepSilent() {
    try {
      closed.await(silence.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void background(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                LOG.debug("A connection ended: {}", e.getMessage());
              }
            },
            "faulty-proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.debug("Closing failed: {}", e.getMessage());
    }
  }
}
