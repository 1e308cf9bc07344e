//! JSON lines: one [`FindingRow`] per line, as `findings --format json` prints them.

use std::io::{self, Write};

use trailhound_model::Finding;

use crate::FindingRow;

/// Writes one JSON object per finding and line. Text is as the events have it: what prints it must escape it.
///
/// # Errors
/// When writing fails.
pub fn json(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        serde_json::to_writer(&mut *out, &FindingRow::from(finding))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_line_is_an_object_whatever_the_names_are() {
        let mut out = Vec::new();
        json(&mut out, &[fixture::hostile(), fixture::open()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 2);
        for (line, finding) in text.lines().zip([fixture::hostile(), fixture::open()]) {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(row["resource"], *finding.resource.id);
            assert_eq!(row["status"], "open");
        }
    }
}
