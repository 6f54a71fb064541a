package dev.tributary.phase2;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What happens in the database whose changes are captured. */
final class DebeziumHistory {

  /** Before the engines begin; they read it as a snapshot. */
  static final String BEFORE =
      """
      create table everything (
        id int primary key, big bigint, small smallint, name text not null, code varchar(20),
        mark char(3), amount numeric(12,2), loose numeric, ratio double precision, part real,
        flag boolean, born date, moment timestamp, moment_tz timestamptz, clock time, doc jsonb,
        plain json, tags text[], numbers int[], ident uuid, data bytea);
      create table lines (
        order_id int, line_no int, item text, price numeric(10,4), primary key (order_id, line_no));
      create table large (id int primary key, n int, body text);
      alter table large alter column body set storage external;
      create table large_full (id int primary key, n int, body text);
      alter table large_full alter column body set storage external;
      alter table large_full replica identity full;
      create table emptied (id int primary key, name text);
      create table overtaken (id int primary key, name text);
      create table sentinel (id int primary key);
      insert into everything (id, name, amount) values (1, 'there before', 1.10), (2, 'too', -3);
      insert into lines select o, l, 'before', o + l / 8.0
        from generate_series(0, 3) o, generate_series(0, 3) l;
      insert into large values (1, 1, repeat('a', 3000)), (2, 1, repeat('b', 3000));
      insert into large_full values (1, 1, repeat('a', 3000)), (2, 1, repeat('b', 3000));
      insert into emptied values (1, 'there before'), (2, 'too');
      insert into overtaken values (1, 'there before'), (2, 'too'), (3, 'too');
      insert into sentinel values (1);
      """;

  /**
   * Before they read that, by a transaction that commits after {@link #after}: they neither see it
   * nor does it stand after what they read in the log.
   */
  static final String OVERTAKEN =
      """
      update overtaken set name = 'changed' where id = 1;
      update overtaken set name = 'changed again' where id = 1;
      delete from overtaken where id = 2;
      insert into overtaken values (4, 'new');
      """;

  /** After everything else. */
  static final String END = "insert into sentinel values (2);";

  private static final String TYPES =
      """
      insert into everything values (3, 9007199254740993, -32768, 'zwei "q" \\ | ä€😀', 'c', 'ab',
        -0.05, 12345678901234567890.123456789, 0.1, 1.5, true, '2026-11-21',
        '2026-11-21 08:30:00.123456', '2026-11-21 08:30:00.123456+02', '08:30:01.5',
        '{"a":[1,2.50,null],"ä":"x"}', '{"b": 1.0,  "b":2}', '{a,"b c",NULL,"d,\\"e"}', '{1,-2,3}',
        '6f1d3f0e-6b51-4a1c-9d9f-0a4d1f9d9a10', '\\x00ff10');
      insert into everything values (4, -9223372036854775808, 32767, '', '', 'abc', 9999999999.99,
        -0.000000001, 'NaN', -0.25, false, '1969-12-31', '1969-12-31 23:59:59.123456',
        '1969-12-31 23:59:59.999999Z', '00:00:00', '[]', '"text"', '{}', '{}',
        '00000000-0000-0000-0000-000000000000', '');
      insert into everything values (5, 9223372036854775807, 0, 'infinite', 'x', null, 0,
        0, 'Infinity', 0.5, null, '1900-01-01', '2199-12-31 23:59:59.999999',
        '1900-01-01 00:00:00+00', '23:59:59.999', 'null', '{"deep":{"er":[{"x":null}]}}', null,
        null, null, null);
      update everything set name = 'changed', amount = 2.20, doc = '{"now":true}' where id = 1;
      update everything set id = 20, name = 'another key' where id = 2;
      begin;
      insert into everything (id, name, ratio) values (8, 'once', -2.5);
      delete from everything where id = 8;
      insert into everything (id, name, ratio) values (8, 'again', -2.5);
      update everything set numbers = '{7}' where id = 8;
      commit;
      begin;
      insert into everything (id, name) values (6, 'never');
      rollback;
      insert into everything (id, name) values (7, 'for a moment');
      delete from everything where id = 7;
      """;

  private static final String LARGE =
      """
      update large set n = 2 where id = 1;
      update large set n = 2, body = repeat('c', 3000) where id = 2;
      update large_full set n = 2 where id = 1;
      update large_full set n = 2, body = repeat('c', 3000) where id = 2;
      update large_full set id = 3 where id = 1;
      """;

  private static final String EMPTIED =
      """
      truncate emptied;
      insert into emptied values (3, 'after it');
      """;

  private DebeziumHistory() {}

  /** After they have read that. */
  static String after() {
    return TYPES + lines(new Random(7)) + LARGE + EMPTIED;
  }

  /** A hundred transactions that insert, update, delete and give other keys. */
  private static String lines(Random random) {
    List<String> statements = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int many = 1 + random.nextInt(3);
      statements.add("begin;");
      for (int each = 0; each < many; each++) {
        statements.add(line(random, i));
      }
      statements.add(random.nextInt(10) == 0 ? "rollback;" : "commit;");
    }
    return String.join("\n", statements) + "\n";
  }

  private static String line(Random random, int i) {
    String price = "%d.%04d".formatted(random.nextInt(1_000), random.nextInt(10_000));
    String key = "order_id = %d and line_no = %d".formatted(random.nextInt(4), random.nextInt(6));
    return switch (random.nextInt(6)) {
      case 0, 1 ->
          "insert into lines values (%d, %d, 'item %d', %s) on conflict do nothing;"
              .formatted(random.nextInt(4), random.nextInt(6), i, price);
      case 2 -> "update lines set price = %s where %s;".formatted(price, key);
      case 3 -> "delete from lines where %s;".formatted(key);
      case 4 ->
          "insert into lines values (%d, %d, 'item %d', %s) on conflict (order_id, line_no) do update set item = excluded.item, price = null;"
              .formatted(random.nextInt(4), random.nextInt(6), i, price);
      default ->
          // To a key that may have been there before, and come back.
          "update lines set line_no = 7 - line_no where %s and not exists (select from lines other where other.order_id = lines.order_id and other.line_no = 7 - lines.line_no);"
              .formatted(key);
    };
  }
}
