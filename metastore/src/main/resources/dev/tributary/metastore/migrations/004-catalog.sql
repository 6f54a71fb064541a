-- Which tables a catalog has yet to learn of, noted in the transaction of the change. Of a dataset's
-- rows the newest counts; a table that the catalog has learned of has none.
CREATE TABLE catalog_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  dataset TEXT NOT NULL REFERENCES datasets (name),
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  error TEXT
) STRICT;

CREATE INDEX catalog_outbox_by_dataset ON catalog_outbox (dataset, id);

-- What stands in which catalog.
CREATE TABLE catalog_tables (
  dataset TEXT NOT NULL PRIMARY KEY REFERENCES datasets (name),
  catalog TEXT NOT NULL,
  version INTEGER NOT NULL,
  synced_at INTEGER NOT NULL
) STRICT;
