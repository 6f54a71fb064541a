package dev.tributary.local.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports of this machine that nobody listens on. */
final class FreePort {
  private FreePort() {}

  /** The port itself, or a free one for 0. */
  static int of(int port) {
    if (port != 0) {
      return port;
    }
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails if somebody listens on the port, who would else be taken for the server. */
  static void require(String server, int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      socket.getLocalPort();
    } catch (IOException e) {
      throw new ServerFailedException(
          "Cannot start %s: port %d is in use. Choose another, or 0 for any free one."
              .formatted(server, port),
          e);
    }
  }
}
