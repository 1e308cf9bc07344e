//! A store in one SQLite file, for laptops. The schema is documented in `schema.sql` and `indexes.sql`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::{Equivalent, HashMap};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Params, Row, Statement, ToSql, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use trailhound_engine::names::{Names, Sighting};
use trailhound_engine::port::{
    Commit, Counts, FindingQuery, NameRevision, Record, Revision, Store, StoreError, is_named, sort_findings,
};
use trailhound_engine::view::ResourceView;
use trailhound_model::{
    Actor, Alias, Cause, Entry, Episode, Finding, Kind, Ledger, ResourceId, Second, Severity, Text, Transition,
};

/// The version of `schema.sql`. A file of another version is refused: it can be made anew from the logs.
const SCHEMA: &str = "3";

/// What finds rows: made last when a store is filled.
const INDEXES: &str = include_str!("indexes.sql");

/// Keeps everything in a file.
pub struct Sqlite {
    writer: Mutex<Writer>,
}

struct Writer {
    connection: Connection,
    keys: Keys,
}

impl Sqlite {
    /// Opens a file, or makes one.
    ///
    /// # Errors
    /// When the file cannot be opened, is no store, or was written by another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = Self::connect(path)?;
        if store.is_half_filled()? {
            let what = "the first replay into it did not finish; replay the logs again";
            return Err(StoreError::Corrupt(format!("{}: {what}", path.display())));
        }
        Ok(store)
    }

    /// Opens a file to replay into. A file whose first replay did not finish holds nothing else and is begun anew.
    ///
    /// # Errors
    /// As for [`Sqlite::open`].
    pub fn open_to_fill(path: &Path) -> Result<Self, StoreError> {
        let store = Self::connect(path)?;
        if !store.is_half_filled()? {
            return Ok(store);
        }
        drop(store);
        fs::remove_file(path).map_err(failed("removing what an unfinished replay left"))?;
        Self::connect(path)
    }

    fn connect(path: &Path) -> Result<Self, StoreError> {
        let doing = format!("opening the store {}", path.display());
        let connection = Connection::open(path).map_err(failed(&doing))?;
        Self::prepare(connection).map_err(|error| match error {
            StoreError::Failed { source, .. } => StoreError::Failed { doing, source },
            StoreError::Corrupt(what) => StoreError::Corrupt(format!("{}: {what}", path.display())),
            other => other,
        })
    }

    fn is_half_filled(&self) -> Result<bool, StoreError> {
        self.with(|connection| {
            connection
                .query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'filling')", [], |row| row.get(0))
                .map_err(failed("opening the store"))
        })
    }

    /// A store that vanishes with this value.
    ///
    /// # Errors
    /// When SQLite cannot provide one.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory().map_err(failed("opening a store in memory"))?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, StoreError> {
        let doing = "preparing the store";
        // Most rows are a few hundred bytes, some a few thousand: on larger pages they lie whole.
        connection.pragma_update(None, "page_size", 16_384).map_err(failed(doing))?;
        // A crash of this program loses nothing; a crash of the machine may lose the last run, which can be repeated.
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed(doing))?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed(doing))?;
        connection.pragma_update(None, "cache_size", -16_000).map_err(failed(doing))?;
        connection.set_prepared_statement_cache_capacity(64);
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed(doing))?;
        if tables == 0 {
            let work = connection.transaction().map_err(failed(doing))?;
            work.execute_batch(include_str!("schema.sql")).map_err(failed(doing))?;
            work.execute_batch(INDEXES).map_err(failed(doing))?;
            work.execute("INSERT INTO meta VALUES ('schema', ?)", [SCHEMA]).map_err(failed(doing))?;
            work.commit().map_err(failed(doing))?;
        }
        let schema: Option<String> = connection
            .query_row("SELECT value FROM meta WHERE name = 'schema'", [], |row| row.get(0))
            .optional()
            .map_err(|_| StoreError::Corrupt("it is a database of something else; name another file".to_owned()))?;
        match schema.as_deref() {
            Some(SCHEMA) => Ok(Self { writer: Mutex::new(Writer { connection, keys: Keys::default() }) }),
            other => Err(StoreError::Corrupt(format!(
                "it has schema version {}, this program writes {SCHEMA}; replay the logs into a new file",
                other.unwrap_or("none")
            ))),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // Every commit is one SQLite transaction: a writer that panicked left nothing behind.
        work(&mut self.writer.lock().unwrap_or_else(PoisonError::into_inner).connection)
    }
}

