//! `guardduty.amazonaws.com`: detectors, and the tie of member accounts to the one that watches them.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::guardduty::{self, DETECTOR};
use trailhound_model::{Alias, Birth, ResourceId, Value, Why};

use super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::{Body, Event};

/// The space of names in which an account stands for its one detector in the region.
const ACCOUNT: &str = "account";

const EXISTS: Does = Does { verb: Verb::Sets, kind: &REGION, facets: &[&guardduty::REGION_DETECTOR.def] };
const MEMBERSHIP: &[Does] = &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&guardduty::REGION_MEMBERSHIP.def] }];
const FILTERS: &[Does] = &[Does { verb: Verb::Patches, kind: &DETECTOR, facets: &[&guardduty::FILTERS.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateDetector",
        does: &[
            Does { verb: Verb::Creates, kind: &DETECTOR, facets: &[] },
            Does { verb: Verb::Patches, kind: &DETECTOR, facets: &[&guardduty::FEATURES.def] },
            EXISTS,
        ],
        interpret: |event, draft| {
            let id = event.response.text("detectorId").filter(|id| !id.is_empty());
            let id = id.ok_or(Unplaced { missing: "responseElements.detectorId" })?;
            let detector = event.resource(&DETECTOR, id);
            let mut stated = Stated::new().value_if(&guardduty::ENABLE, event.request.flag("enable"));
            if event.time < guardduty::FEATURES_COMPLETE {
                stated = stated.unread(&guardduty::FEATURES, Why::NotStated);
            }
            draft.bind(by_account(event, event.account), &detector, true);
            let mut on = draft.on(detector);
            on.create(Birth::Certain, stated);
            put_features(&mut on, event.request);
            draft.on(event.region_resource()).set(&guardduty::REGION_DETECTOR, id);
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateDetector",
        does: &[
            Does { verb: Verb::Sets, kind: &DETECTOR, facets: &[&guardduty::ENABLE.def] },
            Does { verb: Verb::Patches, kind: &DETECTOR, facets: &[&guardduty::FEATURES.def] },
            EXISTS,
        ],
        interpret: |event, draft| {
            let detector = detector(event)?;
            draft.bind(by_account(event, event.account), &detector, false);
            draft.on(event.region_resource()).set(&guardduty::REGION_DETECTOR, &*detector.id);
            let mut on = draft.on(detector);
            on.set_if(&guardduty::ENABLE, event.request.flag("enable"));
            put_features(&mut on, event.request);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteDetector",
        does: &[Does { verb: Verb::Deletes, kind: &DETECTOR, facets: &[] }, EXISTS],
        interpret: |event, draft| {
            draft.on(event.region_resource()).clear(&guardduty::REGION_DETECTOR);
            draft.on(detector(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateMemberDetectors",
        does: &[Does { verb: Verb::Patches, kind: &DETECTOR, facets: &[&guardduty::FEATURES.def] }],
        interpret: |event, draft| {
            // The administrator names its members' detectors by account only.
            for account in accounts(event, "accountIds") {
                put_features(&mut draft.on_alias(by_account(event, account)), event.request);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateFilter",
        does: FILTERS,
        interpret: |event, draft| {
            let action = event.request.text("action").unwrap_or("NOOP");
            put_filter(event, draft, "name", Some(action))
        },
    },
    EventSpec {
        name: "UpdateFilter",
        does: FILTERS,
        interpret: |event, draft| put_filter(event, draft, "filterName", event.request.text("action")),
    },
    EventSpec {
        name: "DeleteFilter",
        does: FILTERS,
        interpret: |event, draft| {
            let name = event.request.text("filterName").ok_or(Unplaced { missing: "requestParameters.filterName" })?;
            draft.on(detector(event)?).remove(&guardduty::FILTERS, name);
            Ok(())
        },
    },
    // In the member's account.
    EventSpec { name: "AcceptAdministratorInvitation", does: MEMBERSHIP, interpret: joins },
    EventSpec { name: "AcceptInvitation", does: MEMBERSHIP, interpret: joins },
    EventSpec { name: "DisassociateFromAdministratorAccount", does: MEMBERSHIP, interpret: leaves },
    EventSpec { name: "DisassociateFromMasterAccount", does: MEMBERSHIP, interpret: leaves },
    // In the administrator's account.
    EventSpec {
        name: "StartMonitoringMembers",
        does: MEMBERSHIP,
        interpret: |event, draft| set_memberships(event, draft, "Enabled"),
    },
    EventSpec {
        name: "StopMonitoringMembers",
        does: MEMBERSHIP,
        interpret: |event, draft| set_memberships(event, draft, "Paused"),
    },
    EventSpec {
        name: "DisassociateMembers",
        does: MEMBERSHIP,
        interpret: |event, draft| set_memberships(event, draft, "Disassociated"),
    },
    EventSpec {
        name: "DeleteMembers",
        does: MEMBERSHIP,
        interpret: |event, draft| set_memberships(event, draft, "Removed"),
    },
    EventSpec {
        name: "CreateMembers",
        does: MEMBERSHIP,
        interpret: |event, draft| {
            // Enables members of the organisation; others have to accept an invitation first. The call does not tell.
            let members = event.request.list("accountDetails");
            for account in members.iter().filter_map(|member| member.text("accountId")) {
                draft.on(region_of(event, account)).stale(&guardduty::REGION_MEMBERSHIP, Why::Touched);
            }
            Ok(())
        },
    },
];

fn detector(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("detectorId").filter(|id| !id.is_empty());
    Ok(event.resource(&DETECTOR, id.ok_or(Unplaced { missing: "requestParameters.detectorId" })?))
}

/// An account's one detector in the region of the event.
fn by_account(event: &Event<'_>, account: &str) -> Alias {
    let mut alias = event.alias(&DETECTOR, ACCOUNT, account);
    alias.account = account.into();
    alias
}

/// Another account, in the region of the event.
fn region_of(event: &Event<'_>, account: &str) -> ResourceId {
    let mut region = event.region_resource();
    region.account = account.into();
    region
}

/// The accounts that a call was applied to: those it names, without those it says it could not process.
fn accounts<'a>(event: &Event<'a>, member: &str) -> Vec<&'a str> {
    let unprocessed = event.response.list("unprocessedAccounts");
    let mut accounts = event.request.texts(member);
    accounts.retain(|account| !unprocessed.iter().any(|failed| failed.text("accountId") == Some(account)));
    accounts
}

fn joins(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(event.region_resource()).set(&guardduty::REGION_MEMBERSHIP, "Enabled");
    Ok(())
}

fn leaves(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(event.region_resource()).set(&guardduty::REGION_MEMBERSHIP, "Disassociated");
    Ok(())
}

fn set_memberships(event: &Event<'_>, draft: &mut Draft, status: &str) -> Result<(), Unplaced> {
    for account in accounts(event, "accountIds") {
        draft.on(region_of(event, account)).set(&guardduty::REGION_MEMBERSHIP, status);
    }
    Ok(())
}

/// The features that a request switches, in the new form (`features`) and in the old one (`dataSources`).
fn put_features(on: &mut On<'_>, request: Body<'_>) {
    let sources = request.at(&["dataSources"]);
    for (feature, switch) in [
        ("S3_DATA_EVENTS", sources.at(&["s3Logs"]).flag("enable")),
        ("EKS_AUDIT_LOGS", sources.at(&["kubernetes", "auditLogs"]).flag("enable")),
        (
            "EBS_MALWARE_PROTECTION",
            sources.at(&["malwareProtection", "scanEc2InstanceWithFindings"]).flag("ebsVolumes"),
        ),
    ] {
        if let Some(enabled) = switch {
            on.put(&guardduty::FEATURES, feature, guardduty::feature(feature, enabled));
        }
    }
    for feature in request.list("features") {
        if let (Some(name), Some(status)) = (feature.text("name"), feature.text("status")) {
            on.put(&guardduty::FEATURES, name, guardduty::feature(name, status == "ENABLED"));
        }
    }
}

/// A filter as a call states it. What an update leaves out is left out of the entry too, and so not known.
fn put_filter(event: &Event<'_>, draft: &mut Draft, member: &str, action: Option<&str>) -> Result<(), Unplaced> {
    let name = event.request.text(member).ok_or(Unplaced { missing: "requestParameters.filterName" })?;
    draft.on(detector(event)?).put(&guardduty::FILTERS, name, filter(event.request, action));
    Ok(())
}

/// A filter as an entry.
#[must_use]
pub fn filter(shown: Body<'_>, action: Option<&str>) -> Value {
    let criterion = shown.at(&["findingCriteria", "criterion"]).to_value();
    Value::map([
        ("Action", action.map(Value::from)),
        ("FindingCriteria", criterion.map(|criterion| Value::map([("Criterion", Some(criterion))]))),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{names, told};

    /// Asserts what a call with this request and response means.
    fn check(name: &str, request: &str, response: &str, expected: &[&str]) {
        let event = format!(
            r#"{{"eventSource":"guardduty.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        );
        assert_eq!(told(&event), expected, "{name} {request}");
    }

    #[test]
    fn a_new_detector_has_every_feature_that_is_not_switched_off() {
        check(
            "CreateDetector",
            r#"{"enable":true,"features":[{"name":"RDS_LOGIN_EVENTS","status":"DISABLED"}]}"#,
            r#"{"detectorId":"d1"}"#,
            &[
                "Detector d1 create Certain",
                "Detector d1   Enable true",
                r#"Detector d1 put Features RDS_LOGIN_EVENTS {"Name":"RDS_LOGIN_EVENTS","Status":"DISABLED"}"#,
                r#"Region self set GuardDutyDetector "d1""#,
            ],
        );
        check(
            "CreateDetector",
            r#"{"enable":true}"#,
            "null",
            &["nothing: the record does not name its resource: `responseElements.detectorId` is missing"],
        );
        let old = r#"{"eventSource":"guardduty.amazonaws.com","eventName":"CreateDetector","eventTime":"2021-01-01T00:00:00Z",
            "requestParameters":{"enable":true},"responseElements":{"detectorId":"d1"}}"#;
        assert_eq!(
            told(old),
            [
                "Detector d1 create Certain",
                "Detector d1   Enable true",
                "Detector d1   Features Unread(NotStated)",
                r#"Region self set GuardDutyDetector "d1""#,
            ]
        );
        assert_eq!(names(old), ["account 111122223333 begins to mean Detector d1"]);
    }

    #[test]
    fn features_are_switched_in_the_new_form_and_in_the_old_one() {
        check(
            "UpdateDetector",
            r#"{"detectorId":"d1","features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"}]}"#,
            "null",
            &[
                r#"Region self set GuardDutyDetector "d1""#,
                r#"Detector d1 put Features S3_DATA_EVENTS {"Name":"S3_DATA_EVENTS","Status":"ENABLED"}"#,
            ],
        );
        check(
            "UpdateDetector",
            r#"{"detectorId":"d1","enable":false,"dataSources":{"s3Logs":{"enable":false},
                "kubernetes":{"auditLogs":{"enable":true}},
                "malwareProtection":{"scanEc2InstanceWithFindings":{"ebsVolumes":false}}}}"#,
            "null",
            &[
                r#"Region self set GuardDutyDetector "d1""#,
                "Detector d1 set Enable false",
                r#"Detector d1 put Features S3_DATA_EVENTS {"Name":"S3_DATA_EVENTS","Status":"DISABLED"}"#,
                r#"Detector d1 put Features EKS_AUDIT_LOGS {"Name":"EKS_AUDIT_LOGS","Status":"ENABLED"}"#,
                r#"Detector d1 put Features EBS_MALWARE_PROTECTION {"Name":"EBS_MALWARE_PROTECTION","Status":"DISABLED"}"#,
            ],
        );
        let update = r#"{"eventSource":"guardduty.amazonaws.com","eventName":"UpdateDetector","requestParameters":{"detectorId":"d1"}}"#;
        assert_eq!(names(update), ["account 111122223333 means Detector d1"]);
        // The administrator switches its members' detectors by account.
        check(
            "UpdateMemberDetectors",
            r#"{"detectorId":"d0","accountIds":["444455556666"],"features":[{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}"#,
            r#"{"unprocessedAccounts":[]}"#,
            &[
                r#"AWS::GuardDuty::Detector account=444455556666 put Features S3_DATA_EVENTS {"Name":"S3_DATA_EVENTS","Status":"DISABLED"}"#,
            ],
        );
    }

    #[test]
    fn a_deleted_detector_leaves_its_region_without_one() {
        check(
            "DeleteDetector",
            r#"{"detectorId":"d1"}"#,
            "null",
            &["Region self clear GuardDutyDetector", "Detector d1 delete"],
        );
    }

    #[test]
    fn filters_are_kept_by_name() {
        check(
            "CreateFilter",
            r#"{"detectorId":"d1","name":"quiet","action":"ARCHIVE","findingCriteria":{"criterion":{"severity":{"gte":1}}}}"#,
            r#"{"name":"quiet"}"#,
            &[concat!(
                r#"Detector d1 put Filters quiet {"Action":"ARCHIVE","#,
                r#""FindingCriteria":{"Criterion":{"severity":{"gte":1}}}}"#
            )],
        );
        check(
            "CreateFilter",
            r#"{"detectorId":"d1","name":"view","findingCriteria":{"criterion":{}}}"#,
            "null",
            &[r#"Detector d1 put Filters view {"Action":"NOOP","FindingCriteria":{"Criterion":{}}}"#],
        );
        check(
            "UpdateFilter",
            r#"{"detectorId":"d1","filterName":"view","action":"ARCHIVE"}"#,
            "null",
            &[r#"Detector d1 put Filters view {"Action":"ARCHIVE"}"#],
        );
        check(
            "DeleteFilter",
            r#"{"detectorId":"d1","filterName":"view"}"#,
            "null",
            &["Detector d1 remove Filters view"],
        );
    }

    #[test]
    fn what_the_administrator_does_to_a_member_is_kept_at_the_member() {
        let member = r#"{"detectorId":"d0","accountIds":["444455556666","777788889999"]}"#;
        let failed = r#"{"unprocessedAccounts":[{"accountId":"777788889999","result":"not a member"}]}"#;
        for (name, status) in [
            ("StopMonitoringMembers", "Paused"),
            ("StartMonitoringMembers", "Enabled"),
            ("DisassociateMembers", "Disassociated"),
            ("DeleteMembers", "Removed"),
        ] {
            let set = format!(r#"Region self@444455556666/eu-west-1 set GuardDutyMembership "{status}""#);
            check(name, member, failed, &[&set]);
        }
        check(
            "CreateMembers",
            r#"{"detectorId":"d0","accountDetails":[{"accountId":"444455556666","email":"a@example.com"}]}"#,
            r#"{"unprocessedAccounts":[]}"#,
            &["Region self@444455556666/eu-west-1 stale GuardDutyMembership touched"],
        );
        for (name, status) in [
            ("DisassociateFromAdministratorAccount", "Disassociated"),
            ("DisassociateFromMasterAccount", "Disassociated"),
            ("AcceptAdministratorInvitation", "Enabled"),
            ("AcceptInvitation", "Enabled"),
        ] {
            let set = format!(r#"Region self set GuardDutyMembership "{status}""#);
            check(name, r#"{"detectorId":"d1"}"#, "null", &[&set]);
        }
    }
}
