//! Measures reading and replaying against what they cannot beat and against what people use today.
//!
//! All are measured in one run on the same made-up files, taking turns, and compared by their medians:
//!
//! - `jq`: `zcat | jq -c '.Records[]|select(.readOnly==false)'`, on a stated share of the files, scaled by their size;
//! - `inflate`: libdeflate on as many threads, touching every byte once;
//! - `read`: the reader with a filter that wants the mutating records, each of them parsed;
//! - `replay`: the whole program, where its path is given.
//!
//! The ratio to `inflate` is one of processor time, of all threads and of the kernel for them, so that a busy machine does
//! not change it; where the system does not tell that, one of time.
//!
//! Last comes what one event costs that is ingested as in an account, into a store in memory that holds many others, where
//! a read shows AWS's defaults for all that no event told.
#![expect(clippy::print_stdout, reason = "the result of a benchmark is what it prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark times things")]

use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use libdeflater::Decompressor;
use trailhound_bench::synthetic::{self, MUTATING, Spec, Summary};
use trailhound_engine::port::{Collector, Presence, Reading};
use trailhound_engine::{Ingest, Judge, Timing};
use trailhound_model::{Change, FacetDef, Life, ResourceId, Second, State};
use trailhound_rules::Settings;
use trailhound_store::Memory;
use trailhound_trail::Record;
use trailhound_trail::interpret::interpret;
use trailhound_trail::reader::{self, Options, RawRecord, Sink};

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure reading and replaying of made-up archives.
#[derive(Parser)]
struct Arguments {
    /// How many records to make up.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// How many of 1,000 records change something; one archive and one table for each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 200])]
    mutating_per_mille: Vec<u32>,
    /// How often to measure.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many threads inflate and read.
    #[arg(long, default_value_t = thread::available_parallelism().map_or(1, |n| n.get()))]
    threads: usize,
    /// One of how many files `zcat | jq` reads; 0 leaves it out.
    #[arg(long, default_value_t = 10)]
    jq_share: usize,
    /// The `trailhound` program, to measure a whole replay.
    #[arg(long)]
    trailhound: Option<PathBuf>,
    /// Where archives are kept between runs.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/replay-bench"))]
    folder: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    for mutating_per_mille in &arguments.mutating_per_mille {
        measure(&arguments, *mutating_per_mille)?;
    }
    Ok(())
}

/// One way to go over an archive.
struct Contestant<'a> {
    name: &'a str,
    /// What the time is multiplied by, because only a part of the archive is gone over.
    scale: f64,
    run: Box<dyn FnMut() -> Result<u64> + 'a>,
    times: Vec<Duration>,
    /// Seconds of processor time.
    costs: Vec<f64>,
}

/// Medians.
struct Measured<'a> {
    name: &'a str,
    seconds: f64,
    cost: Option<f64>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'a str, scale: f64, run: Box<dyn FnMut() -> Result<u64> + 'a>) -> Self {
        Self { name, scale, run, times: Vec::new(), costs: Vec::new() }
    }

    fn result(&mut self) -> Measured<'a> {
        self.times.sort();
        self.costs.sort_by(f64::total_cmp);
        let median = self.times.get(self.times.len() / 2).copied().unwrap_or_default();
        let cost = self.costs.get(self.costs.len() / 2).map(|cost| cost * self.scale);
        Measured { name: self.name, seconds: median.as_secs_f64() * self.scale, cost }
    }
}

