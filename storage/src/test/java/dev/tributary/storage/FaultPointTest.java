package dev.tributary.storage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FaultPointTest {
  @TempDir Path folder;

  @Test
  void withoutAnOrderNothingHappens() throws Exception {
    Process process = visits(3);
    assertThat(process.waitFor()).isZero();
    assertThat(output()).containsExactly("1", "2", "3");
  }

  @Test
  void killHaltsAtTheVisitThatItNames() throws Exception {
    order("kill 3");
    Process process = visits(5);
    assertThat(process.waitFor()).isEqualTo(137);
    assertThat(output()).containsExactly("1", "2");
    assertThat(folder.resolve("point.claimed." + process.pid())).exists();
    assertThat(visits(5).waitFor()).as("an order acts once").isZero();
  }

  @Test
  void failThrows() throws Exception {
    order("fail");
    assertThat(visits(2).waitFor()).isZero();
    assertThat(output()).containsExactly("failed", "2");
  }

  @Test
  void stopPausesTheProcessUntilItIsContinued() throws Exception {
    order("stop 2");
    Process process = visits(3);
    try {
      await().atMost(20, SECONDS).until(() -> state(process).equals("T"));
      assertThat(output()).containsExactly("1");
      new ProcessBuilder("kill", "-CONT", Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor()).isZero();
      assertThat(output()).containsExactly("1", "2", "3");
    } finally {
      process.destroyForcibly();
    }
  }

  private void order(String text) throws IOException {
    Files.writeString(folder.resolve("point"), text);
  }

  private Process visits(int count) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "-Dtributary.fault.dir=" + folder,
            Visitor.class.getName(),
            Integer.toString(count))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private java.util.List<String> output() throws IOException {
    return Files.readAllLines(folder.resolve("output"));
  }

  private static String state(Process process) throws IOException {
    String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
    return status.substring(status.lastIndexOf(')') + 2).substring(0, 1);
  }

  /** Visits the point as often as it is told. */
  static final class Visitor {
    private Visitor() {}

    public static void main(String[] arguments) {
      for (int visit = 1; visit <= Integer.parseInt(arguments[0]); visit++) {
        try {
          FaultPoint.reach("point");
          System.out.println(visit);
        } catch (UncheckedIOException e) {
          System.out.println("failed");
        }
      }
    }
  }
}
