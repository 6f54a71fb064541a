package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.metastore.change.TransformJar.Described;
import dev.tributary.metastore.change.TransformJar.Option;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.TransformRepository;
import dev.tributary.metastore.store.TransformRepository.StoredJar;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JARs of transforms that are known, and what datasets may ask of them. */
public final class Transforms {
  private static final String UPLOADED = "metastore:";

  /** Where the platform's own transforms are, and which of their options are secrets. */
  private static final String OWN = "dev.tributary.transforms.basic.";

  private static final Map<String, String> SECRETS =
      Map.of(
          "hash", "key",
          "HashTransform", "key",
          "decrypt", "keys",
          "DecryptColumnTransform", "keys",
          "decrypt-payload", "keys",
          "DecryptPayloadTransform", "keys");

  private final Database database;
  private final TransformRepository jars;
  private final Clock clock;

  /** What lies in the database. */
  public Transforms(Database database, TransformRepository jars, Clock clock) {
    this.database = database;
    this.jars = jars;
    this.clock = clock;
  }

  /** One JAR. */
  public StoredJar get(String sha256) {
    return database.read(connection -> require(connection, sha256));
  }

  /** JARs by hash, after a hash. */
  public List<StoredJar> list(String after, int limit) {
    return database.read(connection -> jars.list(connection, after, limit));
  }

  private StoredJar require(Connection connection, String sha256) throws SQLException {
    return jars.find(connection, sha256)
        .orElseThrow(
            () ->
                TributaryException.of(
                    ErrorCode.NOT_FOUND,
                    "There is no transform JAR '%s'.".formatted(sha256),
                    "GET /transforms lists what there is."));
  }

