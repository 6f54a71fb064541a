package dev.tributary.metastore;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.access.Tokens;
import dev.tributary.metastore.store.Backup;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.TokenRepository.StoredToken;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is done to the database itself, while the service runs or not. */
final class MetastoreCommands {
  private static final Setting<String> NAME =
      Setting.text("name", "Who the token is for; it stands in versions and in the audit.")
          .required();
  private static final Setting<List<String>> SCOPE =
      Setting.text(
              "scope", "What it allows: read, datasets:write, runs:write or admin; repeatable.")
          .repeated();
  private static final Setting<Duration> LIFETIME =
      Setting.duration("lifetime", "How long it is valid; without it, until it is revoked.");
  private static final Setting<String> ID =
      Setting.text("id", "The token's id, which token-list shows.").required();
  private static final Setting<Path> TO =
      Setting.path("to", "The file that the backup is written to; it must not be there.")
          .required();

  private static final SettingsGroup STORE =
      SettingsGroup.of("Store", MetastoreServerSettings.DATABASE);

  static final Program TOKEN_CREATE =
      Program.of(
          "metastore token-create",
          "Makes a bearer token and prints it once; of it, only a hash is kept.",
          SettingsGroup.of("Token", NAME, SCOPE, LIFETIME),
          STORE);
  static final Program TOKEN_LIST =
      Program.of("metastore token-list", "Lists the tokens, without the tokens themselves.", STORE);
  static final Program TOKEN_REVOKE =
      Program.of(
          "metastore token-revoke", "Ends a token at once.", SettingsGroup.of("Token", ID), STORE);
  static final Program BACKUP =
      Program.of(
          "metastore backup",
          "Writes a checked copy of the database while the service runs. To restore it, stop the"
              + " service and put the copy in the database's place.",
          SettingsGroup.of("Backup", TO),
          STORE);

  private static final Map<String, Command> COMMANDS =
      new TreeMap<>(
          Map.of(
              "token-create", new Command(TOKEN_CREATE, MetastoreCommands::create),
              "token-list", new Command(TOKEN_LIST, MetastoreCommands::list),
              "token-revoke", new Command(TOKEN_REVOKE, MetastoreCommands::revoke),
              "backup", new Command(BACKUP, MetastoreCommands::backup)));

  private MetastoreCommands() {}

  /** A command and what it does. */
  private record Command(Program program, Program.Body body) {}

  /** Carries out the command that the first argument names; answers the exit code. */
  static int run(String[] arguments) {
    Command command = COMMANDS.get(arguments[0]);
    if (command == null) {
      System.err.printf(
          "metastore: there is no command '%s'. Use one of %s, or none to serve.%n",
          arguments[0], COMMANDS.keySet());
      return 2;
    }
    return command
        .program()
        .run(Arrays.copyOfRange(arguments, 1, arguments.length), command.body());
  }

  private static int create(Settings settings) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    settings.get(SCOPE).forEach(scope -> scopes.add(Scope.of(scope)));
    if (scopes.isEmpty()) {
      scopes.add(Scope.READ);
    }
    // The first tokens are made before the service first runs.
    try (Database database = Database.open(settings.get(MetastoreServerSettings.DATABASE))) {
      Tokens.Made made =
          new Tokens(database, Clock.systemUTC())
              .make(settings.get(NAME), scopes, settings.find(LIFETIME));
      System.err.printf("Token %s; it is shown this once:%n", made.id());
      System.out.println(made.secret());
    }
    return 0;
  }

  /** A path that was mistyped must not become a database that has no tokens. */
  private static Database open(Settings settings) {
    Path file = settings.get(MetastoreServerSettings.DATABASE);
    Database.requireThere(file);
    return Database.open(file);
  }

  private static int list(Settings settings) {
    try (Database database = open(settings)) {
      for (StoredToken token : new Tokens(database, Clock.systemUTC()).all()) {
        System.out.printf(
            "%s  %-20s  %-30s  made %s%s%s%n",
            token.id(),
            token.name(),
            String.join(" ", token.scopes()),
            Instant.ofEpochMilli(token.createdAt()),
            token.expiresAt().isPresent()
                ? ", ends " + Instant.ofEpochMilli(token.expiresAt().getAsLong())
                : "",
            token.revokedAt().isPresent()
                ? ", revoked " + Instant.ofEpochMilli(token.revokedAt().getAsLong())
                : "");
      }
    }
    return 0;
  }

  private static int revoke(Settings settings) {
    try (Database database = open(settings)) {
      new Tokens(database, Clock.systemUTC()).revoke(settings.get(ID));
      System.out.printf("Token %s is not valid any more%n", settings.get(ID));
    }
    return 0;
  }

  private static int backup(Settings settings) {
    Path to = settings.get(TO);
    Backup.write(settings.get(MetastoreServerSettings.DATABASE), to);
    System.out.printf("The backup is %s%n", to);
    return 0;
  }
}
