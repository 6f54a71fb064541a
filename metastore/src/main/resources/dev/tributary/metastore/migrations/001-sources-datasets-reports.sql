CREATE TABLE sources (
  name TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE source_versions (
  name TEXT NOT NULL REFERENCES sources (name),
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  spec TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- latest: the greatest version; effective: the greatest that was not rejected.
CREATE TABLE datasets (
  name TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL REFERENCES sources (name),
  retired INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  effective INTEGER NOT NULL
) STRICT;

CREATE INDEX datasets_by_source ON datasets (source);

CREATE TABLE dataset_versions (
  name TEXT NOT NULL REFERENCES datasets (name),
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'rejected', 'superseded')),
  activation TEXT,
  spec TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- The last sign of life of each pipeline's runs.
CREATE TABLE runs (
  pipeline TEXT NOT NULL,
  phase INTEGER NOT NULL,
  run TEXT NOT NULL,
  at INTEGER NOT NULL,
  report TEXT NOT NULL,
  PRIMARY KEY (pipeline, phase, run)
) STRICT, WITHOUT ROWID;
