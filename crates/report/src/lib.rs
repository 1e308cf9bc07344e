//! Findings for people and programs: rows, and the formats made of them.
//!
//! Every format is a function from findings to a writer. None reads a clock: what a report says about time comes from the
//! events and from the [`Context`].

mod changes;
mod csv;
pub mod escape;
mod html;
mod json;
mod markdown;
mod page;
mod row;
mod sarif;

pub use crate::csv::csv;
pub use changes::{Changes, changes};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use page::{Block, section};
pub use row::{EpisodeRow, FindingRow, UNSEEN, duration, who};
pub use sarif::{SarifFailure, SarifNotice, SarifRun, SarifTopic, sarif};

use trailhound_model::{Finding, Second, Severity, Status};

/// What a report is about, besides its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Where the findings come from, for example the name of the store.
    pub source: String,
    /// The latest event that was read: open findings are open until then, and nothing is known of the time after it.
    pub until: Option<Second>,
    /// How many resources are known.
    pub resources: u64,
    /// What the reader must know before believing the report: what was not read, what could not be told. One sentence
    /// each.
    pub notes: Vec<String>,
}

/// How many findings there are of each status and severity.
fn count(findings: &[Finding], status: Status, severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.status == status && finding.severity == severity).count()
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what is counted, in the singular or the plural.
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod fixture;
