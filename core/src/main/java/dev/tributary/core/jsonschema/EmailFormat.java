package dev.tributary.core.jsonschema;

import com.google.re2j.Pattern;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.format.Format;

/**
 * E-mail addresses as HTML's forms take them. The validator's own knows the top-level domains of
 * its release, and refuses younger ones.
 */
final class EmailFormat implements Format {
  private static final Pattern ADDRESS =
      Pattern.compile(
          "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
              + "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*");

  @Override
  public String getName() {
    return "email";
  }

  @Override
  public String getMessageKey() {
    return "format.email";
  }

  @Override
  public boolean matches(ExecutionContext execution, String value) {
    return ADDRESS.matches(value);
  }
}
