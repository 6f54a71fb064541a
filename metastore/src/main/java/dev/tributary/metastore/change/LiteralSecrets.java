package dev.tributary.metastore.change;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Locale;
import java.util.regex.Pattern;

/** Finds secrets that stand where whoever may read a spec sees them. */
final class LiteralSecrets {
  /** A name and a password before a host; a port is none, nor is the container of an Azure URI. */
  private static final Pattern USER_INFO =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/@:]*:(?![0-9]*/)[^@]*@.*");

  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "(^|.*_)(password|passwd|passphrase|pwd|secret|token|credentials?|user_info"
              + "|(private|secret|api|encryption|signing|secret_access|keystore)_?key"
              + "|sasl_jaas_config)");

  private LiteralSecrets() {}

  /** Whether an option of this name holds a secret, in whichever way its words are joined. */
  static boolean areNamed(String option) {
    String words =
        option
            .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
            .replaceAll("[.-]", "_")
            .toLowerCase(Locale.ROOT);
    return SECRET_NAME.matcher(words).matches();
  }

  /** Refuses a URI that bears a password; its message does not repeat it. */
  static void requireNoneInUri(String uri, String pointer) {
    if (USER_INFO.matcher(uri).matches()) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The URI at %s bears a password, which everybody who reads this would see."
                  .formatted(pointer),
              "Leave it out, and give drivers the store's credentials by their own settings.")
          .at(pointer);
    }
  }
}