  /** The same text, where it is a SHA-256. */
  public static String requireHash(String sha256) {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw TributaryException.of(
          ErrorCode.REQUEST_INVALID,
          "The path's '%s' is no SHA-256.".formatted(sha256),
          "Use the 64 lower-case hex digits that sha256sum prints.");
    }
    return sha256;
  }

  /** The URI of a JAR that was uploaded. */
  public static String uploadedUri(String sha256) {
    return UPLOADED + "/transforms/%s.jar".formatted(sha256);
  }

  /** Refuses a URI that is not of something that lies elsewhere. */
  public static void requireElsewhere(String sha256, String uri) {
    if (uri.startsWith(UPLOADED)) {
      throw invalid(
          "/uri",
          "The JAR %s is not with this service: it was not uploaded.".formatted(sha256),
          "Upload it (PUT /transforms/%s with the JAR as body), or say where it lies."
              .formatted(sha256));
    }
    if (!uri.matches("[a-z][a-z0-9+.-]*:/.+")) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The URI '%s' has no scheme.".formatted(uri),
              "Use one such as s3a://bucket/jars/name.jar.")
          .at("/uri");
    }
    LiteralSecrets.requireNoneInUri(uri, "/uri");
  }

  /** Registers a JAR that lies elsewhere, or says anew where it lies. */
  public Change<StoredJar> put(Connection connection, String sha256, TransformJar jar, Note note)
      throws SQLException {
    boolean uploaded =
        jars.find(connection, sha256)
            .filter(before -> before.uri().equals(uploadedUri(sha256)))
            .isPresent();
    if (uploaded) {
      throw refused(
          "",
          "The transform JAR %s was uploaded, and datasets may name it by that.".formatted(sha256),
          "Leave it as it is, or delete it before you register it elsewhere.");
    }
    return register(connection, sha256, jar, note);
  }

  /** Registers a JAR that was uploaded. */
  public Change<StoredJar> upload(
      Connection connection, String sha256, List<Described> transforms, Note note)
      throws SQLException {
    return register(connection, sha256, new TransformJar(uploadedUri(sha256), transforms), note);
  }

  private Change<StoredJar> register(
      Connection connection, String sha256, TransformJar jar, Note note) throws SQLException {
    Optional<StoredJar> before = jars.find(connection, sha256);
    StoredJar stored =
        new StoredJar(
            sha256,
            jar.uri(),
            before.map(StoredJar::createdAt).orElseGet(clock::millis),
            before.map(StoredJar::actor).orElse(note.actor()),
            new String(Json.write(jar.transforms()), StandardCharsets.UTF_8));
    if (before.filter(stored::equals).isPresent()) {
      return new Change<>(Change.Outcome.UNCHANGED, stored);
    }
    jars.put(connection, stored);
    return new Change<>(
        before.isPresent() ? Change.Outcome.CHANGED : Change.Outcome.CREATED, stored);
  }

  /** Forgets a JAR that no dataset and no template uses. */
  public Change<StoredJar> delete(Connection connection, String sha256) throws SQLException {
    StoredJar jar = require(connection, sha256);
    List<String> users = jars.usersOf(connection, sha256);
    if (!users.isEmpty()) {
      throw refused(
          "",
          "The transform JAR %s is used by the datasets %s.".formatted(sha256, users),
          "Give them other transforms, or retire them, first.");
    }
    List<String> templates = jars.templatesWith(connection, sha256);
    if (!templates.isEmpty()) {
      throw refused(
          "",
          "The transform JAR %s is used by the templates of the sources %s."
              .formatted(sha256, templates),
          "Give them other transforms, or retire them, first.");
    }
    jars.delete(connection, sha256);
    return new Change<>(Change.Outcome.CHANGED, jar);
  }

  /**
   * Refuses options that a registered JAR does not understand; drivers check the others.
   *
   * @param known the steps that the dataset has. They are not looked at again: what is refused by
   *     now and was not then stays, and holds up no other change.
   */
  void check(Connection connection, List<TransformSpec> steps, List<TransformSpec> known)
      throws SQLException {
    if (steps.equals(known)) {
      return;
    }
    for (int i = 0; i < steps.size(); i++) {
      if (!known.contains(steps.get(i))) {
        check(connection, steps.get(i), "/transforms/" + i);
      }
    }
    requireNumbered(steps);
  }

  private void check(Connection connection, TransformSpec step, String pointer)
      throws SQLException {
    Optional<StoredJar> jar = jars.find(connection, step.sha256());
    requireUploaded(step, jar, pointer);
    LiteralSecrets.requireNoneInUri(step.jar(), pointer + "/jar");
    if (jar.isPresent()) {
      check(step, jar.get(), pointer);
    } else {
      requireOwnSecrets(step, pointer);
      requireNoneNamed(step, pointer);
    }
  }

  /** Rows of a record that were brought among others' are not numbered alike each time. */
  private static void requireNumbered(List<TransformSpec> steps) {
    int combines = -1;
    boolean explodes = false;
    for (int i = 0; i < steps.size(); i++) {
      Optional<TransformKind> kind = steps.get(i).kind();
      if (kind.filter(TransformKind.EXPLODE::equals).isPresent()) {
        if (combines >= 0) {
          throw invalid(
              "/transforms/" + combines,
              "The transform %s combines rows between two steps that explode."
                  .formatted(steps.get(combines).type()),
              "Move it before the first that explodes, or behind the last.");
        }
        explodes = true;
      }
      if (explodes && kind.filter(TransformKind.COMBINE::equals).isPresent()) {
        combines = i;
      }
    }
  }

  private static void requireUploaded(TransformSpec step, Optional<StoredJar> jar, String pointer) {
    if (step.jar().startsWith(UPLOADED)
        && jar.map(StoredJar::uri).filter(step.jar()::equals).isEmpty()) {
      throw invalid(
          pointer + "/jar",
          "The JAR '%s' with the SHA-256 %s was not uploaded.".formatted(step.jar(), step.sha256()),
          "Upload it first (./tributary transform upload --jar FILE), or say where it lies.");
    }
  }

  /** The platform's own steps are known without their JAR. */
  private static void requireOwnSecrets(TransformSpec step, String pointer) {
    String own = step.type().startsWith(OWN) ? step.type().substring(OWN.length()) : step.type();
    String option = SECRETS.get(own);
    String value = option == null ? null : step.options().get(option);
    if (value != null && !SecretReference.isReference(value)) {
      throw literal(step, option, pointer);
    }
  }

  /** Nothing says which options of an unknown JAR are secrets, other than their names. */
  private static void requireNoneNamed(TransformSpec step, String pointer) {
    step.options()
        .forEach(
            (option, value) -> {
              if (LiteralSecrets.areNamed(option) && !SecretReference.isReference(value)) {
                throw literal(step, option, pointer);
              }
            });
  }

  private static TributaryException literal(TransformSpec step, String option, String pointer) {
    return invalid(
        pointer + "/options/" + escaped(option),
        "The option '%s' of %s holds a literal secret.".formatted(option, step.type()),
        "Use a reference: env:NAME or file:/path.");
  }

  private static void check(TransformSpec step, StoredJar jar, String pointer) {
    List<Described> known =
        List.of(Json.read(jar.described().getBytes(StandardCharsets.UTF_8), Described[].class));
    Described described =
        known.stream()
            .filter(one -> one.name().equals(step.type()) || one.type().equals(step.type()))
            .findFirst()
            .orElseThrow(
                () ->
                    invalid(
                        pointer + "/type",
                        "The JAR holds no transform '%s'.".formatted(step.type()),
                        NearestName.didYouMean(
                            step.type(),
                            known.stream().map(Described::name).toList(),
                            "It holds %s."
                                .formatted(known.stream().map(Described::name).toList()))));
    requireKind(step, described, pointer);
    List<String> names = described.options().stream().map(Option::name).toList();
    step.options()
        .keySet()
        .forEach(
            given -> {
              if (!names.contains(given)) {
                throw invalid(
                    pointer + "/options/" + escaped(given),
                    "The transform %s has no option '%s'.".formatted(step.type(), given),
                    NearestName.didYouMean(given, names, "It knows %s.".formatted(names)));
              }
            });
    for (Option option : described.options()) {
      String value = step.options().get(option.name());
      if (value == null && option.required()) {
        throw invalid(
            pointer + "/options",
            "The transform %s needs the option '%s'.".formatted(step.type(), option.name()),
            "Add it: %s".formatted(option.documentation().orElse("see its documentation.")));
      }
      if (value != null && option.secret() && !SecretReference.isReference(value)) {
        throw literal(step, option.name(), pointer);
      }
    }
  }

  /** What a step's kind brings to the table is known without its JAR. */
  private static void requireKind(TransformSpec step, Described described, String pointer) {
    Optional<String> said = step.kind().map(TransformKind::text);
    boolean demanded =
        described.kind().equals(TransformKind.EXPLODE.text())
            || described.kind().equals(TransformKind.COMBINE.text());
    if (said.isEmpty() && !demanded) {
      return;
    }
    if (!said.equals(Optional.of(described.kind()))) {
      throw invalid(
          pointer + "/kind",
          "The transform %s is of the kind %s, and the dataset calls it %s."
              .formatted(step.type(), described.kind(), said.orElse("nothing")),
          "Write kind: %s.".formatted(described.kind()));
    }
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static TributaryException invalid(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.TRANSFORM_INVALID, problem, remedy).at(pointer);
  }
}