impl Writer {
    fn write(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let mut rows = Rows::prepare(&self.connection, &mut self.keys)?;
        for revision in &commit.resources {
            rows.revise(revision)?;
        }
        for revision in &commit.names {
            write_names(&self.connection, revision)?;
        }
        if let Some(until) = commit.until {
            self.connection
                .execute(
                    "INSERT INTO meta VALUES ('until', ?1)
                     ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
                    [until.to_string()],
                )
                .map_err(failed("writing the store's time"))?;
        }
        Ok(())
    }
}

impl Store for Sqlite {
    async fn load(&self, resources: &[ResourceId]) -> Result<Vec<Record>, StoreError> {
        self.with(|connection| {
            let doing = "loading records";
            let mut find = connection.prepare_cached(FIND).map_err(failed(doing))?;
            let mut entries = connection.prepare_cached(ENTRIES).map_err(failed(doing))?;
            let mut actors = Actors::of(connection)?;
            resources.iter().map(|id| load(&mut find, &mut entries, &mut actors, id)).collect()
        })
    }

    async fn names(&self, aliases: &[Alias]) -> Result<Vec<(u64, Names)>, StoreError> {
        self.with(|connection| aliases.iter().map(|alias| load_names(connection, alias)).collect())
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if !writer.connection.is_autocommit() {
            // All commits while the store is filled are one.
            return writer.write(&commit);
        }
        let doing = "committing";
        writer.connection.execute_batch("BEGIN IMMEDIATE").map_err(failed(doing))?;
        let result =
            writer.write(&commit).and_then(|()| writer.connection.execute_batch("COMMIT").map_err(failed(doing)));
        if result.is_err() {
            writer.keys = Keys::default();
            // What failed may have ended the transaction by itself.
            let _ = writer.connection.execute_batch("ROLLBACK");
        }
        result
    }

    async fn fill(&self) -> Result<(), StoreError> {
        self.with(|connection| {
            let doing = "preparing to fill the store";
            let used: bool = connection
                .query_row("SELECT EXISTS (SELECT 1 FROM resources) OR EXISTS (SELECT 1 FROM aliases)", [], |row| {
                    row.get(0)
                })
                .map_err(failed(doing))?;
            if used {
                return Ok(());
            }
            // No journal on disk: a crash leaves half a store, and this mark that says so.
            connection
                .execute("INSERT INTO meta VALUES ('filling', 'since the first replay')", [])
                .map_err(failed(doing))?;
            for (pragma, value) in [("journal_mode", "MEMORY"), ("synchronous", "OFF"), ("foreign_keys", "OFF")] {
                connection.pragma_update(None, pragma, value).map_err(failed(doing))?;
            }
            connection.execute_batch("BEGIN IMMEDIATE").map_err(failed(doing))?;
            let named =
                |sql: &str| sql.split_whitespace().skip_while(|word| *word != "INDEX").nth(1).map(str::to_owned);
            for index in INDEXES.lines().filter_map(named) {
                connection.execute_batch(&format!("DROP INDEX {index}")).map_err(failed(doing))?;
            }
            Ok(())
        })
    }

    async fn filled(&self) -> Result<(), StoreError> {
        self.with(|connection| {
            let doing = "finishing the store";
            if connection.is_autocommit() {
                return Ok(());
            }
            connection.execute_batch(INDEXES).map_err(failed(doing))?;
            connection.execute_batch("COMMIT").map_err(failed(doing))?;
            if let Some(path) = connection.path().filter(|path| !path.is_empty()) {
                // All of it is on disk before the mark goes.
                File::open(path).and_then(|file| file.sync_all()).map_err(failed(doing))?;
            }
            for (pragma, value) in [("journal_mode", "WAL"), ("synchronous", "NORMAL"), ("foreign_keys", "ON")] {
                connection.pragma_update(None, pragma, value).map_err(failed(doing))?;
            }
            connection.execute("DELETE FROM meta WHERE name = 'filling'", []).map_err(failed(doing))?;
            Ok(())
        })
    }

