use trailhound_model::kinds::account::ACCOUNT;
use trailhound_model::kinds::cloudtrail::{
    ACCOUNT_TRAILS, ADVANCED_EVENT_SELECTORS, AdvancedEventSelector, EVENT_SELECTORS, EventSelector, FieldSelector,
    IS_LOGGING, IS_MULTI_REGION,
};
use trailhound_model::{Snapshot, Verdict, Why};

use super::{Kept, all_true, halves, is_only, kept_by, kept_if};
use crate::rule;

rule! {
    /// The account has a trail that keeps reads and writes of all objects in all buckets.
    ///
    /// ## Why
    /// Who read or deleted which object is a data event. Without data events nobody can say after a leak what was taken.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → Data events → S3 → Log all events.
    /// - CLI: `aws cloudtrail put-event-selectors --trail-name NAME --advanced-event-selectors` with the category `Data` and
    ///   the resource type `AWS::S3::Object`, beside the one for management events.
    /// - CloudFormation: `AdvancedEventSelectors` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// Off until switched on: data events cost money for each call. One trail has to keep them all; halves in two trails are
    /// not added up. Events show which trails there are, never that there is no other one: without a read the answer is a
    /// pass or unknown.
    item: Cloudtrail,
    severity: Low,
    kinds: [ACCOUNT],
    reads: [],
    borrows: [ACCOUNT_TRAILS => [ADVANCED_EVENT_SELECTORS, EVENT_SELECTORS, IS_LOGGING, IS_MULTI_REGION]],
    opens_on: ["PutEventSelectors", "StopLogging"],
    closes_on: ["PutEventSelectors", "StartLogging"],
    controls: [
        (SecurityHub, "S3.22"),
        (SecurityHub, "S3.23"),
        (CisV3, "3.8"),
        (CisV3, "3.9"),
        (CisV5, "3.8"),
        (CisV5, "3.9"),
        (AwsConfig, "cloudtrail-all-write-s3-data-event-check"),
        (AwsConfig, "cloudtrail-all-read-s3-data-event-check"),
    ],
    optional: true,
    judge: |account, _| {
        let found = account.related(&ACCOUNT_TRAILS).any(keeps_all_objects).known()?;
        Ok(if found {
            Verdict::Pass
        } else {
            Verdict::fail("trail", "no trail records reads and writes of all objects in all buckets")
        })
    },
}

/// Whether a trail is recording in all regions and keeps reads and writes of all objects.
fn keeps_all_objects(trail: &Snapshot<'_>) -> Result<bool, Why> {
    let is_on = |facet| trail.get(facet).known().map(|on| on.unwrap_or(false));
    let objects = kept_by(trail, objects_by_basic, objects_by_advanced).map(|kept| kept == Kept::ALL);
    all_true([is_on(&IS_LOGGING), is_on(&IS_MULTI_REGION), objects])
}

fn objects_by_basic(selector: &EventSelector) -> Kept {
    // A prefix that ends before the bucket's name takes in every bucket.
    let every = |arn: &String| arn.ends_with(":s3") || arn.ends_with(":s3:::");
    let all = selector.data_resources.iter().any(|data| data.of == "AWS::S3::Object" && data.values.iter().any(every));
    if all { halves(selector) } else { Kept::default() }
}

fn objects_by_advanced(selector: &AdvancedEventSelector) -> Kept {
    let is_objects = |field: &FieldSelector| {
        field.field == "resources.type"
            && is_only(field, &field.equals)
            && field.equals.iter().any(|of| of == "AWS::S3::Object")
    };
    let objects = selector.field_selectors.iter().any(is_objects);
    if objects { kept_if(selector, "Data", is_objects) } else { Kept::default() }
}