fn measure(arguments: &Arguments, mutating_per_mille: u32) -> Result<()> {
    let spec = Spec { records: arguments.records, mutating_per_mille, ..Spec::default() };
    let (folder, summary) = archive(&arguments.folder, &spec)?;
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "\n{} records in {} files, {} of them mutating: {:.0} MB, {:.0} MB inflated; {} threads, median of {}",
        summary.records,
        summary.files,
        summary.mutating,
        megabytes(summary.bytes),
        megabytes(summary.raw_bytes),
        arguments.threads,
        arguments.rounds,
    );

    let mut contestants = Vec::new();
    if arguments.jq_share > 0 {
        let part: Vec<&Path> = files.iter().step_by(arguments.jq_share).map(PathBuf::as_path).collect();
        let bytes: u64 = part.iter().map(|path| Ok(fs::metadata(path)?.len())).sum::<Result<u64>>()?;
        let scale = summary.bytes as f64 / bytes as f64;
        println!("jq reads {} of {} files; its time is multiplied by {scale:.2}", part.len(), files.len());
        contestants.push(Contestant::new("jq", scale, Box::new(move || jq(&part))));
    }
    let mut add = |name, run| contestants.push(Contestant::new(name, 1.0, run));
    add("inflate", Box::new(|| inflate(&files, arguments.threads)));
    add("read", Box::new(|| read(&folder, arguments.threads, &summary)));
    if let Some(program) = &arguments.trailhound {
        add("replay", Box::new(|| replay(program, arguments.threads, &folder)));
    }

    // Once unmeasured, so that the files are in memory for all.
    inflate(&files, arguments.threads)?;
    for _ in 0..arguments.rounds.max(1) {
        for contestant in &mut contestants {
            let (start, cost) = (Instant::now(), processor_seconds());
            (contestant.run)().with_context(|| contestant.name.to_owned())?;
            contestant.times.push(start.elapsed());
            contestant.costs.extend(processor_seconds().zip(cost).map(|(after, before)| after - before));
        }
    }

    let results: Vec<Measured<'_>> = contestants.iter_mut().map(Contestant::result).collect();
    let of = |name: &str| results.iter().find(|result| result.name == name);
    println!("{:10} {:>9} {:>8} {:>9} {:>12} {:>12}", "", "seconds", "GB/s", "CPU s", "to inflate", "jq to this");
    for result in &results {
        let gigabytes = summary.raw_bytes as f64 / 1e9 / result.seconds;
        let to_inflate = of("inflate").map_or(0.0, |inflate| match (result.cost, inflate.cost) {
            (Some(cost), Some(inflate)) if inflate > 0.0 => cost / inflate,
            _ => result.seconds / inflate.seconds,
        });
        let to_jq = of("jq").map_or(0.0, |jq| jq.seconds / result.seconds);
        let (name, seconds, cost) = (result.name, result.seconds, result.cost.unwrap_or(0.0));
        println!("{name:10} {seconds:9.3} {gigabytes:8.2} {cost:9.2} {to_inflate:12.2} {to_jq:12.1}");
    }
    one_event(&folder)
}

/// Processor time that this process and the programs it has waited for have taken, where Linux tells it: in hundredths.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses and may hold spaces; of those after it, these are 12 to 15.
    let fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    (ticks.len() == 4).then(|| ticks.iter().sum::<f64>() / 100.0)
}

/// Events that are in the store before one is measured, and how many are measured.
const WARM: usize = 4_000;
const MEASURED: usize = 1_000;

/// An AWS in which everything is there, and as it is when it is made. It tells the time by the events.
#[derive(Default)]
struct Defaults(AtomicI64);

impl Collector for Defaults {
    async fn read(&self, resource: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
        let started = Second(self.0.load(Ordering::Relaxed));
        let made = Life::born(resource.kind, started);
        let state = |facet: &FacetDef| match made.slot(facet).map(|slot| &slot.state) {
            // What is not said of it has no default: there is none.
            None | Some(State::Unread(_)) => State::Absent,
            Some(state) => state.clone(),
        };
        let facets = facets.iter().map(|facet| (*facet, state(facet))).collect();
        Reading { started, presence: Presence::Present, facets }
    }
}

/// What one event costs that is ingested into a store in memory.
fn one_event(folder: &Path) -> Result<()> {
    let options = Options { threads: 1, ..Options::default() };
    let wants = |name: &[u8]| str::from_utf8(name).is_ok_and(trailhound_trail::interpret::is_watched);
    let archive = reader::read(&[folder.to_path_buf()], &options, &wants, Changes::default);
    let mut changes: Vec<Change> = archive.sinks.into_iter().flat_map(|sink| sink.0).collect();
    changes.sort_by(|a, b| (a.cause.time, &a.cause.event_id).cmp(&(b.cause.time, &b.cause.event_id)));
    if changes.len() < WARM + MEASURED {
        return Ok(());
    }
    let (store, judge, aws) = (Memory::new(), Judge::new(Settings::default()), Defaults::default());
    // As in an account: what is older than two days, or beyond two hundred entries, is folded for good.
    let engine = Ingest::new(&store, &judge).reading(&aws, 48 * 3_600, Timing::ALL);
    let ingest = |change: &Change| -> Result<Duration> {
        aws.0.store(change.cause.time.0, Ordering::Relaxed);
        let start = Instant::now();
        pollster::block_on(engine.ingest(change, change.cause.time))?;
        Ok(start.elapsed())
    };
    for change in changes.iter().take(WARM) {
        ingest(change)?;
    }
    let cost = processor_seconds();
    let mut times: Vec<Duration> = changes.iter().skip(WARM).take(MEASURED).map(ingest).collect::<Result<_>>()?;
    let cost = processor_seconds().zip(cost).map_or(0.0, |(after, before)| (after - before) / MEASURED as f64);
    times.sort();
    let median = times.get(MEASURED / 2).copied().unwrap_or_default();
    println!(
        "one event into a store in memory that holds {WARM}: median {} µs, mean {:.0} µs of processor time",
        median.as_micros(),
        cost * 1e6,
    );
    Ok(())
}