    async fn of_kinds(&self, kinds: &[Kind], account: Option<&str>) -> Result<Vec<ResourceId>, StoreError> {
        self.with(|connection| {
            let doing = "listing resources";
            let mut statement = connection
                .prepare_cached(
                    "SELECT account, region, kind, id, partition FROM resources
                     WHERE kind = ?1 AND (?2 IS NULL OR account = ?2)",
                )
                .map_err(failed(doing))?;
            let mut found = Vec::new();
            for kind in kinds {
                let rows = statement.query_map(params![kind.name(), account], identity).map_err(failed(doing))?;
                for row in rows {
                    found.push(row.map_err(failed(doing))??);
                }
            }
            found.sort_unstable();
            Ok(found)
        })
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
        self.with(|connection| {
            let doing = "listing findings";
            let statuses: Vec<&str> = query.status.iter().map(|status| status.word()).collect();
            let limit = query.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
            let mut actors = Actors::of(connection)?;
            let mut transitions = connection.prepare_cached(TRANSITIONS).map_err(failed(doing))?;
            let mut statement = connection.prepare_cached(LIST_FINDINGS).map_err(failed(doing))?;
            let mut rows = statement
                .query(params![
                    statuses.is_empty(),
                    encode(&statuses)?,
                    query.severity.map_or(0, severity_rank),
                    query.rule,
                    query.account,
                    query.resource,
                    limit,
                ])
                .map_err(failed(doing))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().map_err(failed(doing))? {
                found.push(finding(row, &mut transitions, &mut actors)?);
            }
            // SQLite sorts by the same columns; the last word on the order is one function.
            sort_findings(&mut found);
            Ok(found)
        })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.with(|connection| {
            let doing = "counting";
            let resources =
                connection.query_row("SELECT count(*) FROM resources", [], |row| row.get(0)).map_err(failed(doing))?;
            let transitions = connection
                .query_row("SELECT count(*) FROM transitions", [], |row| row.get(0))
                .map_err(failed(doing))?;
            let mut counts = Counts { resources, transitions, ..Counts::default() };
            let mut statement =
                connection.prepare_cached("SELECT status, severity FROM findings").map_err(failed(doing))?;
            let mut rows = statement.query([]).map_err(failed(doing))?;
            // Counted here: SQLite would sort them.
            let mut words: Vec<(String, String, u64)> = Vec::new();
            while let Some(row) = rows.next().map_err(failed(doing))? {
                let column = |at| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
                let (status, severity) = (column(0).map_err(failed(doing))?, column(1).map_err(failed(doing))?);
                match words.iter_mut().find(|known| known.0 == status && known.1 == severity) {
                    Some(known) => known.2 += 1,
                    None => words.push((status.to_owned(), severity.to_owned(), 1)),
                }
            }
            for (status, severity, count) in words {
                counts.findings.insert((word(&status)?, word(&severity)?), count);
            }
            Ok(counts)
        })
    }

    async fn resources(&self, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
        self.with(|connection| {
            let doing = "listing resources";
            let mut statement = connection
                .prepare_cached(
                    "SELECT account, region, kind, id, partition, gone, created_at, properties, observed, unread, partial
                     FROM resources WHERE ?1 IS NULL OR id = ?1 OR arn = ?1",
                )
                .map_err(failed(doing))?;
            let rows = statement.query_map([name], view).map_err(failed(doing))?;
            let mut found = Vec::new();
            for row in rows {
                let view = row.map_err(failed(doing))??;
                if name.is_none_or(|name| is_named(&view.resource, name)) {
                    found.push(view);
                }
            }
            found.sort_by(|a, b| a.resource.cmp(&b.resource));
            Ok(found)
        })
    }

    async fn until(&self) -> Result<Option<Second>, StoreError> {
        self.with(|connection| {
            let text: Option<String> = connection
                .query_row("SELECT value FROM meta WHERE name = 'until'", [], |row| row.get(0))
                .optional()
                .map_err(failed("reading the store's time"))?;
            text.map(|text| Second::parse(&text).map_err(|error| StoreError::Corrupt(error.to_string()))).transpose()
        })
    }
}

/// The order is that of [`sort_findings`].
const LIST_FINDINGS: &str = "
    SELECT account, region, kind, id, partition, resource, rule, item, severity, status, message, evidence,
      rests_on_default, covered_by
    FROM findings JOIN resources ON resources.key = findings.resource
    WHERE (?1 OR status IN (SELECT value FROM json_each(?2)))
      AND CASE severity WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE 3 END >= ?3
      AND (?4 IS NULL OR rule = ?4)
      AND (?5 IS NULL OR account = ?5)
      AND (?6 IS NULL OR id = ?6 OR arn = ?6)
    ORDER BY CASE status WHEN 'open' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END,
      CASE severity WHEN 'low' THEN 3 WHEN 'medium' THEN 2 WHEN 'high' THEN 1 ELSE 0 END,
      rule, partition, account, region, kind, id
    LIMIT ?7";

const fn severity_rank(severity: Severity) -> i64 {
    match severity {
        Severity::Low => 0,
        Severity::Medium => 1,
        Severity::High => 2,
        Severity::Critical => 3,
    }
}

/// How many rows of one table may belong to one resource or alias.
const MEMBERS: i64 = 1 << 24;

