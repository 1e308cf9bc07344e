//! `trailhound exceptions`, and the file of exceptions: reading it, and saying what has become of each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use trailhound_engine::except;
use trailhound_engine::port::Store;
use trailhound_model::{Finding, Second};
use trailhound_report::escape;
use trailhound_rules::exception::Doubt;
use trailhound_rules::{Exception, Exceptions, SettingsError};

use super::store::Opened;
use crate::output::{note, stdout};
use crate::{Outcome, StoreArgument};

#[derive(clap::Args)]
#[command(
    after_help = "The pipeline of the table takes a new file within a minute. What it accepts is recorded and not told."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Keep a file of exceptions in the pipeline's table, in the place of the last one
    Put {
        /// What owners accept, as TOML
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Print the file that the table keeps
    Get {
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Keep none
    Drop {
        #[command(flatten)]
        store: StoreArgument,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    match &arguments.command {
        Command::Put { file, store } => {
            Accepting::read(Some(file))?;
            let text = super::text_of(file, "file of exceptions")?;
            if text.len() > KEPT_MAX {
                bail!("{} is larger than the {KEPT_MAX} bytes that a row of the table takes", file.display());
            }
            super::open(&store.store)?.keep_exceptions(Some(&text))?;
        }
        Command::Get { store } => {
            let Some(text) = super::open(&store.store)?.exceptions()? else {
                note("no exceptions are kept there");
                return Ok(Outcome::Flawed);
            };
            let mut out = stdout();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Command::Drop { store } => super::open(&store.store)?.keep_exceptions(None)?,
    }
    Ok(Outcome::Done)
}

/// A row of DynamoDB takes 400 KB with its keys.
const KEPT_MAX: usize = 390_000;

/// How many days before its end an exception is announced.
const SOON: i64 = 14;

/// The exceptions of one run.
pub(crate) struct Accepting {
    shown: String,
    today: Second,
    exceptions: Exceptions,
    /// What was noticed about the exception on a line: the resources that it concerns, and doubts about some.
    noticed: BTreeMap<usize, BTreeSet<(String, Option<String>)>>,
}

impl Accepting {
    /// Reads a file, if one is named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        let text = super::text_of(path, "file of exceptions")?;
        Self::parse(path.display().to_string(), &text).map(Some)
    }

    /// Reads a file, if one is named, or else what the store keeps.
    pub(super) fn of(path: Option<&Path>, store: &Opened) -> Result<Option<Self>> {
        match (path, store.exceptions()?) {
            (None, Some(text)) => Self::parse("exceptions of the table".to_owned(), &text).map(Some),
            (path, _) => Self::read(path),
        }
    }

    fn parse(shown: String, text: &str) -> Result<Self> {
        let exceptions = match Exceptions::from_toml(text) {
            Ok(exceptions) => exceptions,
            Err(mut faults) => {
                let last = faults.pop();
                let say = |fault: &SettingsError| format!("{shown}:{}:{}: {}", fault.line, fault.column, fault.message);
                faults.iter().for_each(|fault| note(&escape::terminal(&format!("error: {}", say(fault)))));
                bail!("{}", last.as_ref().map(say).unwrap_or_default());
            }
        };
        Ok(Self { shown, today: super::today(), exceptions, noticed: BTreeMap::new() })
    }

    /// The exceptions.
    pub(crate) fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// Remembers that an exception concerns a resource.
    pub(crate) fn notice(&mut self, line: usize, resource: &str, doubt: Option<&Doubt>) {
        let bound_by_name = |exception: &Exception| !exception.resource.contains('*');
        let doubt = match doubt {
            // Resources that share a pattern have no fingerprint in common.
            Some(Doubt::Unbound(_)) if !self.on(line).is_some_and(bound_by_name) => None,
            doubt => doubt.map(ToString::to_string),
        };
        self.noticed.entry(line).or_default().insert((resource.to_owned(), doubt));
    }

    fn on(&self, line: usize) -> Option<&Exception> {
        self.exceptions.all().iter().find(|exception| exception.line == line)
    }

    /// Marks the findings that are accepted.
    pub(crate) fn mark(&mut self, findings: &mut [Finding], store: &impl Store) -> Result<()> {
        for finding in findings {
            if !except::is_concerned(finding, &self.exceptions) {
                continue;
            }
            let records = pollster::block_on(store.load(std::slice::from_ref(&finding.resource)))?;
            let ledger = records.into_iter().next().unwrap_or_default().ledger;
            let concerned: Vec<(usize, Option<Doubt>)> = except::except(finding, &ledger, &self.exceptions, self.today)
                .into_iter()
                .map(|(exception, doubt)| (exception.line, doubt))
                .collect();
            for (line, doubt) in concerned {
                self.notice(line, &finding.resource.id, doubt.as_ref());
            }
        }
        Ok(())
    }

    /// Says which exceptions do not hold, could hold better, end soon or are not needed. Not one ends in silence.
    pub(crate) fn tell(&self) {
        for exception in self.exceptions.all() {
            let say = |text: &str| {
                let place = format!("{}:{}", self.shown, exception.line);
                let what = format!("{} on {} (owner: {})", exception.rule, exception.resource, exception.owner);
                note(&escape::terminal(&format!("exception: {place}: {what}: {text}")));
            };
            let over = exception.is_over(self.today);
            match self.noticed.get(&exception.line) {
                None if over => {
                    say(&format!("it expired after {} and concerns no finding: remove it", exception.expires));
                }
                None => say("it concerns no finding: remove it, or mend what it names"),
                Some(_) if over => say(&format!("it expired after {}: the finding counts again", exception.expires)),
                Some(noticed) => {
                    for (resource, doubt) in noticed {
                        if let Some(doubt) = doubt {
                            say(&format!("{resource}: {doubt}"));
                        }
                    }
                    let days = exception.ends().since(self.today).div_euclid(86_400);
                    if days <= SOON {
                        say(&format!("it expires after {}, in {days} days", exception.expires));
                    }
                }
            }
        }
    }
}
