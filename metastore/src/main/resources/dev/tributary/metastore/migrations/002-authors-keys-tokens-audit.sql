ALTER TABLE source_versions ADD COLUMN actor TEXT NOT NULL DEFAULT 'unknown';

ALTER TABLE source_versions ADD COLUMN reason TEXT;

ALTER TABLE dataset_versions ADD COLUMN actor TEXT NOT NULL DEFAULT 'unknown';

ALTER TABLE dataset_versions ADD COLUMN reason TEXT;

-- The version that this one was made from; 0: none.
ALTER TABLE dataset_versions ADD COLUMN base INTEGER NOT NULL DEFAULT 0;

UPDATE dataset_versions SET base = version - 1;

-- Whether a driver has ever put a version in force, so that the table exists.
ALTER TABLE datasets ADD COLUMN has_table INTEGER NOT NULL DEFAULT 0;

UPDATE datasets SET has_table = EXISTS (
  SELECT 1 FROM dataset_versions v
  WHERE v.name = datasets.name AND v.activation IS NOT NULL AND v.state <> 'rejected');

CREATE INDEX runs_by_time ON runs (at);

-- Answers to changes that may be asked for again, kept in the transaction of the change.
CREATE TABLE idempotency_keys (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  etag TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);

-- hash: SHA-256 of the token, which is 256 random bits and stands nowhere.
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  remote TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  version INTEGER,
  reason TEXT
) STRICT;