/// The keys that rows of one owner may have.
fn members(owner: i64) -> [i64; 2] {
    let first = owner.saturating_mul(MEMBERS);
    [first, first.saturating_add(MEMBERS)]
}

/// The key of an owner's nth row, counted from 0.
fn member(owner: i64, nth: usize) -> Result<i64, StoreError> {
    let nth = i64::try_from(nth).ok().filter(|nth| *nth < MEMBERS);
    let key = nth.and_then(|nth| owner.checked_mul(MEMBERS)?.checked_add(nth));
    key.ok_or_else(|| StoreError::Corrupt(format!("more than {MEMBERS} rows about one thing are not supported")))
}

const FIND: &str = "SELECT key, version, announced FROM resources
                    WHERE account = ? AND kind = ? AND region = ? AND id = ? AND partition = ?";

const ENTRIES: &str = "
    SELECT time, event_id, source, name, account, region, actor, operations, replaces
    FROM changes JOIN calls ON calls.key = call
    WHERE changes.key >= ? AND changes.key < ?";

const TRANSITIONS: &str = "
    SELECT transitions.time, event_id, source, name, account, region, actor, step, message, before, after, evidence, cause,
      changes.time
    FROM transitions LEFT JOIN changes ON changes.key = change LEFT JOIN calls ON calls.key = call
    WHERE transitions.key >= ? AND transitions.key < ? AND rule = ?
    ORDER BY transitions.key";

/// Looks actors up, each once.
struct Actors<'c> {
    find: CachedStatement<'c>,
    known: HashMap<i64, Arc<Actor>>,
}

impl<'c> Actors<'c> {
    fn of(connection: &'c Connection) -> Result<Self, StoreError> {
        let find = connection.prepare_cached("SELECT actor FROM actors WHERE key = ?");
        Ok(Self { find: find.map_err(failed("looking up actors"))?, known: HashMap::new() })
    }

    fn get(&mut self, key: i64) -> Result<Arc<Actor>, StoreError> {
        if let Some(actor) = self.known.get(&key) {
            return Ok(Arc::clone(actor));
        }
        let json: String = self.find.query_row([key], |row| row.get(0)).map_err(failed("looking up an actor"))?;
        let actor: Arc<Actor> = decode(&json, "an actor")?;
        self.known.insert(key, Arc::clone(&actor));
        Ok(actor)
    }

    /// The event that columns 1 to 6 hold.
    fn cause(&mut self, time: Second, row: &Row<'_>) -> Result<Arc<Cause>, StoreError> {
        let text = |column| text(row, column).map(Text::from);
        Ok(Arc::new(Cause {
            time,
            event_id: text(1)?,
            source: text(2)?,
            name: text(3)?,
            account: text(4)?,
            region: text(5)?,
            actor: self.get(row.get(6).map_err(failed("reading a row"))?)?,
        }))
    }
}

