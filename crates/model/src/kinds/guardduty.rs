//! GuardDuty detectors, and what is kept about GuardDuty per region.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Scope, Second, Text, Value, keyed};

/// A detector: GuardDuty in one account and region. There is at most one. Its id is generated.
pub static DETECTOR: KindDef = KindDef {
    name: "AWS::GuardDuty::Detector",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:guardduty:{region}:{account}:detector/{id}"),
    facets: &[&ENABLE.def, &FEATURES.def, &FILTERS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether it looks for threats at all.
pub static ENABLE: Facet<bool> = Facet::property("Enable").read_by(&["guardduty:GetDetector"]);

/// What it looks at beside the basic sources, one entry per feature. What `CreateDetector` does not name is on, except
/// runtime monitoring.
pub static FEATURES: Keyed<Feature> =
    Keyed::property("Features").read_by(&["guardduty:GetDetector"]).initially(Initial::Default(features_at_creation));

/// Its saved filters by name. One with action `ARCHIVE` suppresses what it matches.
pub static FILTERS: Keyed<Filter> =
    Keyed::observed("Filters").read_by(&["guardduty:ListFilters", "guardduty:GetFilter"]).initially(Initial::Empty);

/// The id of the detector in the region. A facet of `Trailhound::Region`.
pub static REGION_DETECTOR: Facet<Text> = Facet::observed("GuardDutyDetector").read_by(&["guardduty:ListDetectors"]);

/// What became of the account's tie to an administrator account that watches it: `Enabled`, `Disassociated`, `Removed` or
/// `Paused`. A facet of `Trailhound::Region`. Only events tell: after the tie is cut, AWS shows no trace of it.
pub static REGION_MEMBERSHIP: Facet<Text> = Facet::observed("GuardDutyMembership");

/// The features that a new detector has on.
pub const FEATURES_AT_CREATION: [&str; 5] =
    ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "S3_DATA_EVENTS"];

/// When the youngest of [`FEATURES_AT_CREATION`] came. What a detector created before has of them depends on what its
/// owner did since.
pub const FEATURES_COMPLETE: Second = Second::date(2023, 5, 1);

/// The entry of a feature that is on or off.
#[must_use]
pub fn feature(name: &str, on: bool) -> Value {
    let status = if on { "ENABLED" } else { "DISABLED" };
    Value::map([("Name", Some(name.into())), ("Status", Some(status.into()))])
}

fn features_at_creation(_created: Second) -> Value {
    keyed(FEATURES_AT_CREATION.iter().map(|name| ((*name).into(), feature(name, true))))
}

/// A feature's entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Feature {
    /// `ENABLED` or `DISABLED`.
    pub status: String,
}

impl Feature {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.status == "ENABLED"
    }
}

/// A saved filter.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// `NOOP` or `ARCHIVE`.
    pub action: Option<String>,
    /// What findings must be.
    pub finding_criteria: Option<FindingCriteria>,
}

/// What findings must be to match a filter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FindingCriteria {
    /// Conditions by the finding's field, spelled as the API does: `severity`, `region`, `type`, ...
    pub criterion: crate::Map,
}
