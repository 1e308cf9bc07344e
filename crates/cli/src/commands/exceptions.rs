//! The file of exceptions: reading it, and saying what has become of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};
use trailhound_engine::except;
use trailhound_engine::port::Store;
use trailhound_model::{Finding, Second};
use trailhound_report::escape;
use trailhound_rules::exception::Doubt;
use trailhound_rules::{Exception, Exceptions, SettingsError};

use crate::output::note;

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
        let shown = path.display().to_string();
        let exceptions = match Exceptions::from_toml(&super::text_of(path, "file of exceptions")?) {
            Ok(exceptions) => exceptions,
            Err(mut faults) => {
                let last = faults.pop();
                let say = |fault: &SettingsError| format!("{shown}:{}:{}: {}", fault.line, fault.column, fault.message);
                faults.iter().for_each(|fault| note(&escape::terminal(&format!("error: {}", say(fault)))));
                bail!("{}", last.as_ref().map(say).unwrap_or_default());
            }
        };
        Ok(Some(Self { shown, today: super::today(), exceptions, noticed: BTreeMap::new() }))
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