fn load(
    find: &mut Statement<'_>,
    entries: &mut Statement<'_>,
    actors: &mut Actors<'_>,
    id: &ResourceId,
) -> Result<Record, StoreError> {
    let doing = "loading a record";
    let found: Option<(i64, u64, String)> = find
        .query_row(identity_params(id), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(failed(doing))?;
    let Some((key, version, announced)) = found else { return Ok(Record::default()) };
    let mut ledger = Ledger::default();
    let mut rows = entries.query(members(key)).map_err(failed(doing))?;
    while let Some(row) = rows.next().map_err(failed(doing))? {
        let time = Second(row.get(0).map_err(failed(doing))?);
        let replaces: Option<String> = row.get(8).map_err(failed(doing))?;
        ledger.insert(Entry {
            cause: actors.cause(time, row)?,
            operations: decode(&text(row, 7)?, "a change")?,
            replaces: replaces.map(Text::from),
        });
    }
    Ok(Record { version, ledger, announced: decode(&announced, "what was announced")?, ..Record::default() })
}

/// The finding in a row of [`LIST_FINDINGS`].
fn finding(row: &Row<'_>, transitions: &mut Statement<'_>, actors: &mut Actors<'_>) -> Result<Finding, StoreError> {
    let doing = "reading a finding";
    let resource = identity(row).map_err(failed(doing))??;
    let (key, rule) = (row.get::<_, i64>(5).map_err(failed(doing))?, text(row, 6)?);
    let mut steps = Vec::new();
    let [first, end] = members(key);
    let mut rows = transitions.query(params![first, end, rule]).map_err(failed(doing))?;
    while let Some(row) = rows.next().map_err(failed(doing))? {
        let time = Second::parse(&text(row, 0)?).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let elsewhere: Option<String> = row.get(12).map_err(failed(doing))?;
        let changed: Option<i64> = row.get(13).map_err(failed(doing))?;
        let cause = match (elsewhere, changed) {
            (Some(cause), _) => Some(decode(&cause, "a transition")?),
            (None, Some(time)) => Some(actors.cause(Second(time), row)?),
            (None, None) => None,
        };
        steps.push(Transition {
            step: word(&text(row, 7)?)?,
            time,
            cause,
            before: decode(&text(row, 9)?, "a transition")?,
            after: decode(&text(row, 10)?, "a transition")?,
            message: text(row, 8)?.into(),
            evidence: decode(&text(row, 11)?, "a transition")?,
        });
    }
    Ok(Finding {
        resource,
        rule: rule.into(),
        item: text(row, 7)?.into(),
        severity: word(&text(row, 8)?)?,
        status: word(&text(row, 9)?)?,
        episodes: Episode::all(&steps),
        message: text(row, 10)?.into(),
        evidence: decode(&text(row, 11)?, "a finding")?,
        rests_on_default: row.get(12).map_err(failed(doing))?,
        covered_by: decode(&text(row, 13)?, "a finding")?,
        transitions: steps,
    })
}

/// The keys of what many rows refer to, as far as this writer has met it.
#[derive(Default)]
struct Keys {
    /// Actors by their place in memory: causes of one run share their actors.
    actors: HashMap<usize, (Arc<Actor>, i64)>,
    calls: HashMap<Call<Text>, i64>,
}

impl Keys {
    /// More than these are not remembered, only looked up.
    const MOST: usize = 10_000;

    fn actor(&self, actor: &Arc<Actor>) -> Option<i64> {
        self.actors.get(&Arc::as_ptr(actor).addr()).map(|(_, key)| *key)
    }

    fn meet_actor(&mut self, actor: &Arc<Actor>, key: i64) {
        if self.actors.len() >= Self::MOST {
            self.actors.clear();
        }
        // Who is kept cannot give their place to another.
        self.actors.insert(Arc::as_ptr(actor).addr(), (Arc::clone(actor), key));
    }

    fn meet_call(&mut self, cause: &Cause, key: i64) {
        if self.calls.len() >= Self::MOST {
            self.calls.clear();
        }
        let Cause { source, name, account, region, .. } = cause.clone();
        self.calls.insert(Call { name, source, region, account }, key);
    }
}

/// What was called where.
#[derive(Hash, PartialEq, Eq)]
struct Call<T> {
    name: T,
    source: T,
    region: T,
    account: T,
}

impl<'c> Call<&'c str> {
    fn of(cause: &'c Cause) -> Self {
        Self { name: &cause.name, source: &cause.source, region: &cause.region, account: &cause.account }
    }

    const fn columns(&self) -> [&'c str; 4] {
        [self.name, self.source, self.region, self.account]
    }
}

impl Equivalent<Call<Text>> for Call<&str> {
    fn equivalent(&self, key: &Call<Text>) -> bool {
        self.columns() == [&*key.name, &*key.source, &*key.region, &*key.account]
    }
}

/// The statements that write resources.
struct Rows<'c> {
    connection: &'c Connection,
    keys: &'c mut Keys,
    resource: CachedStatement<'c>,
    change: CachedStatement<'c>,
    finding: CachedStatement<'c>,
    transition: CachedStatement<'c>,
}

