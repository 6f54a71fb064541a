-- Which sources read a topic is found without a look at every source: the topics of the current versions.
CREATE TABLE source_topics (
  topic TEXT NOT NULL,
  name TEXT NOT NULL REFERENCES sources (name),
  PRIMARY KEY (topic, name)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO source_topics (topic, name)
  SELECT t.value, s.name
  FROM sources s JOIN source_versions v ON v.name = s.name AND v.version = s.version,
    json_each(v.spec, '$.topics') t;

CREATE INDEX source_topics_by_name ON source_topics (name);
