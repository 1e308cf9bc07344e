-- Trailhound's store. Plain tables, made to be read with sqlite3, Datasette or DuckDB.
-- Times are Universal Time: whole seconds since 1970 in `changes`, ISO 8601 text elsewhere. Nested data is JSON text.

-- About the store itself: `schema` (the version of this file), `until` (the latest event time seen), `fingerprint_key`.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One row per resource: what is known at the end of its changes.
CREATE TABLE resources (
  key INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,          -- or 'global'
  kind TEXT NOT NULL,            -- the CloudFormation type, or Trailhound's own
  id TEXT NOT NULL,
  partition TEXT NOT NULL,
  arn TEXT,
  gone INTEGER NOT NULL,         -- 1 if it was deleted
  created_at TEXT,               -- if its creation was seen
  properties TEXT NOT NULL,      -- by CloudFormation's names
  observed TEXT NOT NULL,        -- what no CloudFormation schema has
  unread TEXT NOT NULL,          -- what is not known, and why
  partial TEXT NOT NULL,         -- what is known in part, and why
  announced TEXT NOT NULL,       -- what was last told about its findings
  version INTEGER NOT NULL,      -- grows with every commit
  UNIQUE (account, kind, region, id, partition)
);

-- One row per event and resource: the ledger. Everything else follows from these rows.
CREATE TABLE changes (
  resource INTEGER NOT NULL REFERENCES resources (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_name TEXT NOT NULL,
  actor TEXT NOT NULL,
  entry TEXT NOT NULL,           -- the event and its operations
  PRIMARY KEY (resource, time, event_id)
) WITHOUT ROWID;

-- Other names that calls used, what they were seen to stand for, and the calls that used them.
CREATE TABLE aliases (
  key INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  space TEXT NOT NULL,           -- what kind of name it is
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (account, kind, space, name, region)
);

CREATE TABLE alias_sightings (
  alias INTEGER NOT NULL REFERENCES aliases (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  birth INTEGER NOT NULL         -- 1 if the name began to mean this resource then
);

CREATE TABLE alias_changes (
  alias INTEGER NOT NULL REFERENCES aliases (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  entry TEXT NOT NULL
);

CREATE INDEX alias_sightings_alias ON alias_sightings (alias);
CREATE INDEX alias_changes_alias ON alias_changes (alias);

-- One row per rule that ever failed on a resource, or that lost sight of it.
CREATE TABLE findings (
  resource INTEGER NOT NULL REFERENCES resources (key),
  rule TEXT NOT NULL,
  item TEXT NOT NULL,
  severity TEXT NOT NULL,
  status TEXT NOT NULL,          -- open, unknown or resolved
  opened_at TEXT,
  opened_by TEXT,
  resolved_at TEXT,
  resolved_by TEXT,
  message TEXT NOT NULL,
  transitions INTEGER NOT NULL,  -- how many boundaries its timeline has
  finding TEXT NOT NULL,         -- all of it, with evidence, episodes and transitions
  PRIMARY KEY (resource, rule)
) WITHOUT ROWID;

-- The boundaries of every finding's timeline.
CREATE VIEW transitions AS
  SELECT
    findings.resource,
    findings.rule,
    transition.value ->> '$.time' AS time,
    transition.value ->> '$.step' AS step,
    transition.value ->> '$.cause.event_id' AS event_id,
    transition.value ->> '$.cause.name' AS event_name,
    transition.value ->> '$.cause.actor.name' AS actor,
    transition.value ->> '$.message' AS message,
    transition.value -> '$.before' AS before,
    transition.value -> '$.after' AS after
  FROM findings, json_each(findings.finding, '$.transitions') AS transition;