impl<'c> Rows<'c> {
    fn prepare(connection: &'c Connection, keys: &'c mut Keys) -> Result<Self, StoreError> {
        let prepare = |sql: &str| connection.prepare_cached(sql).map_err(failed("preparing to write"));
        Ok(Self {
            connection,
            keys,
            resource: prepare(
                "INSERT INTO resources
                   (account, kind, region, id, partition, arn, gone, created_at,
                    properties, observed, unread, partial, announced, version)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            )?,
            change: prepare("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?,
            finding: prepare("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?,
            transition: prepare("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?,
        })
    }

    /// The key of an actor, who is written if nobody has written them before.
    fn actor(&mut self, actor: &Arc<Actor>) -> Result<i64, StoreError> {
        if let Some(key) = self.keys.actor(actor) {
            return Ok(key);
        }
        let json = encode(actor)?;
        let find = "SELECT key FROM actors WHERE actor = ?";
        let insert = "INSERT INTO actors (actor, name) VALUES (?, ?)";
        let key = find_or_insert(self.connection, find, params![json], insert, params![json, actor.name.as_str()])
            .map_err(failed("writing an actor"))?;
        self.keys.meet_actor(actor, key);
        Ok(key)
    }

    /// The key of a call, which is written if it is the first of its kind.
    fn call(&mut self, cause: &Cause) -> Result<i64, StoreError> {
        let call = Call::of(cause);
        if let Some(key) = self.keys.calls.get(&call) {
            return Ok(*key);
        }
        let find = "SELECT key FROM calls WHERE name = ? AND source = ? AND region = ? AND account = ?";
        let insert = "INSERT INTO calls (name, source, region, account) VALUES (?, ?, ?, ?)";
        let key = find_or_insert(self.connection, find, call.columns(), insert, call.columns())
            .map_err(failed("writing a call"))?;
        self.keys.meet_call(cause, key);
        Ok(key)
    }

    fn revise(&mut self, revision: &Revision) -> Result<(), StoreError> {
        if revision.ledger.base.is_some() {
            return Err(StoreError::Corrupt("a file keeps whole ledgers, and this one was cut".to_owned()));
        }
        let key = if revision.expected == 0 { self.insert(revision)? } else { update(self.connection, revision)? };
        for (nth, entry) in revision.ledger.entries.values().enumerate() {
            self.change(member(key, nth)?, key, entry)?;
        }
        let changes: Vec<(Second, &str)> =
            revision.ledger.entries.keys().map(|(time, event_id)| (*time, event_id.as_str())).collect();
        let mut transitions = 0;
        for (nth, finding) in revision.findings.iter().enumerate() {
            self.finding(member(key, nth)?, key, finding)?;
            for transition in &finding.transitions {
                let cause = transition.cause.as_deref();
                let own = cause.and_then(|cause| changes.binary_search(&(cause.time, &cause.event_id)).ok());
                let change = own.map(|nth| member(key, nth)).transpose()?;
                self.transition((member(key, transitions)?, key), &finding.rule, transition, change)?;
                transitions += 1;
            }
        }
        Ok(())
    }

    /// Writes what is known of a resource that nobody has written before. Returns its key.
    fn insert(&mut self, revision: &Revision) -> Result<i64, StoreError> {
        let (id, view) = (&revision.resource, &revision.view);
        self.resource
            .execute(params![
                id.account.as_str(),
                id.kind.name(),
                id.region.as_str(),
                id.id.as_str(),
                id.partition.as_str(),
                view.arn.as_deref(),
                view.gone,
                view.created_at.map(|time| time.to_string()),
                encode(&view.properties)?,
                encode(&view.observed)?,
                encode(&view.unread)?,
                encode(&view.partial)?,
                encode(&revision.announced)?,
            ])
            .map_err(refused("writing a resource", || StoreError::Conflict(Box::new(id.clone()))))?;
        Ok(self.connection.last_insert_rowid())
    }

    fn change(&mut self, key: i64, resource: i64, entry: &Entry) -> Result<(), StoreError> {
        let cause = &*entry.cause;
        let (actor, call) = (self.actor(&cause.actor)?, self.call(cause)?);
        self.change
            .execute(params![
                key,
                resource,
                cause.time.0,
                cause.event_id.as_str(),
                call,
                actor,
                encode(&entry.operations)?,
                entry.replaces.as_deref(),
            ])
            .map(|_| ())
            .map_err(failed("writing a change"))
    }

    fn finding(&mut self, key: i64, resource: i64, finding: &Finding) -> Result<(), StoreError> {
        let episode = finding.last_episode();
        let by = |cause: &Option<Arc<Cause>>| {
            cause.as_ref().and_then(|cause| cause.by()).map(|actor| actor.name.to_string())
        };
        self.finding
            .execute(params![
                key,
                resource,
                finding.rule.as_str(),
                finding.item.as_str(),
                finding.severity.word(),
                finding.status.word(),
                episode.map(|episode| episode.opened_at.to_string()),
                episode.and_then(|episode| by(&episode.opened_by)),
                episode.and_then(|episode| episode.closed_at).map(|time| time.to_string()),
                episode.and_then(|episode| by(&episode.closed_by)),
                finding.message.as_str(),
                encode(&finding.evidence)?,
                finding.rests_on_default,
                encode(&finding.covered_by)?,
            ])
            .map(|_| ())
            .map_err(failed("writing a finding"))
    }

    /// Writes a transition. `change` is the key of its cause, if that is one of the resource's own changes.
    fn transition(
        &mut self,
        (key, resource): (i64, i64),
        rule: &str,
        transition: &Transition,
        change: Option<i64>,
    ) -> Result<(), StoreError> {
        let elsewhere = transition.cause.as_ref().filter(|_| change.is_none());
        self.transition
            .execute(params![
                key,
                resource,
                rule,
                transition.time.to_string(),
                transition.step.word(),
                change,
                elsewhere.map(encode).transpose()?,
                transition.message.as_str(),
                encode(&transition.before)?,
                encode(&transition.after)?,
                encode(&transition.evidence)?,
            ])
            .map(|_| ())
            .map_err(failed("writing a transition"))
    }
}

/// Why a row was refused: a conflict, if there is one with its name.
fn refused(doing: &str, conflict: impl FnOnce() -> StoreError) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => conflict(),
        _ => failed(doing)(error),
    }
}

/// The key of a row that is there, or is then.
fn find_or_insert(
    connection: &Connection,
    find: &str,
    by: impl Params,
    insert: &str,
    row: impl Params,
) -> rusqlite::Result<i64> {
    match connection.prepare_cached(find)?.query_row(by, |row| row.get(0)).optional()? {
        Some(key) => Ok(key),
        None => connection.prepare_cached(insert)?.insert(row),
    }
}

/// Writes what is known of a resource that was written before, and clears what its earlier ledger said. Returns its key.
fn update(connection: &Connection, revision: &Revision) -> Result<i64, StoreError> {
    let doing = "writing a resource again";
    let (id, view) = (&revision.resource, &revision.view);
    let mut update = connection
        .prepare_cached(
            "UPDATE resources SET gone = ?, created_at = ?, properties = ?, observed = ?, unread = ?, partial = ?,
               announced = ?, version = ?
             WHERE account = ? AND kind = ? AND region = ? AND id = ? AND partition = ? AND version = ?
             RETURNING key",
        )
        .map_err(failed(doing))?;
    let key: i64 = update
        .query_row(
            params![
                view.gone,
                view.created_at.map(|time| time.to_string()),
                encode(&view.properties)?,
                encode(&view.observed)?,
                encode(&view.unread)?,
                encode(&view.partial)?,
                encode(&revision.announced)?,
                revision.expected + 1,
                id.account.as_str(),
                id.kind.name(),
                id.region.as_str(),
                id.id.as_str(),
                id.partition.as_str(),
                revision.expected,
            ],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed(doing))?
        .ok_or_else(|| StoreError::Conflict(Box::new(id.clone())))?;
    for table in ["changes", "findings", "transitions"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE key >= ? AND key < ?"))
            .and_then(|mut clear| clear.execute(members(key)))
            .map_err(failed(doing))?;
    }
    Ok(key)
}

fn load_names(connection: &Connection, alias: &Alias) -> Result<(u64, Names), StoreError> {
    let doing = "loading an alias";
    let mut find = connection
        .prepare_cached(
            "SELECT key, version FROM aliases WHERE account = ? AND kind = ? AND space = ? AND name = ? AND region = ?",
        )
        .map_err(failed(doing))?;
    let found: Option<(i64, u64)> =
        find.query_row(alias_params(alias), |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(failed(doing))?;
    let Some((key, version)) = found else { return Ok((0, Names::default())) };
    let mut names = Names::default();
    let mut sightings = connection
        .prepare_cached("SELECT time, event_id, resource, birth FROM alias_sightings WHERE key >= ? AND key < ?")
        .map_err(failed(doing))?;
    let rows = sightings
        .query_map(members(key), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
        })
        .map_err(failed(doing))?;
    for row in rows {
        let (time, event_id, resource, birth) = row.map_err(failed(doing))?;
        names.sightings.insert(Sighting {
            time: Second(time),
            event_id: event_id.into(),
            resource: decode(&resource, "an alias")?,
            birth,
        });
    }
    let mut entries = connection
        .prepare_cached("SELECT entry FROM alias_changes WHERE key >= ? AND key < ?")
        .map_err(failed(doing))?;
    let rows = entries.query_map(members(key), |row| row.get::<_, String>(0)).map_err(failed(doing))?;
    for row in rows {
        let entry: Entry = decode(&row.map_err(failed(doing))?, "a change")?;
        names.entries.insert((entry.cause.time, entry.cause.event_id.clone()), entry);
    }
    Ok((version, names))
}

fn write_names(work: &Connection, revision: &NameRevision) -> Result<(), StoreError> {
    let doing = "writing an alias";
    let alias = &revision.alias;
    let conflict = || StoreError::NameConflict(Box::new(alias.clone()));
    let key: i64 = if revision.expected == 0 {
        work.prepare_cached(
            "INSERT INTO aliases (account, kind, space, name, region, version) VALUES (?, ?, ?, ?, ?, 1)",
        )
        .and_then(|mut insert| insert.insert(alias_params(alias)))
        .map_err(refused(doing, conflict))?
    } else {
        let key: i64 = work
            .prepare_cached(
                "UPDATE aliases SET version = version + 1
                 WHERE account = ? AND kind = ? AND space = ? AND name = ? AND region = ? AND version = ? RETURNING key",
            )
            .map_err(failed(doing))?
            .query_row(
                params![
                    alias.account.as_str(),
                    alias.kind.name(),
                    alias.space.as_str(),
                    alias.name.as_str(),
                    alias.region.as_str(),
                    revision.expected
                ],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed(doing))?
            .ok_or_else(conflict)?;
        for table in ["alias_sightings", "alias_changes"] {
            work.prepare_cached(&format!("DELETE FROM {table} WHERE key >= ? AND key < ?"))
                .and_then(|mut clear| clear.execute(members(key)))
                .map_err(failed(doing))?;
        }
        key
    };
    for (nth, sighting) in revision.names.sightings.iter().enumerate() {
        let (own, resource) = (member(key, nth)?, encode(&sighting.resource)?);
        work.prepare_cached("INSERT INTO alias_sightings VALUES (?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                insert.execute(params![own, key, sighting.time.0, sighting.event_id.as_str(), resource, sighting.birth])
            })
            .map_err(failed(doing))?;
    }
    for (nth, entry) in revision.names.entries.values().enumerate() {
        let (own, json) = (member(key, nth)?, encode(entry)?);
        work.prepare_cached("INSERT INTO alias_changes VALUES (?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                insert.execute(params![own, key, entry.cause.time.0, entry.cause.event_id.as_str(), json])
            })
            .map_err(failed(doing))?;
    }
    Ok(())
}