/// What the records of an archive mean.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Sink for Changes {
    fn record(&mut self, _raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
        self.0.extend(interpret(&record));
        ControlFlow::Continue(())
    }
}

/// The archive of a specification, made up unless an earlier run has left it.
fn archive(folder: &Path, spec: &Spec) -> Result<(PathBuf, Summary)> {
    let Spec { records, mutating_per_mille, records_per_file, seed } = spec;
    let folder = folder.join(format!("{records}-{mutating_per_mille}-{records_per_file}-{seed}"));
    let done = folder.with_extension("summary");
    if let Ok(text) = fs::read_to_string(&done) {
        let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        if let [files, records, mutating, raw_bytes, bytes] = *numbers {
            return Ok((folder, Summary { files, records, mutating, raw_bytes, bytes }));
        }
    }
    println!("making up {} records in {}", spec.records, folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let summary = synthetic::write(&folder, spec)?;
    let Summary { files, records, mutating, raw_bytes, bytes } = summary;
    fs::write(done, format!("{files} {records} {mutating} {raw_bytes} {bytes}"))?;
    Ok((folder, summary))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            files.push(path);
        }
    }
    Ok(())
}

/// What people do today.
fn jq(files: &[&Path]) -> Result<u64> {
    let script = "zcat \"$@\" | jq -c '.Records[]|select(.readOnly==false)' > /dev/null";
    let status = Command::new("sh").args(["-c", script, "sh"]).args(files).status()?;
    ensure!(status.success(), "zcat | jq: {status}");
    Ok(0)
}

/// The least that anyone has to do: unpack the files into memory and look at each byte.
fn inflate(files: &[PathBuf], threads: usize) -> Result<u64> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<u64> {
        let (mut decompressor, mut content, mut sum) = (Decompressor::new(), Vec::new(), 0u64);
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let packed = fs::read(file)?;
            let size = packed.last_chunk().map_or(0, |size| u32::from_le_bytes(*size)) as usize;
            if content.len() < size {
                content.resize(size, 0);
            }
            let length = decompressor.gzip_decompress(&packed, &mut content)?;
            let bytes = content.get(..length).unwrap_or_default();
            let (words, rest) = bytes.as_chunks::<8>();
            sum = words.iter().fold(sum, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
            sum = rest.iter().fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte)));
        }
        Ok(sum)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut sum = 0u64;
        for worker in workers {
            sum = sum.wrapping_add(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(std::hint::black_box(sum))
    })
}

/// Counts the records that it is given.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn record(&mut self, raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
        std::hint::black_box((raw, record));
        self.0 += 1;
        ControlFlow::Continue(())
    }
}

fn read(folder: &Path, threads: usize, summary: &Summary) -> Result<u64> {
    let options = Options { threads, ..Options::default() };
    let wanted: HashSet<&[u8]> = MUTATING.iter().map(|name| name.as_bytes()).collect();
    let wants = |name: &[u8]| wanted.contains(name);
    let archive = reader::read(&[folder.to_path_buf()], &options, &wants, Count::default);
    let count = archive.sinks.iter().map(|sink| sink.0).sum();
    let tally = archive.tally;
    ensure!(tally.records == summary.records, "{} records, not {}", tally.records, summary.records);
    ensure!(count == summary.mutating, "{count} mutating records, not {}", summary.mutating);
    Ok(count)
}

fn replay(program: &Path, threads: usize, folder: &Path) -> Result<u64> {
    let store = folder.with_extension("db");
    if store.exists() {
        fs::remove_file(&store)?;
    }
    let status = Command::new(program)
        .args(["replay", "--threads", &threads.to_string(), "--store"])
        .args([&store, folder])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| program.display().to_string())?;
    ensure!(status.success(), "{}: {status}", program.display());
    Ok(0)
}
