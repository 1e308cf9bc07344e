//! Reads archives of CloudTrail files: every record is either read or counted with the reason why not.
//!
//! Files are found in the order of their names and read by a few workers, the largest first. A file is inflated whole
//! into a buffer that the worker keeps, taken apart without parsing, and only records that someone asked for by name,
//! or that may be the root user's, are parsed and given to the worker's [`Sink`]. How a file's content is understood is
//! told in `document.rs`, what it may look like in `tests.rs`.

mod document;
mod inflate;
mod scan;
mod usual;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use inflate::{Damage, Inflater};
use walk::{Found, LogFile};

use crate::record::Record;
use crate::skip::SkipReason;

/// How to read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many files are read at the same time.
    pub threads: usize,
    /// The most bytes that one file may hold once it is inflated; larger ones are skipped.
    pub max_inflated_bytes: usize,
    /// How many problems are described; the rest are only counted.
    pub max_problems: usize,
    /// Called after each file, from the worker that has read it.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

impl Default for Options<'_> {
    /// One thread per core, 3 GiB per file, 100 problems.
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            max_inflated_bytes: 3 << 30,
            max_problems: 100,
            progress: None,
        }
    }
}

/// How far the reading is. Bytes are counted as they lie on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Files that have been read.
    pub files: usize,
    /// Files that were found.
    pub total_files: usize,
    /// Bytes of the files that have been read.
    pub bytes: u64,
    /// Bytes of all files that were found.
    pub total_bytes: u64,
}

/// Decides by its name whether a record is worth parsing. Records of the root user are wanted whatever their name.
pub trait Filter: Sync {
    /// Whether records with this `eventName` are wanted.
    fn wants(&self, event_name: &[u8]) -> bool;
}

impl<F: Fn(&[u8]) -> bool + Sync> Filter for F {
    fn wants(&self, event_name: &[u8]) -> bool {
        self(event_name)
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// The file that holds it.
    pub file: &'a Path,
    /// The number of the file in the order of the walk, from 0: with `index` a total order that does not depend on which
    /// worker reads when.
    pub file_number: usize,
    /// The number of the record in its file, from 1; skipped ones count.
    pub index: u64,
    /// The record as it is written, without an envelope.
    pub bytes: &'a [u8],
}

/// Takes the wanted records of one worker.
pub trait Sink: Send {
    /// Takes a record. `Break` makes all workers stop as soon as they can.
    fn record(&mut self, raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()>;
}

/// What an archive held. `read` and the sum of `skipped` are `records`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files that were opened, or should have been.
    pub files: u64,
    /// Files in folders that are no logs by their name. They count nowhere else.
    pub ignored_files: u64,
    /// Bytes of the files as they lie on disk.
    pub bytes: u64,
    /// Bytes of the files once they are inflated.
    pub inflated_bytes: u64,
    /// Records found; a file that cannot be read, or the rest of one, counts as one.
    pub records: u64,
    /// Management events.
    pub read: u64,
    /// How many of those `read` were not given to a sink, because nobody asked for their name.
    pub unwatched: u64,
    /// Records that were not read, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// What a person should know of: unexpected skips in the order of files and records, then ignored files.
    pub problems: Vec<Problem>,
    /// How many more problems there were than are described.
    pub more_problems: u64,
}

/// Something in an archive that could not be read and should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The number of the record in the file, from 1, where it is about one.
    pub record: Option<u64>,
    /// The index of the first byte that is concerned, in the inflated file, where it is about a part of it.
    pub offset: Option<u64>,
    /// The reason under which it was counted.
    pub reason: SkipReason,
    /// What was found. Hostile text, but short.
    pub detail: String,
}

impl Problem {
    fn of_file(file: &Path, reason: SkipReason, detail: String) -> Self {
        Self { file: file.to_path_buf(), record: None, offset: None, reason, detail }
    }
}

/// What reading has yielded.
#[derive(Debug)]
pub struct Archive<S> {
    /// The counts.
    pub tally: Tally,
    /// The sinks, one per worker. Which of them got which file is left to chance.
    pub sinks: Vec<S>,
    /// Whether a sink has stopped the reading, so that the tally is of a part.
    pub stopped: bool,
}

