package dev.tributary.phase2;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL cluster for one test, which forgets it; its log is logical. */
final class PostgresServer implements AutoCloseable {
  /** Where Debian has each release's programs; others have them in the path. */
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  private static final String SKIP = "tributary.skip.postgres";
  private static final String NOBODY = "nobody";
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Path programs;
  private final Path folder;
  private final int port;
  private final Process process;
  private final Thread hook;

  private PostgresServer(Path programs, Path folder, int port, Process process) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
    this.process = process;
    this.hook = new Thread(process::destroyForcibly, "postgres-stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The folder of PostgreSQL's server programs. */
  static Path requirePrograms() {
    assumeFalse(Boolean.getBoolean(SKIP), "PostgreSQL is not run: -D" + SKIP + " is set.");
    return programs()
        .orElseThrow(
            () ->
                new AssertionError(
                    "PostgreSQL's server programs (initdb, postgres, psql, pg_isready) are neither on the PATH nor below %s. Install the package postgresql, or skip this test by -D%s=true: the events that an earlier run has kept are read by DebeziumEventsIT all the same."
                        .formatted(DEBIAN, SKIP)));
  }

  private static Optional<Path> programs() {
    List<Path> folders = new ArrayList<>();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
      folders.add(Path.of(folder));
    }
    if (Files.isDirectory(DEBIAN)) {
      try (Stream<Path> releases = Files.list(DEBIAN)) {
        releases.sorted().map(each -> each.resolve("bin")).forEach(each -> folders.add(0, each));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return folders.stream()
        .filter(
            each ->
                Stream.of("initdb", "postgres", "psql", "pg_isready")
                    .allMatch(program -> Files.isExecutable(each.resolve(program))))
        .findFirst();
  }

  /** Starts an empty cluster. */
  static PostgresServer start(Path programs) throws IOException {
    // Not in a folder of the tests: the server's own user has to come by.
    Path folder = Files.createTempDirectory("tributary-postgres-");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    if (root()) {
      UserPrincipal owner =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY);
      Files.setOwner(folder, owner);
    }
    Path data = folder.resolve("data");
    end(
        run(
            folder,
            asUser(
                programs.resolve("initdb").toString(),
                "--pgdata=" + data,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync")),
        folder);
    Process process =
        run(
            folder,
            asUser(
                programs.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-k",
                folder.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "wal_level=logical",
                "-c",
                "fsync=off",
                "-c",
                "max_wal_senders=20",
                "-c",
                "max_replication_slots=20"));
    PostgresServer server = new PostgresServer(programs, folder, port, process);
    await("PostgreSQL, log " + folder.resolve("log"))
        .atMost(PATIENCE)
        .until(() -> server.ready() || !process.isAlive());
    if (!process.isAlive()) {
      throw new AssertionError("PostgreSQL did not start: " + log(folder));
    }
    return server;
  }

  private boolean ready() throws IOException, InterruptedException {
    return run(
                folder,
                List.of(
                    programs.resolve("pg_isready").toString(),
                    "-q",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    port()))
            .waitFor()
        == 0;
  }

  /** The port at 127.0.0.1, where the user postgres is let in with any password. */
  String port() {
    return Integer.toString(port);
  }

  /** Does statements, each in a transaction of its own unless they say otherwise. */
  void execute(String sql) throws IOException {
    psql(sql);
  }

  /** The lines that a query of one column of text prints; no value may hold a line break. */
  List<String> query(String sql) throws IOException {
    return psql(sql).lines().toList();
  }

  private String psql(String sql) throws IOException {
    Path script = Files.writeString(folder.resolve("script.sql"), sql);
    Path out = folder.resolve("out");
    Process psql =
        new ProcessBuilder(client("-f", script.toString()))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    end(psql, folder);
    return Files.readString(out);
  }

  private List<String> client(String... more) {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve("psql").toString());
    command.addAll(List.of("-h", "127.0.0.1", "-p", port(), "-U", "postgres", "-X", "-q", "-A"));
    command.addAll(List.of("-t", "-v", "ON_ERROR_STOP=1"));
    command.addAll(List.of(more));
    return command;
  }

  /** Begins a transaction that is open until its session commits. */
  Session begin() throws IOException {
    Session session =
        new Session(
            new ProcessBuilder(client())
                .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start());
    session.execute("begin;");
    return session;
  }

  /** Waits until so many others wait for the end of a transaction. */
  void awaitWaiting(Session session, int others) throws IOException {
    String id = session.execute("select txid_current();");
    String waiting =
        "select count(*) from pg_locks where locktype = 'transactionid' and not granted and transactionid = '%s';"
            .formatted(id);
    await("%d that wait for a transaction".formatted(others))
        .atMost(PATIENCE)
        .until(() -> query(waiting).equals(List.of(Integer.toString(others))));
  }

  /** A transaction, which is given up where it was not committed. */
  static final class Session implements AutoCloseable {
    private static final String DONE = "that was all";

    private final Process psql;
    private final Writer statements;
    private final BufferedReader answers;

    private Session(Process psql) {
      this.psql = psql;
      this.statements = psql.outputWriter();
      this.answers = psql.inputReader();
    }

    /** Does a statement and returns what it answered. */
    String execute(String sql) throws IOException {
      statements.write("%s\n\\echo %s\n".formatted(sql, DONE));
      statements.flush();
      List<String> lines = new ArrayList<>();
      for (String line = answers.readLine(); !DONE.equals(line); line = answers.readLine()) {
        if (line == null) {
          throw new AssertionError("psql ended at: " + sql);
        }
        lines.add(line);
      }
      return String.join("\n", lines);
    }

    void commit() throws IOException {
      execute("commit;");
    }

    @Override
    public void close() throws IOException {
      psql.destroy();
    }
  }

  private static Process run(Path folder, List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private static void end(Process process, Path folder) throws IOException {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("A program of PostgreSQL did not end: " + log(folder));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    if (process.exitValue() != 0) {
      throw new AssertionError("A program of PostgreSQL failed: " + log(folder));
    }
  }

  private static String log(Path folder) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : List.of("log", "out")) {
      if (Files.exists(folder.resolve(name))) {
        text.append(Files.readString(folder.resolve(name), StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }

  /** PostgreSQL refuses to be run by root. */
  private static List<String> asUser(String... command) {
    List<String> line = new ArrayList<>();
    if (root()) {
      line.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=65534", "--clear-groups", "--"));
    }
    line.addAll(List.of(command));
    return line;
  }

  private static boolean root() {
    return System.getProperty("user.name").equals("root");
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
