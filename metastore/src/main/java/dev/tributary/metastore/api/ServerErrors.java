package dev.tributary.metastore.api;

import dev.tributary.core.json.Json;
import io.javalin.http.HttpStatus;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What the HTTP server refuses before any route sees it: as problem documents too, not as HTML. */
final class ServerErrors extends ErrorHandler {
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      String message,
      Throwable cause,
      Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.CONTENT_TYPE);
    // The server hangs up after such a request; a client that is not told would use it again.
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    response.write(true, document(code), callback);
  }

  private static ByteBuffer document(int code) {
    return ByteBuffer.wrap(Json.write(Problems.byStatus(HttpStatus.forStatus(code))));
  }
}
