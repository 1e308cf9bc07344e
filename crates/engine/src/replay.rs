//! Replaying archives into a store: many files, one timeline.
//!
//! Workers read files and turn records into changes. Changes are gathered per resource; what exceeds a worker's budget of
//! memory is sorted and spilled to a temporary file. Then all runs are merged, resource by resource, those first from
//! which others borrow; each resource's new entries are added to its ledger in the store, and the ledger is folded and
//! judged. So memory holds what is related, one batch of resources, and one budget per worker, however large the archive.
//!
//! Nothing here depends on which worker read what or when: entries are a set, and the fold sorts them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use hashbrown::{HashMap, HashSet};
use trailhound_model::{Actor, Alias, Change, Effect, Entry, Kind, ResourceId, Second, Target, Text, kinds};
use trailhound_trail::interpret::{self, Nothing};
use trailhound_trail::reader::{self, RawRecord, Sink, Tally};
use trailhound_trail::{Record, SkipReason};

use crate::fold::Notes;
use crate::history::{Histories, is_lender};
use crate::ingest::{dependents_of, merge, revision};
use crate::judge::Judge;
use crate::names::{Move, Names};
use crate::port::{Commit, Counts, NameRevision, Record as StoredRecord, Revision, Store, StoreError};

/// How many resources are judged and committed together.
const BATCH: usize = 256;

/// How to replay.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How to read the archive.
    pub reader: reader::Options<'a>,
    /// How many bytes of changes a worker keeps in memory before it spills them.
    pub spill_bytes: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { reader: reader::Options::default(), spill_bytes: 64 << 20 }
    }
}

/// What a replay did.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// What the reader found.
    pub tally: Tally,
    /// Records that were read and change nothing, by reason.
    pub unchanged: BTreeMap<&'static str, u64>,
    /// Records that are watched and could not be placed: where, and why. Capped like the reader's problems.
    pub unplaced: Vec<Unplaced>,
    /// Entries that are new in the store: an event that touches two resources makes two.
    pub changes: u64,
    /// Resources that were judged, because they or what they borrow from changed.
    pub judged: u64,
    /// Calls that used another name for a resource that no event has explained yet. They are kept.
    pub unresolved: u64,
    /// What the folds noticed.
    pub notes: Notes,
    /// Rules that cannot be told, by rule, for resources where they never could.
    pub unknown: BTreeMap<&'static str, u64>,
    /// What the store holds now.
    pub counts: Counts,
}

/// A record that means something to a resource that it does not name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unplaced {
    /// The file.
    pub file: PathBuf,
    /// The number of the record in it, from 1.
    pub record: u64,
    /// The call.
    pub event: String,
    /// Why.
    pub reason: String,
}

