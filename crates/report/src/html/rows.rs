//! The table of the page as columns. A column of text is its distinct texts, sorted, and for each finding the place of its
//! text among them: small, and places compare as the texts do, so that the page sorts numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use trailhound_model::{Finding, Second, Severity, Status};

use super::{Cuts, text};
use crate::{UNSEEN, who};

/// The rows of all findings.
#[derive(Serialize)]
pub(super) struct Rows {
    /// The latest event.
    until: Option<i64>,
    /// How many findings a chunk of details holds.
    chunk: usize,
    texts: BTreeMap<&'static str, Texts>,
    /// Places in [`Severity::ALL`].
    severity: Vec<usize>,
    /// Places in [`super::STATUSES`].
    status: Vec<usize>,
    /// When the last episode began, in seconds from 1970.
    opened: Vec<Option<i64>>,
    /// When it ended.
    closed: Vec<Option<i64>>,
    /// Whether another finding tells the same.
    covered: Vec<u8>,
}

/// A column of text.
#[derive(Serialize)]
struct Texts {
    names: Vec<String>,
    of: Vec<usize>,
}

/// A text of a finding.
type Cell = fn(&Finding) -> String;

/// The columns of text.
const TEXTS: [(&str, Cell); 9] = [
    ("account", |finding| finding.resource.account.to_string()),
    ("region", |finding| finding.resource.region.to_string()),
    ("kind", |finding| finding.resource.kind.name().to_owned()),
    ("resource", |finding| finding.resource.id.to_string()),
    ("rule", |finding| finding.rule.to_string()),
    ("item", |finding| finding.item.to_string()),
    ("message", |finding| finding.message.to_string()),
    ("by", |finding| {
        let cause = finding.last_episode().and_then(|episode| episode.opened_by.as_deref());
        cause.map(|cause| who(cause).unwrap_or_else(|| UNSEEN.to_owned())).unwrap_or_default()
    }),
    ("call", |finding| {
        let cause = finding.last_episode().and_then(|episode| episode.opened_by.as_deref());
        cause.map(|cause| cause.name.to_string()).unwrap_or_default()
    }),
];

impl Rows {
    pub(super) fn of(findings: &[Finding], until: Option<Second>, chunk: usize, cuts: &mut Cuts) -> Self {
        let mut texts = BTreeMap::new();
        for (name, cell) in TEXTS {
            let cells: Vec<String> = findings.iter().map(|finding| text(&cell(finding), cuts)).collect();
            texts.insert(name, Texts::of(&cells));
        }
        let place = |all: &[Severity], one| all.iter().position(|other| *other == one).unwrap_or_default();
        let status = |one: Status| super::STATUSES.iter().position(|other| *other == one).unwrap_or_default();
        Self {
            until: until.map(|time| time.0),
            chunk,
            texts,
            severity: findings.iter().map(|finding| place(&Severity::ALL, finding.severity)).collect(),
            status: findings.iter().map(|finding| status(finding.status)).collect(),
            opened: findings.iter().map(|finding| Some(finding.last_episode()?.opened_at.0)).collect(),
            closed: findings.iter().map(|finding| Some(finding.last_episode()?.closed_at?.0)).collect(),
            covered: findings.iter().map(|finding| u8::from(!finding.covered_by.is_empty())).collect(),
        }
    }
}

impl Texts {
    fn of(cells: &[String]) -> Self {
        let distinct: BTreeSet<&str> = cells.iter().map(String::as_str).collect();
        let places: HashMap<&str, usize> = distinct.iter().enumerate().map(|(place, name)| (*name, place)).collect();
        let of = cells.iter().map(|cell| places.get(cell.as_str()).copied().unwrap_or_default()).collect();
        Self { names: distinct.into_iter().map(str::to_owned).collect(), of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn places_compare_as_texts_do() {
        let findings = [fixture::resolved(), fixture::open(), fixture::resolved()];
        let rows = Rows::of(&findings, None, 10, &mut Cuts::default());
        let resources = &rows.texts["resource"];
        assert_eq!(resources.names, ["acme-invoices", "acme-logs"]);
        assert_eq!(resources.of, [1, 0, 1]);
        assert_eq!(rows.texts["by"].names, ["alice (Admin)", "bob (Admin)"]);
        assert_eq!(rows.status, [2, 0, 2]);
        assert_eq!(rows.severity, [3, 2, 3]);
        assert_eq!(rows.closed, [Some(1_772_600_857), None, Some(1_772_600_857)]);
    }
}
