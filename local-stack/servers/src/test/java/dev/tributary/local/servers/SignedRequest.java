package dev.tributary.local.servers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The little of AWS Signature 4 that a test of an S3 server needs. */
final class SignedRequest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private SignedRequest() {}

  static HttpResponse<String> send(
      String method, URI uri, String accessKey, String secretKey, Map<String, String> headers)
      throws IOException, InterruptedException, GeneralSecurityException {
    return send(method, uri, accessKey, secretKey, headers, "");
  }

  static HttpResponse<String> send(
      String method,
      URI uri,
      String accessKey,
      String secretKey,
      Map<String, String> headers,
      String body)
      throws IOException, InterruptedException, GeneralSecurityException {
    String time =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
            .withZone(ZoneOffset.UTC)
            .format(Instant.now());
    String day = time.substring(0, 8);
    TreeMap<String, String> signed = new TreeMap<>(headers);
    signed.put("x-amz-date", time);
    signed.put("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(5))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    signed.forEach(request::header);
    signed.put("host", uri.getAuthority());
    String names = String.join(";", signed.keySet());
    String canonical =
        "%s\n%s\n\n%s\n\n%s\nUNSIGNED-PAYLOAD"
            .formatted(
                method,
                uri.getPath(),
                signed.entrySet().stream()
                    .map(e -> e.getKey() + ":" + e.getValue())
                    .collect(Collectors.joining("\n")),
                names);
    String scope = day + "/us-east-1/s3/aws4_request";
    String toSign = "AWS4-HMAC-SHA256\n%s\n%s\n%s".formatted(time, scope, sha256(canonical));
    byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
    for (String part : new String[] {day, "us-east-1", "s3", "aws4_request"}) {
      key = hmac(key, part);
    }
    request.header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(accessKey, scope, names, HexFormat.of().formatHex(hmac(key, toSign))));
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }
}