/// Why a replay did not finish. What was committed before stays, and repeating is harmless.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Changes could not be written to or read from a temporary file.
    #[error("spilling changes to a temporary file")]
    Spill(#[source] io::Error),
    /// A change could not be read back.
    #[error("reading a change back from a temporary file")]
    Change(#[source] serde_json::Error),
}

/// Reads archives into a store.
///
/// # Errors
/// When the store fails or temporary files cannot be written. Files and records that cannot be read are no errors: they
/// are counted and named.
pub fn replay<S: Store>(
    paths: &[PathBuf],
    store: &S,
    judge: &Judge,
    options: &Options<'_>,
) -> Result<Replayed, ReplayError> {
    let watched = |name: &[u8]| std::str::from_utf8(name).is_ok_and(interpret::is_watched);
    let archive = reader::read(paths, &options.reader, &watched, || Gatherer::new(options));
    let mut replayed = Replayed { tally: archive.tally, ..Replayed::default() };
    let mut runs = Vec::new();
    let mut names: BTreeMap<Alias, Names> = BTreeMap::new();
    let mut until = None;
    for gatherer in archive.sinks {
        if let Some(error) = gatherer.error {
            return Err(error);
        }
        for (code, count) in gatherer.unchanged {
            *replayed.unchanged.entry(code).or_default() += count;
        }
        replayed.unplaced.extend(gatherer.unplaced);
        for (alias, mut new) in gatherer.names {
            let known = names.entry(alias).or_default();
            known.sightings.append(&mut new.sightings);
            known.entries.append(&mut new.entries);
        }
        until = until.max(gatherer.until);
        runs.extend(gatherer.spilled.into_iter().map(|spilled| Run::Spilled(BufReader::new(spilled))));
        runs.push(Run::Kept(Box::new(sorted(gatherer.kept))));
    }
    *replayed.unchanged.entry(Nothing::NotWatched.code()).or_default() += replayed.tally.unwatched;
    replayed.unchanged.retain(|_, count| *count > 0);
    replayed.unplaced.sort_unstable();
    replayed.unplaced.truncate(options.reader.max_problems);

    let threads = options.reader.threads.max(1);
    let mut work = Work { store, judge, threads, until: None, fresh: false, replayed };
    work.run(Merge::new(runs)?, names, until)?;
    work.replayed.counts = pollster::block_on(store.counts())?;
    Ok(work.replayed)
}

/// Turns the records of one worker into changes per resource.
struct Gatherer {
    kept: HashMap<ResourceId, Vec<Entry>>,
    /// Whoever made these calls: few, and named often.
    actors: HashSet<Arc<Actor>>,
    /// About how much memory that takes.
    bytes: usize,
    spill_bytes: usize,
    spilled: Vec<File>,
    names: BTreeMap<Alias, Names>,
    unchanged: BTreeMap<&'static str, u64>,
    unplaced: Vec<Unplaced>,
    max_unplaced: usize,
    until: Option<Second>,
    error: Option<ReplayError>,
}

impl Gatherer {
    fn new(options: &Options<'_>) -> Self {
        Self {
            kept: HashMap::new(),
            actors: HashSet::new(),
            bytes: 0,
            spill_bytes: options.spill_bytes,
            spilled: Vec::new(),
            names: BTreeMap::new(),
            unchanged: BTreeMap::new(),
            unplaced: Vec::new(),
            max_unplaced: options.reader.max_problems,
            until: None,
            error: None,
        }
    }

    /// Keeps what a record of so many bytes means.
    fn gather(&mut self, change: Change, record: usize) -> Result<(), ReplayError> {
        let Change { mut cause, effects, bindings, replaces } = change;
        match (self.actors.get(&cause.actor), Arc::get_mut(&mut cause)) {
            (Some(known), Some(cause)) => cause.actor = Arc::clone(known),
            _ => {
                self.actors.insert(Arc::clone(&cause.actor));
            }
        }
        for binding in &bindings {
            let names = self.names.entry(binding.alias.clone()).or_default();
            names.teach(cause.time, &cause.event_id, binding);
        }
        self.bytes += record;
        for Effect { target, operations } in effects {
            let entry = Entry { cause: Arc::clone(&cause), operations, replaces: replaces.clone() };
            match target {
                Target::Resource(resource) => {
                    self.bytes += size_of::<(ResourceId, Entry)>() + size_of_val(&*entry.operations);
                    self.kept.entry(resource).or_default().push(entry);
                }
                Target::Alias(alias) => {
                    let key = (cause.time, cause.event_id.clone());
                    self.names.entry(alias).or_default().entries.insert(key, entry);
                }
            }
        }
        if self.bytes > self.spill_bytes {
            self.bytes = 0;
            self.actors.clear();
            self.spilled.push(spill(std::mem::take(&mut self.kept)).map_err(ReplayError::Spill)?);
        }
        Ok(())
    }
}

impl Sink for Gatherer {
    fn record(&mut self, raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
        self.until = self.until.max(Some(record.event_time));
        match interpret::interpret(&record) {
            Ok(change) => {
                if let Err(error) = self.gather(change, raw.bytes.len()) {
                    self.error = Some(error);
                    return ControlFlow::Break(());
                }
            }
            Err(nothing) => {
                *self.unchanged.entry(nothing.code()).or_default() += 1;
                if matches!(nothing, Nothing::Unplaced(_) | Nothing::Omitted) && self.unplaced.len() < self.max_unplaced
                {
                    self.unplaced.push(Unplaced {
                        file: raw.file.to_path_buf(),
                        record: raw.index,
                        event: record.event_name.into_owned(),
                        reason: nothing.to_string(),
                    });
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// A resource with new entries.
type Group = (ResourceId, Vec<Entry>);

/// Groups in the order in which they are worked on: those first from which others borrow, then by identity.
fn sorted(kept: HashMap<ResourceId, Vec<Entry>>) -> impl Iterator<Item = Group> {
    let (mut lenders, mut others): (Vec<Group>, Vec<Group>) = kept.into_iter().partition(|(id, _)| is_lender(id.kind));
    lenders.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    others.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    lenders.into_iter().chain(others)
}

/// Writes groups to a temporary file that vanishes with its handle: a line of JSON each.
fn spill(kept: HashMap<ResourceId, Vec<Entry>>) -> io::Result<File> {
    let mut file = BufWriter::new(tempfile::tempfile()?);
    for group in sorted(kept) {
        serde_json::to_writer(&mut file, &group)?;
        file.write_all(b"\n")?;
    }
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// A sorted source of groups.
enum Run {
    Kept(Box<dyn Iterator<Item = Group>>),
    Spilled(BufReader<File>),
}

impl Run {
    fn next(&mut self) -> Result<Option<Group>, ReplayError> {
        match self {
            Self::Kept(groups) => Ok(groups.next()),
            Self::Spilled(file) => {
                let mut line = String::new();
                if file.read_line(&mut line).map_err(ReplayError::Spill)? == 0 {
                    return Ok(None);
                }
                serde_json::from_str(&line).map(Some).map_err(ReplayError::Change)
            }
        }
    }
}

/// The first group of a run, and the rest of it.
struct Head {
    /// Whether others borrow from the resource.
    lends: bool,
    resource: ResourceId,
    entries: Vec<Entry>,
    run: Run,
}

impl Head {
    fn of(mut run: Run) -> Result<Option<Self>, ReplayError> {
        let group = run.next()?;
        Ok(group.map(|(resource, entries)| Self { lends: is_lender(resource.kind), resource, entries, run }))
    }
}

/// Merges runs: every resource comes once, with its entries from all runs.
struct Merge {
    heads: Vec<Head>,
}

impl Merge {
    fn new(runs: Vec<Run>) -> Result<Self, ReplayError> {
        let heads = runs.into_iter().filter_map(|run| Head::of(run).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { heads })
    }

    /// The place of the head whose turn it is.
    fn first(&self) -> Option<usize> {
        let heads = self.heads.iter().enumerate();
        let first = heads.min_by(|(_, a), (_, b)| b.lends.cmp(&a.lends).then_with(|| a.resource.cmp(&b.resource)));
        first.map(|(at, _)| at)
    }

    /// The next group, if it is of a resource from which others borrow.
    fn next_lender(&mut self) -> Result<Option<Group>, ReplayError> {
        if self.heads.iter().any(|head| head.lends) { self.next() } else { Ok(None) }
    }

    fn next(&mut self) -> Result<Option<Group>, ReplayError> {
        let Some(first) = self.first() else { return Ok(None) };
        let (resource, mut entries) = self.take(first)?;
        // Where a run had come to its end, another stands in its place.
        while let Some(same) = self.heads.iter().position(|head| head.resource == resource) {
            entries.append(&mut self.take(same)?.1);
        }
        Ok(Some((resource, entries)))
    }

    /// The group at the head of a run, which moves on.
    fn take(&mut self, at: usize) -> Result<Group, ReplayError> {
        let Head { resource, entries, run, .. } = self.heads.swap_remove(at);
        self.heads.extend(Head::of(run)?);
        Ok((resource, entries))
    }
}

/// New entries for a resource, and the keys of entries that turned out to mean another one.
#[derive(Default)]
struct Task {
    add: Vec<Entry>,
    drop: Vec<(Second, Text)>,
    /// Judge it even if it has nothing new: what it borrows from changed, or time has passed.
    always: bool,
}

/// The second half of a replay.
struct Work<'a, S> {
    store: &'a S,
    judge: &'a Judge,
    threads: usize,
    until: Option<Second>,
    /// Whether the store was empty, so that nothing has to be loaded.
    fresh: bool,
    replayed: Replayed,
}

impl<S: Store> Work<'_, S> {
    fn run(
        &mut self,
        mut merge: Merge,
        names: BTreeMap<Alias, Names>,
        until: Option<Second>,
    ) -> Result<(), ReplayError> {
        let before = pollster::block_on(self.store.until())?;
        self.fresh = before.is_none();
        self.until = before.max(until);
        if self.fresh {
            pollster::block_on(self.store.fill())?;
        }
        let (mut moved, names) = self.resolve(names)?;

        // Lenders first: others are judged by what they were at the same second.
        let mut lenders: Vec<(ResourceId, Task)> = Vec::new();
        while let Some((resource, mut add)) = merge.next_lender()? {
            let mut task = moved.remove(&resource).unwrap_or_default();
            task.add.append(&mut add);
            lenders.push((resource, task));
        }
        lenders.extend(moved.extract_if(.., |id, _| is_lender(id.kind)));
        if !self.fresh {
            let known: BTreeSet<&ResourceId> = lenders.iter().map(|(id, _)| id).collect();
            let mut stored = pollster::block_on(self.store.of_kinds(crate::history::lenders(), None))?;
            stored.retain(|id| !known.contains(id));
            lenders.extend(stored.into_iter().map(|id| (id, Task::default())));
        }
        let ids: Vec<ResourceId> = lenders.iter().map(|(id, _)| id.clone()).collect();
        let mut changed: BTreeSet<&ResourceId> = BTreeSet::new();
        let mut records: Vec<(&ResourceId, StoredRecord)> = Vec::with_capacity(ids.len());
        for ((id, mut record), (_, task)) in ids.iter().zip(self.load(&ids)?).zip(lenders) {
            let new = apply(task, &mut record);
            self.replayed.changes += new.added;
            if new.touched {
                changed.insert(id);
            }
            records.push((id, record));
        }
        let histories = Histories::of(records.iter().map(|(id, record)| (*id, &record.ledger)));

        // What has nothing new but must be judged again.
        let mut again: BTreeSet<ResourceId> = BTreeSet::new();
        if !self.fresh {
            for lender in &changed {
                let kinds = dependents_of(lender.kind);
                again.extend(pollster::block_on(self.store.of_kinds(&kinds, Some(&lender.account)))?);
            }
            if self.until > before {
                let timed: Vec<Kind> =
                    kinds::ALL.iter().map(|def| Kind::of(def)).filter(|kind| self.judge.is_timed(*kind)).collect();
                again.extend(pollster::block_on(self.store.of_kinds(&timed, None))?);
            }
        }
        // In a fresh store every lender is new; in any other, those that changed or borrow from one that did.
        records.retain(|(id, _)| changed.contains(id) || again.contains(*id));
        again.retain(|id| !is_lender(id.kind));
        let ready = records.into_iter().map(|(id, record)| (id.clone(), record)).collect();
        self.judge_all(merge, moved, again, ready, &histories)?;
        // Names come last: if anything before fails, repeating finds the same calls unassigned and assigns them again.
        pollster::block_on(self.store.commit(Commit { names, ..Commit::default() }))?;
        Ok(pollster::block_on(self.store.filled())?)
    }

    /// Finds out which resource each aliased call meant, now that more names are known.
    fn resolve(
        &mut self,
        names: BTreeMap<Alias, Names>,
    ) -> Result<(BTreeMap<ResourceId, Task>, Vec<NameRevision>), ReplayError> {
        let aliases: Vec<Alias> = names.keys().cloned().collect();
        let mut moved: BTreeMap<ResourceId, Task> = BTreeMap::new();
        let mut revisions = Vec::new();
        let stored = pollster::block_on(self.store.names(&aliases))?;
        for ((alias, new), (expected, mut known)) in names.into_iter().zip(stored) {
            let before = known.clone();
            for Move { entry, from, to } in known.learn(new) {
                if let Some(from) = from {
                    moved.entry(from).or_default().drop.push((entry.cause.time, entry.cause.event_id.clone()));
                }
                if let Some(to) = to {
                    moved.entry(to).or_default().add.push(entry);
                }
            }
            self.replayed.unresolved += known.unexplained() as u64;
            if known != before {
                revisions.push(NameRevision { alias, expected, names: known });
            }
        }
        Ok((moved, revisions))
    }

    fn load(&self, ids: &[ResourceId]) -> Result<Vec<StoredRecord>, ReplayError> {
        if self.fresh {
            return Ok(vec![StoredRecord::default(); ids.len()]);
        }
        Ok(pollster::block_on(self.store.load(ids))?)
    }

    /// Judges lenders, then everything else in batches: one thread merges, some judge, one commits.
    fn judge_all(
        &mut self,
        mut merge: Merge,
        mut moved: BTreeMap<ResourceId, Task>,
        mut again: BTreeSet<ResourceId>,
        lenders: Vec<(ResourceId, StoredRecord)>,
        histories: &Histories,
    ) -> Result<(), ReplayError> {
        let (to_judges, batches) = mpsc::sync_channel::<Batch>(self.threads);
        let (to_writer, judged) = mpsc::sync_channel::<Result<Verdicts, ReplayError>>(self.threads);
        let batches = std::sync::Mutex::new(batches);
        let (store, judge, fresh, until) = (self.store, self.judge, self.fresh, self.until);
        let replayed = &mut self.replayed;
        thread::scope(|scope| {
            for _ in 0..self.threads {
                let (batches, to_writer) = (&batches, to_writer.clone());
                scope.spawn(move || {
                    let next = || batches.lock().ok()?.recv().ok();
                    while let Some(batch) = next() {
                        let verdicts = batch.judge(store, judge, fresh, histories, until.unwrap_or_default());
                        if to_writer.send(verdicts).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(to_writer);
            let writer = scope.spawn(move || {
                let mut result = Ok(());
                // After an error the rest is received and dropped, so that nobody waits for ever.
                for verdicts in judged {
                    if result.is_ok() {
                        result = verdicts.and_then(|verdicts| verdicts.commit(store, until, replayed));
                    }
                }
                result
            });
            let feed = || -> Result<(), ReplayError> {
                let mut batch = Batch { ready: lenders, tasks: Vec::new() };
                let send = |batch: &mut Batch, full: usize| {
                    if batch.tasks.len() + batch.ready.len() > full {
                        // The judges stop receiving only when the writer is gone, and then its error is reported.
                        let _ = to_judges.send(std::mem::take(batch));
                    }
                };
                send(&mut batch, 0);
                while let Some((resource, mut add)) = merge.next()? {
                    let mut task = moved.remove(&resource).unwrap_or_default();
                    task.add.append(&mut add);
                    task.always = again.remove(&resource);
                    batch.tasks.push((resource, task));
                    send(&mut batch, BATCH);
                }
                for (resource, mut task) in std::mem::take(&mut moved) {
                    task.always = again.remove(&resource);
                    batch.tasks.push((resource, task));
                    send(&mut batch, BATCH);
                }
                for resource in std::mem::take(&mut again) {
                    batch.tasks.push((resource, Task { always: true, ..Task::default() }));
                    send(&mut batch, BATCH);
                }
                send(&mut batch, 0);
                Ok(())
            };
            let fed = feed();
            drop(to_judges);
            let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            fed.and(written)
        })
    }
}

/// Resources to judge together.
#[derive(Default)]
struct Batch {
    /// Records that already hold what is new.
    ready: Vec<(ResourceId, StoredRecord)>,
    /// What to add to records that are yet to be loaded.
    tasks: Vec<(ResourceId, Task)>,
}

/// A batch, judged.
#[derive(Default)]
struct Verdicts {
    revisions: Vec<Revision>,
    changes: u64,
    notes: Notes,
    unknown: BTreeMap<&'static str, u64>,
}

/// What adding entries to a record did.
#[derive(Default)]
struct Applied {
    added: u64,
    touched: bool,
}

fn apply(task: Task, record: &mut StoredRecord) -> Applied {
    let mut applied = Applied::default();
    for key in &task.drop {
        applied.touched |= record.ledger.entries.remove(key).is_some();
    }
    for entry in task.add {
        if merge(&mut record.ledger, entry) {
            applied.added += 1;
            applied.touched = true;
        }
    }
    applied
}

impl Batch {
    fn judge<S: Store>(
        self,
        store: &S,
        judge: &Judge,
        fresh: bool,
        histories: &Histories,
        until: Second,
    ) -> Result<Verdicts, ReplayError> {
        let mut verdicts = Verdicts::default();
        let mut records = self.ready;
        let loaded = if fresh {
            vec![StoredRecord::default(); self.tasks.len()]
        } else {
            let ids: Vec<ResourceId> = self.tasks.iter().map(|(id, _)| id.clone()).collect();
            pollster::block_on(store.load(&ids))?
        };
        for ((resource, task), mut record) in self.tasks.into_iter().zip(loaded) {
            let always = task.always;
            let applied = apply(task, &mut record);
            verdicts.changes += applied.added;
            if applied.touched || always {
                records.push((resource, record));
            }
        }
        for (resource, record) in records {
            let judged = judge.judge(&resource, &record.ledger, histories, until);
            verdicts.notes.add(&judged.notes);
            for (rule, _) in &judged.unknown {
                *verdicts.unknown.entry(rule).or_default() += 1;
            }
            // A replay tells nobody.
            verdicts.revisions.push(revision(resource, record.version, record.ledger, judged, record.announced));
        }
        Ok(verdicts)
    }
}

impl Verdicts {
    fn commit<S: Store>(self, store: &S, until: Option<Second>, replayed: &mut Replayed) -> Result<(), ReplayError> {
        replayed.changes += self.changes;
        replayed.judged += self.revisions.len() as u64;
        replayed.notes.add(&self.notes);
        for (rule, count) in self.unknown {
            *replayed.unknown.entry(rule).or_default() += count;
        }
        Ok(pollster::block_on(store.commit(Commit { resources: self.revisions, until, ..Commit::default() }))?)
    }
}

/// The reasons for which the reader skips records, by their codes.
#[must_use]
pub fn skip_codes(tally: &Tally) -> BTreeMap<&'static str, u64> {
    tally.skipped.iter().map(|(reason, count): (&SkipReason, &u64)| (reason.code(), *count)).collect()
}
