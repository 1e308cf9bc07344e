-- Trailhound's store. Plain tables, made to be read with sqlite3, Datasette or DuckDB.
-- Times are Universal Time: whole seconds since 1970 in `changes`, ISO 8601 text elsewhere. Nested data is JSON text.
-- What belongs to a resource or an alias has its key times 16,777,216 plus a number for a key, and so lies together.

-- About the store itself: `schema` (the version of this file), `until` (the latest event time seen), `filling` (while the
-- first replay into the store has not finished).
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
  version INTEGER NOT NULL       -- grows with every commit
);

-- Everyone who made a call, once.
CREATE TABLE actors (
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL,            -- the person or program a reader would name
  actor TEXT NOT NULL UNIQUE     -- all of it: `type`, `arn`, `account`, `role`, `source_ip`, `user_agent`, ...
);

-- What was called where, once.
CREATE TABLE calls (
  key INTEGER PRIMARY KEY,
  source TEXT NOT NULL,          -- the service
  name TEXT NOT NULL,
  account TEXT NOT NULL,         -- where it was recorded
  region TEXT NOT NULL,
  UNIQUE (name, source, region, account)
);

-- One row per event and resource: the ledger. Everything else follows from these rows.
CREATE TABLE changes (
  key INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL REFERENCES resources (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  call INTEGER NOT NULL REFERENCES calls (key),
  actor INTEGER NOT NULL REFERENCES actors (key),
  operations TEXT NOT NULL,      -- what it did to the resource
  replaces TEXT                  -- the id of an event that this one corrects
);

-- Other names that calls used, what they were seen to stand for, and the calls that used them.
CREATE TABLE aliases (
  key INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  space TEXT NOT NULL,           -- what kind of name it is
  name TEXT NOT NULL,
  version INTEGER NOT NULL
);

CREATE TABLE alias_sightings (
  key INTEGER PRIMARY KEY,
  alias INTEGER NOT NULL REFERENCES aliases (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  birth INTEGER NOT NULL         -- 1 if the name began to mean this resource then
);

CREATE TABLE alias_changes (
  key INTEGER PRIMARY KEY,
  alias INTEGER NOT NULL REFERENCES aliases (key),
  time INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  entry TEXT NOT NULL            -- the event, and what it did to the resource
);

-- One row per rule that ever failed on a resource, or that lost sight of it.
CREATE TABLE findings (
  key INTEGER PRIMARY KEY,
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
  evidence TEXT NOT NULL,        -- what showed it last
  rests_on_default INTEGER NOT NULL,
  covered_by TEXT NOT NULL       -- the rules whose open findings cover it
);

-- The boundaries of every finding's timeline.
CREATE TABLE transitions (
  key INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL REFERENCES resources (key),
  rule TEXT NOT NULL,
  time TEXT NOT NULL,
  step TEXT NOT NULL,            -- opened, widened, resolved, reopened, lost_sight, retired
  change INTEGER,                -- the key of the change that did it, if that is one of this resource
  cause TEXT,                    -- the event that did it, if that is one of another resource; with neither, time alone did it
  message TEXT NOT NULL,
  before TEXT NOT NULL,          -- what the rule reads and what changed
  after TEXT NOT NULL,
  evidence TEXT NOT NULL
);

-- The ledgers and timelines as a person reads them.
CREATE VIEW ledger AS
  SELECT resources.kind, resources.id, datetime(changes.time, 'unixepoch') AS time, calls.name AS event, actors.name AS actor,
    calls.account, calls.region, operations, event_id
  FROM changes
  JOIN resources ON resources.key = changes.resource
  JOIN calls ON calls.key = changes.call
  JOIN actors ON actors.key = changes.actor;

CREATE VIEW timeline AS
  SELECT resources.account, resources.region, resources.kind, resources.id, rule, transitions.time, step,
    coalesce(calls.name, cause ->> '$.name') AS event, coalesce(actors.name, cause ->> '$.actor.name') AS actor,
    message, before, after, coalesce(event_id, cause ->> '$.event_id') AS event_id
  FROM transitions
  JOIN resources ON resources.key = transitions.resource
  LEFT JOIN changes ON changes.key = transitions.change
  LEFT JOIN calls ON calls.key = changes.call
  LEFT JOIN actors ON actors.key = changes.actor;