/// Reads files and all log files in folders.
pub fn read<S: Sink, F: Filter>(
    paths: &[PathBuf],
    options: &Options<'_>,
    filter: &F,
    mut new_sink: impl FnMut() -> S,
) -> Archive<S> {
    let Found { files, ignored, unreadable } = walk::walk(paths);
    let mut tally = Counts::new(options.max_problems);
    for problem in ignored {
        tally.counts.ignored_files += 1;
        tally.report((usize::MAX, 0), problem);
    }
    for problem in unreadable {
        tally.counts.files += 1;
        tally.skip(problem.reason);
        tally.report((0, 0), problem);
    }

    // The largest first, so that no worker is left with one at the end.
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|number| std::cmp::Reverse(files.get(*number).map_or(0, |file| file.size)));
    let shared = Shared {
        total_bytes: files.iter().map(|file| file.size).sum(),
        files: &files,
        order: &order,
        options,
        filter,
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        done_bytes: AtomicU64::new(0),
        stopped: AtomicBool::new(false),
    };
    let workers = options.threads.clamp(1, files.len().max(1));
    let sinks: Vec<S> = (0..workers).map(|_| new_sink()).collect();
    let results = thread::scope(|scope| {
        let shared = &shared;
        let handles: Vec<_> =
            sinks.into_iter().map(|sink| scope.spawn(move || Worker::new(shared, sink).run())).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    let stopped = shared.stopped.into_inner();
    let mut sinks = Vec::with_capacity(results.len());
    for (counts, sink) in results {
        tally.merge(counts);
        sinks.push(sink);
    }
    Archive { tally: tally.finish(), sinks, stopped }
}

/// What all workers know.
struct Shared<'a, F> {
    files: &'a [LogFile],
    /// Numbers of files, in the order of work.
    order: &'a [usize],
    options: &'a Options<'a>,
    filter: &'a F,
    next: AtomicUsize,
    done: AtomicUsize,
    done_bytes: AtomicU64,
    total_bytes: u64,
    stopped: AtomicBool,
}

struct Worker<'a, F, S> {
    shared: &'a Shared<'a, F>,
    memo: Memo,
    sink: S,
    tally: Counts,
    input: Vec<u8>,
    inflater: Inflater,
}

impl<'a, F: Filter, S: Sink> Worker<'a, F, S> {
    fn new(shared: &'a Shared<'a, F>, sink: S) -> Self {
        let options = shared.options;
        Self {
            shared,
            memo: Memo::default(),
            sink,
            tally: Counts::new(options.max_problems),
            input: Vec::new(),
            inflater: Inflater::new(options.max_inflated_bytes),
        }
    }

    fn run(mut self) -> (Counts, S) {
        let Shared { files, order, options, .. } = self.shared;
        while let Some(number) = order.get(self.shared.next.fetch_add(1, Ordering::Relaxed)) {
            let Some(file) = files.get(*number) else { break };
            if self.shared.stopped.load(Ordering::Relaxed) {
                break;
            }
            if self.file(*number, file).is_break() {
                self.shared.stopped.store(true, Ordering::Relaxed);
            }
            let done = self.shared.done.fetch_add(1, Ordering::Relaxed) + 1;
            let bytes = self.shared.done_bytes.fetch_add(file.size, Ordering::Relaxed) + file.size;
            if let Some(progress) = options.progress {
                let (total_files, total_bytes) = (files.len(), self.shared.total_bytes);
                progress(Progress { files: done, total_files, bytes, total_bytes });
            }
        }
        (self.tally, self.sink)
    }

    fn file(&mut self, number: usize, file: &LogFile) -> ControlFlow<()> {
        let limit = self.shared.options.max_inflated_bytes;
        self.tally.counts.files += 1;
        let mut receiver = FileReceiver {
            filter: self.shared.filter,
            memo: &mut self.memo,
            sink: &mut self.sink,
            tally: &mut self.tally,
            file: &file.path,
            file_number: number,
            records: 0,
        };
        let too_large = || format!("more than {limit} bytes");
        if let Err(error) = load(&file.path, limit, &mut self.input) {
            receiver.skipped_file(SkipReason::Unreadable, error.to_string());
            return ControlFlow::Continue(());
        }
        receiver.tally.counts.bytes += self.input.len() as u64;
        if self.input.len() > limit {
            receiver.skipped_file(SkipReason::TooLarge, too_large());
            self.input = Vec::new();
            return ControlFlow::Continue(());
        }
        let (content, damage) =
            if inflate::is_gzip(&self.input) { self.inflater.inflate(&self.input) } else { (&*self.input, None) };
        receiver.tally.counts.inflated_bytes += content.len() as u64;
        let result = match damage {
            Some(Damage::TooLarge) => {
                receiver.skipped_file(SkipReason::TooLarge, too_large());
                ControlFlow::Continue(())
            }
            Some(Damage::Cut) => document::read(content, Some(SkipReason::Cut), &mut receiver),
            Some(Damage::Bad) => document::read(content, Some(SkipReason::BadGzip), &mut receiver),
            None => document::read(content, None, &mut receiver),
        };
        self.inflater.shrink();
        if self.input.capacity() > inflate::KEPT {
            self.input = Vec::new();
        }
        result
    }
}

/// Reads a file into a buffer, but no more than one byte beyond the limit.
fn load(path: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len()).min(limit as u64);
    buffer.reserve(usize::try_from(size).unwrap_or(0).saturating_add(1));
    file.take((limit as u64).saturating_add(1)).read_to_end(buffer)?;
    Ok(())
}

