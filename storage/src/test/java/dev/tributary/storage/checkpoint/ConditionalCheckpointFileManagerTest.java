package dev.tributary.storage.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.execution.streaming.checkpointing.CheckpointFileManager.CancellableFSDataOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConditionalCheckpointFileManagerTest {
  @TempDir java.nio.file.Path folder;

  private ConditionalCheckpointFileManager files;
  private Path file;

  @BeforeEach
  void open() throws IOException {
    files = new ConditionalCheckpointFileManager(new Path(folder.toUri()), new Configuration());
    file = new Path(files.createCheckpointDirectory(), "offsets/7");
  }

  @Test
  void aFileIsThereOnceItIsClosed() throws IOException {
    try (CancellableFSDataOutputStream stream = files.createAtomic(file, false)) {
      stream.write("one".getBytes(UTF_8));
      stream.flush();
      assertThat(files.exists(file)).isFalse();
    }
    assertThat(content()).isEqualTo("one");
    FileStatus[] listed = files.list(file.getParent());
    assertThat(listed).hasSize(1);
    assertThat(listed[0].getPath().getName()).isEqualTo("7");
    assertThat(files.isLocal()).isTrue();
  }

  @Test
  void aFileThatIsThereIsReplacedOnlyWhereThatIsAllowed() throws IOException {
    write("one", false);
    assertThatThrownBy(() -> write("two", false))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("offsets/7");
    assertThat(content()).isEqualTo("one");
    write("three", true);
    assertThat(content()).isEqualTo("three");
  }

  @Test
  void aCancelledFileIsNeverThere() throws IOException {
    CancellableFSDataOutputStream stream = files.createAtomic(file, true);
    stream.write("one".getBytes(UTF_8));
    stream.cancel();
    stream.close();
    assertThat(files.exists(file)).isFalse();
  }

  @Test
  void whatIsAbsentIsSaidToBeInSparksTerms() {
    assertThatThrownBy(() -> files.open(file)).isInstanceOf(FileNotFoundException.class);
    files.delete(file);
  }

  private void write(String text, boolean overwrite) throws IOException {
    try (CancellableFSDataOutputStream stream = files.createAtomic(file, overwrite)) {
      stream.write(text.getBytes(UTF_8));
    }
  }

  private String content() throws IOException {
    try (FSDataInputStream stream = files.open(file)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }
}
