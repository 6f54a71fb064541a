-- JARs of transforms; described: what they hold, as JSON.
CREATE TABLE transform_jars (
  sha256 TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  described TEXT NOT NULL
) STRICT;
