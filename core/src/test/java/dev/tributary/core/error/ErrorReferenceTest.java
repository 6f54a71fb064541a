package dev.tributary.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ErrorReferenceTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("tributary.home"), "docs", "errors.md");

  @Test
  void theReferenceOfErrorsIsWhatTheCodesSay() throws IOException {
    if (Boolean.getBoolean("tributary.docs.update")) {
      Files.writeString(DOCUMENT, ErrorReference.markdown());
    }
    assertThat(Files.exists(DOCUMENT) ? Files.readString(DOCUMENT) : "")
        .as("stale: run this test once with -Dtributary.docs.update=true")
        .isEqualTo(ErrorReference.markdown());
  }

  @Test
  void aLocatedErrorKeepsCodeMessageRemedyAndCause() {
    Exception cause = new Exception("x");
    TributaryException located =
        TributaryException.of(ErrorCode.SPEC_INVALID, "It is wrong.", "Mend it.", cause).at("/a");
    assertThat(located).hasMessage("It is wrong. Mend it.").hasCause(cause);
    assertThat(located.code()).isEqualTo(ErrorCode.SPEC_INVALID);
    assertThat(located.remedy()).contains("Mend it.");
    assertThat(located.pointer()).contains("/a");
    assertThat(new TributaryException(ErrorCode.NOT_FOUND, "x").remedy()).isEmpty();
  }
}
