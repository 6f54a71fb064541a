package dev.tributary.core.jsonschema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.format.Format;
import com.networknt.schema.format.Formats;
import java.util.Map;
import java.util.TreeMap;

/**
 * The formats that are checked, each with the length beyond which no text is of it: some of them
 * are matched by expressions that a long text could keep busy for ever.
 */
final class BoundedFormat implements Format {
  private static final int SHORT = 255;
  private static final int LONG = 2_048;
  private static final Map<String, Integer> LONGEST =
      Map.ofEntries(
          Map.entry("date", SHORT),
          Map.entry("time", SHORT),
          Map.entry("date-time", SHORT),
          Map.entry("duration", SHORT),
          Map.entry("hostname", SHORT),
          Map.entry("ipv4", SHORT),
          Map.entry("ipv6", SHORT),
          Map.entry("uuid", SHORT),
          Map.entry("uri", LONG),
          Map.entry("uri-reference", LONG));

  private final Format format;
  private final int longest;

  private BoundedFormat(Format format, int longest) {
    this.format = format;
    this.longest = longest;
  }

  /** By name; all other formats are annotations. */
  static Map<String, Format> all() {
    Map<String, Format> all = new TreeMap<>();
    for (Format format : Formats.DEFAULT) {
      Integer longest = LONGEST.get(format.getName());
      if (longest != null) {
        all.put(format.getName(), new BoundedFormat(format, longest));
      }
    }
    all.put("email", new BoundedFormat(new EmailFormat(), SHORT));
    return all;
  }

  @Override
  public String getName() {
    return format.getName();
  }

  @Override
  public String getMessageKey() {
    return format.getMessageKey();
  }

  @Override
  public boolean matches(ExecutionContext execution, SchemaContext context, String value) {
    return value.length() <= longest && format.matches(execution, context, value);
  }
}