/// Counts what a file holds, and gives on what is wanted.
struct FileReceiver<'a, F, S> {
    filter: &'a F,
    memo: &'a mut Memo,
    sink: &'a mut S,
    tally: &'a mut Counts,
    file: &'a Path,
    file_number: usize,
    records: u64,
}

impl<F, S> FileReceiver<'_, F, S> {
    fn skipped_file(&mut self, reason: SkipReason, detail: String) {
        self.tally.skip(reason);
        self.tally.report((self.file_number, 0), Problem::of_file(self.file, reason, detail));
    }
}

impl<F: Filter, S: Sink> document::Receiver for FileReceiver<'_, F, S> {
    fn wants(&mut self, event_name: &[u8]) -> bool {
        self.memo.answer(event_name, |name| self.filter.wants(name))
    }

    fn wanted(&mut self, bytes: &[u8], record: Record<'_>) -> ControlFlow<()> {
        self.records += 1;
        self.tally.counts.records += 1;
        self.tally.counts.read += 1;
        let raw = RawRecord { file: self.file, file_number: self.file_number, index: self.records, bytes };
        self.sink.record(raw, record)
    }

    fn unwatched(&mut self) {
        self.records += 1;
        self.tally.counts.records += 1;
        self.tally.counts.read += 1;
        self.tally.counts.unwatched += 1;
    }

    fn skipped(&mut self, reason: SkipReason, offset: usize, detail: String) {
        self.records += 1;
        self.tally.skip(reason);
        if !reason.is_expected() {
            let file = self.file.to_path_buf();
            let problem = Problem { file, record: Some(self.records), offset: Some(offset as u64), reason, detail };
            self.tally.report((self.file_number, self.records), problem);
        }
    }
}

/// Remembers what the filter has said. An archive has few event names, and each of them many times.
struct Memo(Box<[(Box<[u8]>, bool)]>);

impl Default for Memo {
    fn default() -> Self {
        Self(vec![(Box::default(), false); 1 << Self::BITS].into())
    }
}

impl Memo {
    /// The size of the table. Two names in one place only cost time.
    const BITS: u32 = 9;

    fn answer(&mut self, name: &[u8], ask: impl FnOnce(&[u8]) -> bool) -> bool {
        let place = usize::try_from(Self::hash(name) >> (u64::BITS - Self::BITS)).unwrap_or(0);
        match self.0.get_mut(place) {
            Some((known, answer)) if **known == *name && !name.is_empty() => *answer,
            Some(slot) => {
                let answer = ask(name);
                *slot = (name.into(), answer);
                answer
            }
            None => ask(name),
        }
    }

    /// From both ends of the name, in which names differ most, and its length.
    fn hash(name: &[u8]) -> u64 {
        let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let ends = word(name.first_chunk()) ^ word(name.last_chunk()).rotate_left(29);
        (ends ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// A tally in the making. Of the problems it keeps the first in the order of files and records, not of their discovery.
struct Counts {
    counts: Tally,
    problems: Vec<((usize, u64), Problem)>,
    reported: u64,
    max_problems: usize,
}

impl Counts {
    fn new(max_problems: usize) -> Self {
        Self { counts: Tally::default(), problems: Vec::new(), reported: 0, max_problems }
    }

    fn skip(&mut self, reason: SkipReason) {
        self.counts.records += 1;
        *self.counts.skipped.entry(reason).or_default() += 1;
    }

    fn report(&mut self, place: (usize, u64), problem: Problem) {
        self.reported += 1;
        self.problems.push((place, problem));
        if self.problems.len() > self.max_problems.saturating_mul(2) {
            self.keep_first();
        }
    }

    fn keep_first(&mut self) {
        self.problems.sort_by_key(|(place, _)| *place);
        self.problems.truncate(self.max_problems);
    }

    fn merge(&mut self, other: Self) {
        let Tally { files, ignored_files, bytes, inflated_bytes, records, read, unwatched, skipped, .. } = other.counts;
        let counts = &mut self.counts;
        counts.files += files;
        counts.ignored_files += ignored_files;
        counts.bytes += bytes;
        counts.inflated_bytes += inflated_bytes;
        counts.records += records;
        counts.read += read;
        counts.unwatched += unwatched;
        for (reason, count) in skipped {
            *counts.skipped.entry(reason).or_default() += count;
        }
        self.reported += other.reported;
        self.problems.extend(other.problems);
        self.keep_first();
    }

    fn finish(mut self) -> Tally {
        self.keep_first();
        self.counts.more_problems = self.reported - self.problems.len() as u64;
        self.counts.problems = self.problems.into_iter().map(|(_, problem)| problem).collect();
        self.counts
    }
}