fn identity_params(id: &ResourceId) -> [&str; 5] {
    [&id.account, id.kind.name(), &id.region, &id.id, &id.partition]
}

fn alias_params(alias: &Alias) -> [&str; 5] {
    [&alias.account, alias.kind.name(), &alias.space, &alias.name, &alias.region]
}

/// The identity in the first five columns. A kind that this version does not know makes the row unreadable, not the query.
fn identity(row: &Row<'_>) -> rusqlite::Result<Result<ResourceId, StoreError>> {
    let text = |column: usize| row.get::<_, String>(column).map(Text::from);
    let kind = text(2)?;
    let (account, region, id, partition) = (text(0)?, text(1)?, text(3)?, text(4)?);
    Ok(Kind::named(&kind)
        .map(|kind| ResourceId { partition, account, region, kind, id })
        .ok_or_else(|| StoreError::Corrupt(format!("`{kind}` is not a kind that this version knows"))))
}

fn view(row: &Row<'_>) -> rusqlite::Result<Result<ResourceView, StoreError>> {
    let resource = match identity(row)? {
        Ok(resource) => resource,
        Err(error) => return Ok(Err(error)),
    };
    let (gone, created_at) = (row.get(5)?, row.get::<_, Option<String>>(6)?);
    let json: [String; 4] = [row.get(7)?, row.get(8)?, row.get(9)?, row.get(10)?];
    Ok((|| {
        let [properties, observed, unread, partial] = &json;
        Ok(ResourceView {
            arn: resource.arn(),
            resource,
            gone,
            created_at: created_at
                .map(|time| Second::parse(&time).map_err(|error| StoreError::Corrupt(error.to_string())))
                .transpose()?,
            properties: decode(properties, "a resource")?,
            observed: decode(observed, "a resource")?,
            unread: decode::<BTreeMap<_, _>>(unread, "a resource")?,
            partial: decode::<BTreeMap<_, _>>(partial, "a resource")?,
        })
    })())
}

/// The text in a column.
fn text(row: &Row<'_>, column: usize) -> Result<String, StoreError> {
    row.get(column).map_err(failed("reading a row"))
}

/// What a word in a column stands for.
fn word<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    T::deserialize(StrDeserializer::<serde::de::value::Error>::new(word))
        .map_err(|error| StoreError::Corrupt(format!("`{word}`: {error}")))
}

/// JSON text.
struct Json(Vec<u8>);

impl ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

fn encode(value: &impl Serialize) -> Result<Json, StoreError> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, value).map_err(failed("encoding a row"))?;
    Ok(Json(json))
}

fn decode<T: DeserializeOwned>(json: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(doing: &str) -> impl FnOnce(E) -> StoreError {
    let doing = doing.to_owned();
    move |source| StoreError::Failed { doing, source: Box::new(source) }
}
