package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackFolderTest {
  @TempDir Path root;

  @Test
  void whatIsPublishedIsFoundAgainAndReadableByItsOwnerAlone() throws IOException {
    StackFolder folder = new StackFolder(root.resolve("stack"));
    folder.create();
    StackState state = state(ProcessId.of(ProcessHandle.current()));
    folder.publish(state);

    assertThat(folder.running()).contains(state);
    for (Path file : List.of(folder.env(), folder.stateFile())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(folder.env())
        .content()
        .contains("export TRIBUTARY_METASTORE_URL='http://127.0.0.1:3'")
        .contains("export AWS_SECRET_ACCESS_KEY='hidden'");
    assertThat(state.toString()).doesNotContain("hidden");
  }

  @Test
  void aSupervisorThatDiedIsNotRunningAndNeitherIsAnotherProcessOfItsNumber()
      throws IOException, InterruptedException {
    StackFolder folder = new StackFolder(root);
    folder.create();
    Process process = new ProcessBuilder("sleep", "30").start();
    ProcessId id = ProcessId.of(process.toHandle());
    folder.publish(state(id));
    assertThat(folder.running()).isPresent();

    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    assertThat(folder.running()).isEmpty();
    assertThat(folder.state()).isPresent();

    folder.publish(state(new ProcessId(ProcessHandle.current().pid(), 1)));
    assertThat(folder.running()).isEmpty();
  }

  @Test
  void aStackIsStoppedEvenIfItsSupervisorIsGone() throws IOException, InterruptedException {
    StackFolder folder = new StackFolder(root);
    folder.create();
    Process supervisor = new ProcessBuilder("sleep", "30").start();
    Process server = new ProcessBuilder("sleep", "30").start();
    StackState state =
        new StackState(
            ProcessId.of(supervisor.toHandle()),
            "127.0.0.1:1",
            "http://127.0.0.1:2",
            "bucket",
            "http://127.0.0.1:3",
            List.of(new StackState.Server("kafka", ProcessId.of(server.toHandle()), "-", "-")),
            Optional.empty());
    folder.publish(state);
    supervisor.destroyForcibly().waitFor(10, TimeUnit.SECONDS);

    LocalDown.stop(folder, state);

    assertThat(server.isAlive()).isFalse();
    assertThat(folder.state()).isEmpty();
    assertThat(folder.env()).doesNotExist();
  }

  @Test
  void aFileOfSomebodyElseIsNotTakenForAState() throws IOException {
    StackFolder folder = new StackFolder(root);
    Files.writeString(folder.stateFile(), "{\"pid\":");

    assertThatThrownBy(folder::state)
        .hasMessageContaining("is not what a local stack writes")
        .hasMessageContaining("delete it");
  }

  private static StackState state(ProcessId supervisor) {
    return new StackState(
        supervisor,
        "127.0.0.1:1",
        "http://127.0.0.1:2",
        "bucket",
        "http://127.0.0.1:3",
        List.of(),
        Optional.of(new StackState.Credentials("me", "hidden")));
  }
}
