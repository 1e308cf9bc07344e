//! IAM Access Analyzer, as far as it is kept per region.

use serde::Deserialize;

use crate::Keyed;

/// The region's analyzers by name. A facet of `Trailhound::Region`.
pub static ANALYZERS: Keyed<Analyzer> = Keyed::observed("AccessAnalyzers").read_by(&["access-analyzer:ListAnalyzers"]);

/// An analyzer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Analyzer {
    /// `ACCOUNT` and `ORGANIZATION` look for access from outside; others for unused or internal access.
    #[serde(rename = "Type")]
    pub scope: String,
    /// `ACTIVE`, `CREATING`, `DISABLED` or `FAILED`.
    pub status: String,
}

impl Analyzer {
    /// Whether it looks for access from outside, and works.
    #[must_use]
    pub fn watches_outside(&self) -> bool {
        matches!(self.scope.as_str(), "ACCOUNT" | "ORGANIZATION") && self.status == "ACTIVE"
    }
}
