package dev.tributary.transforms.basic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import dev.tributary.transforms.Transform;
import dev.tributary.transforms.testing.TransformContract;
import dev.tributary.transforms.testing.TransformTrial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4BlockOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyFramedOutputStream;
import org.xerial.snappy.SnappyOutputStream;

/** Each step on bytes keeps the contract, and does what it says. */
final class PayloadStepsTest {
  private static final byte[] PLAIN =
      "{\"id\":1,\"text\":\"aaaaaaaaaaaaaaaa\"}".repeat(5000).getBytes(UTF_8);

  @Nested
  final class Decompress extends TransformContract {
    private Map<String, String> options = Map.of("codec", "gzip");

    @Override
    protected Transform transform() {
      return new DecompressTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint", options)
          .good(packed(GZIPOutputStream::new))
          .bad("{\"id\":1}");
    }

    @Test
    void whatEachWriterMakesIsUnpackedWithAndWithoutItsName() throws Exception {
      for (Map.Entry<String, byte[]> packed : values().entrySet()) {
        String codec = packed.getKey().split(" ")[0];
        assertThat(Codec.valueOf(codec).unpack(packed.getValue(), PLAIN.length))
            .as(packed.getKey())
            .isEqualTo(PLAIN);
        if (!packed.getKey().endsWith("block")) {
          assertThat(Codec.AUTO.unpack(packed.getValue(), PLAIN.length))
              .as(packed.getKey())
              .isEqualTo(PLAIN);
        }
      }
      assertThat(Codec.AUTO.unpack(PLAIN, 1)).isEqualTo(PLAIN);
    }

    @Test
    void whatBecomesTooLongIsRefusedAndNeverHeld() throws Exception {
      for (Map.Entry<String, byte[]> packed : values().entrySet()) {
        Codec codec = Codec.valueOf(packed.getKey().split(" ")[0]);
        assertThatThrownBy(() -> codec.unpack(packed.getValue(), PLAIN.length - 1))
            .as(packed.getKey())
            .isInstanceOf(IOException.class)
            .hasMessageContaining("becomes longer than %d bytes".formatted(PLAIN.length - 1));
      }
      // A block that claims two gigabytes.
      assertThatThrownBy(
              () ->
                  Codec.SNAPPY.unpack(
                      new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 0}, 1000))
          .hasMessageContaining("becomes longer than 1000 bytes");
    }

    @Test
    void whatIsCutOffOrChangedIsRefused() throws Exception {
      for (Map.Entry<String, byte[]> packed : values().entrySet()) {
        Codec codec = Codec.valueOf(packed.getKey().split(" ")[0]);
        byte[] value = packed.getValue();
        for (int length : new int[] {3, 9, value.length / 2, value.length - 1}) {
          byte[] cut = Arrays.copyOf(value, length);
          assertThatThrownBy(() -> codec.unpack(cut, PLAIN.length))
              .as(packed.getKey() + " of " + length)
              .isInstanceOf(IOException.class);
        }
      }
      byte[] changed = values().get("SNAPPY framed");
      changed[changed.length / 2] ^= 1;
      assertThatThrownBy(() -> Codec.SNAPPY.unpack(changed, PLAIN.length))
          .isInstanceOf(IOException.class);
    }

    @Test
    void codecsAndBoundsThatThereAreNotAreRefused() {
      options = Map.of("codec", "brotli");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessage("The option codec is 'brotli'. Write gzip, zstd, snappy, lz4 or auto.");
      options = Map.of("max-bytes", "0");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option max-bytes is 0. Write a number from 1");
    }
  }

  @Nested
  final class Decrypt extends TransformContract {
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZg==";

    @Override
    protected Transform transform() {
      return new DecryptPayloadTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint", Map.of("keys", "env:KEYS"))
          .secret("keys", "k1=" + KEY)
          .good(Sealed.bytes("k1", KEY, "{\"id\":1}"))
          .bad("{\"id\":1}")
          .bad(Sealed.bytes("k2", KEY, "{\"id\":1}"));
    }
  }

  private static Map<String, byte[]> values() throws IOException {
    Map<String, byte[]> values = new LinkedHashMap<>();
    values.put("GZIP", packed(GZIPOutputStream::new));
    values.put("ZSTD", packed(ZstdOutputStream::new));
    values.put("LZ4 frames", packed(LZ4FrameOutputStream::new));
    values.put("LZ4 of lz4-java", packed(LZ4BlockOutputStream::new));
    values.put("SNAPPY of snappy-java", packed(SnappyOutputStream::new));
    values.put("SNAPPY framed", packed(SnappyFramedOutputStream::new));
    values.put("SNAPPY block", Snappy.compress(PLAIN));
    return values;
  }

  private interface Packing {
    OutputStream onto(OutputStream out) throws IOException;
  }

  private static byte[] packed(Packing packing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packing.onto(bytes)) {
      out.write(PLAIN);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }
}
