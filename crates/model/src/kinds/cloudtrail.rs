//! CloudTrail trails.

use serde::Deserialize;

use crate::{Facet, Initial, KindDef, Link, RelationDef, Scope, Text, Value};

/// A trail. Its id is its name, its region the one it was created in: a multi-region trail shows in every region, and
/// only its home region may change it.
pub static TRAIL: KindDef = KindDef {
    name: "AWS::CloudTrail::Trail",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:cloudtrail:{region}:{account}:trail/{id}"),
    facets: &[
        &ADVANCED_EVENT_SELECTORS.def,
        &BUCKET_NAME.def,
        &EVENT_SELECTORS.def,
        &IS_LOGGING.def,
        &IS_MULTI_REGION.def,
        &IS_ORGANIZATION.def,
        &KMS_KEY.def,
        &LOG_GROUP.def,
        &LOG_VALIDATION.def,
    ],
    relations: &[&OTHER_TRAILS],
    parts: &[],
    owner: None,
};

/// The account's other trails.
pub static OTHER_TRAILS: RelationDef =
    RelationDef { name: "trails", to: &TRAIL, link: Link::All, borrows: &[&IS_LOGGING.def, &IS_MULTI_REGION.def] };

/// The trails of an account, in all regions.
pub static ACCOUNT_TRAILS: RelationDef = RelationDef {
    name: "trails",
    to: &TRAIL,
    link: Link::All,
    borrows: &[&ADVANCED_EVENT_SELECTORS.def, &EVENT_SELECTORS.def, &IS_LOGGING.def, &IS_MULTI_REGION.def],
};

/// Which events are kept, in the newer form. A trail has this or [`EVENT_SELECTORS`], not both.
pub static ADVANCED_EVENT_SELECTORS: Facet<Vec<AdvancedEventSelector>> =
    Facet::property("AdvancedEventSelectors").read_by(&["cloudtrail:GetEventSelectors"]).initially(Initial::Absent);

/// The bucket that gets the log files.
pub static BUCKET_NAME: Facet<Text> = Facet::property("S3BucketName").read_by(&["cloudtrail:GetTrail"]);

/// Which events are kept, in the older form. A new trail keeps all management events.
pub static EVENT_SELECTORS: Facet<Vec<EventSelector>> =
    Facet::property("EventSelectors").read_by(&["cloudtrail:GetEventSelectors"]).initially(Initial::Default(|_| {
        let selector =
            Value::map([("IncludeManagementEvents", Some(true.into())), ("ReadWriteType", Some("All".into()))]);
        vec![selector].into()
    }));

/// Whether it is recording. A new trail is not, until `StartLogging`.
pub static IS_LOGGING: Facet<bool> = Facet::property("IsLogging")
    .read_by(&["cloudtrail:GetTrailStatus"])
    .initially(Initial::Default(|_| Value::Bool(false)));

/// Whether it records in all regions.
pub static IS_MULTI_REGION: Facet<bool> = Facet::property("IsMultiRegionTrail")
    .read_by(&["cloudtrail:GetTrail"])
    .initially(Initial::Default(|_| Value::Bool(false)));

/// Whether it records in all accounts of the organisation.
pub static IS_ORGANIZATION: Facet<bool> = Facet::property("IsOrganizationTrail")
    .read_by(&["cloudtrail:GetTrail"])
    .initially(Initial::Default(|_| Value::Bool(false)));

/// The key that encrypts the log files; absent for keys of S3.
pub static KMS_KEY: Facet<Text> =
    Facet::property("KMSKeyId").read_by(&["cloudtrail:GetTrail"]).initially(Initial::Absent);

/// The log group that gets the events too.
pub static LOG_GROUP: Facet<Text> =
    Facet::property("CloudWatchLogsLogGroupArn").read_by(&["cloudtrail:GetTrail"]).initially(Initial::Absent);

/// Whether signed digests of the log files are kept.
pub static LOG_VALIDATION: Facet<bool> = Facet::property("EnableLogFileValidation")
    .read_by(&["cloudtrail:GetTrail"])
    .initially(Initial::Default(|_| Value::Bool(false)));

/// One event selector of the older form.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSelector {
    /// Whether management events are kept; they are if it does not say.
    pub include_management_events: Option<bool>,
    /// `All`, `ReadOnly` or `WriteOnly`; all if it does not say.
    pub read_write_type: Option<String>,
    /// Services whose management events are left out.
    #[serde(default)]
    pub exclude_management_event_sources: Vec<String>,
    /// Resources whose data events are kept.
    #[serde(default)]
    pub data_resources: Vec<DataResource>,
}

/// Resources of one type whose data events are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataResource {
    /// `AWS::S3::Object`, `AWS::Lambda::Function` or `AWS::DynamoDB::Table`.
    #[serde(rename = "Type")]
    pub of: String,
    /// ARNs or how they begin; `arn:aws:s3` means all buckets.
    #[serde(default)]
    pub values: Vec<String>,
}

/// One event selector of the newer form: an event is kept if it matches every field of some selector.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedEventSelector {
    /// The fields.
    #[serde(default)]
    pub field_selectors: Vec<FieldSelector>,
}

/// What a field of an event has to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FieldSelector {
    /// The field: `eventCategory`, `readOnly`, `eventSource`, `eventName`, `resources.type`, ...
    pub field: String,
    /// It is one of these.
    pub equals: Vec<String>,
    /// It is none of these.
    pub not_equals: Vec<String>,
    /// It starts with one of these.
    pub starts_with: Vec<String>,
    /// It starts with none of these.
    pub not_starts_with: Vec<String>,
    /// It ends with one of these.
    pub ends_with: Vec<String>,
    /// It ends with none of these.
    pub not_ends_with: Vec<String>,
}
