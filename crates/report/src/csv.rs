//! CSV for spreadsheets: the members of [`FindingRow`], flat.

use std::io::{self, Write};

use trailhound_model::{Finding, Second};

use crate::{FindingRow, escape};

/// The columns: the names and the order of [`FindingRow`]'s members. `episodes` is their number.
const COLUMNS: [&str; 21] = [
    "account",
    "region",
    "kind",
    "resource",
    "rule",
    "item",
    "severity",
    "status",
    "opened_at",
    "opened_by",
    "resolved_at",
    "resolved_by",
    "exposure_seconds",
    "message",
    "evidence",
    "event_id",
    "arn",
    "ended",
    "episodes",
    "covered_by",
    "excepted",
];

/// Writes a header and one line per finding. No cell begins like a formula, and none holds characters that command a
/// terminal or reverse the direction of reading.
///
/// # Errors
/// When writing fails.
pub fn csv(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    let mut table = ::csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    let time = |time: Option<Second>| time.map(|time| time.to_string()).unwrap_or_default();
    for row in findings.iter().map(FindingRow::from) {
        let evidence: Vec<String> =
            row.evidence.iter().map(|entry| format!("{}: {}", entry.key, entry.detail)).collect();
        let cells: [String; 21] = [
            row.account,
            row.region,
            row.kind,
            row.resource,
            row.rule,
            row.item,
            row.severity.word().to_owned(),
            row.status.word().to_owned(),
            time(row.opened_at),
            row.opened_by.unwrap_or_default(),
            time(row.resolved_at),
            row.resolved_by.unwrap_or_default(),
            row.exposure_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            row.message,
            evidence.join("; "),
            row.event_id.unwrap_or_default(),
            row.arn.unwrap_or_default(),
            row.ended.map(|step| step.word().to_owned()).unwrap_or_default(),
            row.episodes.len().to_string(),
            row.covered_by.join("; "),
            row.excepted.unwrap_or_default(),
        ];
        table.write_record(cells.iter().map(|cell| escape::csv(&escape::terminal(cell)).into_owned()))?;
    }
    table.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn read(findings: &[Finding]) -> Vec<::csv::StringRecord> {
        let mut out = Vec::new();
        csv(&mut out, findings).unwrap();
        ::csv::ReaderBuilder::new().has_headers(false).from_reader(&*out).records().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn columns_are_the_members_of_a_row_in_their_order() {
        let row = serde_json::to_string(&FindingRow::from(&fixture::open())).unwrap();
        let places: Vec<usize> = COLUMNS.iter().map(|name| row.find(&format!("\"{name}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&row).unwrap();
        assert_eq!(members.len(), COLUMNS.len());
    }

    #[test]
    fn a_finding_is_a_line() {
        let records = read(&[fixture::open(), fixture::resolved()]);
        assert_eq!(records.len(), 3);
        assert_eq!(&records[1][3], "acme-invoices");
        assert_eq!(&records[1][8], "2026-03-04T05:06:07Z");
        assert_eq!(&records[1][9], "alice (Admin)");
        assert_eq!(&records[2][12], "90");
    }

    #[test]
    fn no_cell_begins_like_a_formula_or_commands_a_terminal() {
        let mut out = Vec::new();
        csv(&mut out, &[fixture::hostile()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.chars().any(|letter| letter != '\n' && letter.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'));
        let records = read(&[fixture::hostile()]);
        assert_eq!(records.len(), 2, "a line break in a name is no new line");
        for cell in &records[1] {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
        assert!(records[1][9].starts_with("'=HYPERLINK"), "{}", &records[1][9]);
    }
}
