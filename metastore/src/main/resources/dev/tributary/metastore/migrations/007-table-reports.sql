-- What drivers found in the tiers of a dataset: the last report of each.
CREATE TABLE table_reports (
  dataset TEXT NOT NULL PRIMARY KEY REFERENCES datasets (name),
  at INTEGER NOT NULL,
  report TEXT NOT NULL
) STRICT, WITHOUT ROWID;
