//! `kms.amazonaws.com`: keys. Every record lists the key's ARN, whatever name the caller used.

use trailhound_model::kinds::kms::{self, KEY};
use trailhound_model::{Birth, FacetDef, ResourceId, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Draft, Event};

const SETS_STATE: &[Does] = &[Does { verb: Verb::Sets, kind: &KEY, facets: &[&kms::STATE.def] }];

/// Rotation, and what KMS demands of a key before it takes a call about it.
const SETS_ROTATION: &[Does] = &[Does {
    verb: Verb::Sets,
    kind: &KEY,
    facets: &[&kms::MANAGER.def, &kms::ORIGIN.def, &kms::ROTATION.def, &kms::SPEC.def, &kms::STATE.def],
}];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "CancelKeyDeletion", does: SETS_STATE, interpret: |e, d| set_state(e, d, "Disabled") },
    EventSpec { name: "CreateKey", does: &[Does { verb: Verb::Creates, kind: &KEY, facets: &[] }], interpret: create },
    EventSpec {
        name: "DeleteImportedKeyMaterial",
        does: SETS_STATE,
        interpret: |e, d| set_state(e, d, "PendingImport"),
    },
    EventSpec {
        // What KMS reports when the waiting period of a scheduled deletion ends.
        name: "DeleteKey",
        does: &[Does { verb: Verb::Deletes, kind: &KEY, facets: &[] }],
        interpret: |event, draft| {
            draft.on(key(event)?).delete();
            Ok(())
        },
    },
    EventSpec { name: "DisableKey", does: SETS_STATE, interpret: |e, d| set_state(e, d, "Disabled") },
    EventSpec { name: "DisableKeyRotation", does: SETS_ROTATION, interpret: |e, d| set_rotation(e, d, false) },
    EventSpec { name: "EnableKey", does: SETS_STATE, interpret: |e, d| set_state(e, d, "Enabled") },
    EventSpec { name: "EnableKeyRotation", does: SETS_ROTATION, interpret: |e, d| set_rotation(e, d, true) },
    EventSpec { name: "ImportKeyMaterial", does: SETS_STATE, interpret: |e, d| set_state(e, d, "Enabled") },
    EventSpec {
        name: "PutKeyPolicy",
        does: &[Does { verb: Verb::Sets, kind: &KEY, facets: &[&kms::POLICY.def] }],
        interpret: |event, draft| {
            draft.on(key(event)?).set_document_of(&kms::POLICY, event.request, "policy");
            Ok(())
        },
    },
    EventSpec {
        name: "ScheduleKeyDeletion",
        does: SETS_STATE,
        // A multi-Region primary waits for its replicas first, which only the response tells.
        interpret: |event, draft| set_state(event, draft, event.response.text("keyState").unwrap_or("PendingDeletion")),
    },
];

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let made = event.response.at(&["keyMetadata"]);
    let either = |facet: &'static FacetDef, stated: Stated, member: &str| {
        stated.value_if(facet, made.text(member).or_else(|| event.request.text(member)))
    };
    let mut stated = Stated::new().document(&kms::POLICY, event.request.document("policy"));
    stated = either(&kms::MANAGER, stated, "keyManager");
    stated = either(&kms::ORIGIN, stated, "origin");
    stated = either(&kms::SPEC, stated, "keySpec");
    // A replica starts its life as `Creating` and is enabled a moment later, which no event tells.
    stated = match made.text("keyState") {
        Some("Creating") | None => stated,
        Some(state) => stated.value(&kms::STATE, state),
    };
    if made.at(&["multiRegionConfiguration"]).text("multiRegionKeyType") == Some("REPLICA") {
        stated = stated.unread(&kms::ROTATION, Why::DependsOn("the primary key".into()));
    }
    draft.on(key(event)?).create(Birth::Certain, stated);
    Ok(())
}

fn set_state(event: &Event<'_>, draft: &mut Draft, state: &str) -> Result<(), Unplaced> {
    draft.on(key(event)?).set(&kms::STATE, state);
    Ok(())
}

/// KMS takes calls about rotation only for enabled symmetric customer keys with material of its own making.
fn set_rotation(event: &Event<'_>, draft: &mut Draft, on: bool) -> Result<(), Unplaced> {
    draft
        .on(key(event)?)
        .set(&kms::ROTATION, on)
        .set(&kms::MANAGER, "CUSTOMER")
        .set(&kms::ORIGIN, "AWS_KMS")
        .set(&kms::SPEC, "SYMMETRIC_DEFAULT")
        .set(&kms::STATE, "Enabled");
    Ok(())
}

/// The key: from the resource list, else by the ARN in the response, else by the id or ARN that the caller used. The
/// caller may also have used an alias, which says nothing.
fn key(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    if let Some(listed) = event.listed_resource(&KEY) {
        return Ok(listed);
    }
    let answered = event.response.at(&["keyMetadata"]).text("arn").or_else(|| event.response.text("keyId"));
    let used = answered.or_else(|| event.request.text("keyId")).ok_or(Unplaced { missing: "resources" })?;
    match used.split_once(":key/") {
        Some((_, id)) => Ok(event.resource_of_arn(&KEY, used, id)),
        None if used.contains("alias/") => Err(Unplaced { missing: "resources" }),
        None => Ok(event.resource(&KEY, used)),
    }
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(
            r#"{{"eventSource":"kms.amazonaws.com","eventName":"{name}",
                "resources":[{{"ARN":"{ARN}","accountId":"111122223333","type":"AWS::KMS::Key"}}],{rest}}}"#
        ))
    }

    #[test]
    fn creation() {
        assert_eq!(
            told(
                "CreateKey",
                r#""requestParameters":{"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","origin":"AWS_KMS"},
                   "responseElements":{"keyMetadata":{"keyId":"1234abcd","arn":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
                    "keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","keySpec":"SYMMETRIC_DEFAULT"}}"#
            ),
            [concat!(
                r#"Key 1234abcd create Certain; KeyPolicy {"Statement":[],"Version":"2012-10-17"}; KeyManager "CUSTOMER"; "#,
                r#"Origin "AWS_KMS"; KeySpec "SYMMETRIC_DEFAULT"; KeyState "Enabled""#
            )]
        );
    }

    #[test]
    fn a_replica_is_rotated_as_its_primary() {
        assert_eq!(
            told(
                "CreateKey",
                r#""requestParameters":null,"responseElements":{"keyMetadata":{"keyState":"Creating","keySpec":"SYMMETRIC_DEFAULT",
                    "multiRegion":true,"multiRegionConfiguration":{"multiRegionKeyType":"REPLICA"}}}"#
            ),
            [
                r#"Key 1234abcd create Certain; KeySpec "SYMMETRIC_DEFAULT"; EnableKeyRotation Unread(DependsOn("the primary key"))"#
            ]
        );
    }

    #[test]
    fn states() {
        for (name, state) in [
            ("DisableKey", "Disabled"),
            ("EnableKey", "Enabled"),
            ("CancelKeyDeletion", "Disabled"),
            ("ScheduleKeyDeletion", "PendingDeletion"),
            ("ImportKeyMaterial", "Enabled"),
            ("DeleteImportedKeyMaterial", "PendingImport"),
        ] {
            assert_eq!(
                told(name, r#""requestParameters":{"keyId":"alias/payroll"}"#),
                [format!(r#"Key 1234abcd set KeyState "{state}""#)],
                "{name}"
            );
        }
        assert_eq!(
            told("ScheduleKeyDeletion", r#""responseElements":{"keyState":"PendingReplicaDeletion"}"#),
            [r#"Key 1234abcd set KeyState "PendingReplicaDeletion""#]
        );
    }

    #[test]
    fn a_call_about_rotation_proves_what_kms_demands_for_it() {
        assert_eq!(
            told("DisableKeyRotation", r#""requestParameters":{"keyId":"1234abcd"}"#),
            [
                "Key 1234abcd set EnableKeyRotation false",
                r#"Key 1234abcd set KeyManager "CUSTOMER""#,
                r#"Key 1234abcd set Origin "AWS_KMS""#,
                r#"Key 1234abcd set KeySpec "SYMMETRIC_DEFAULT""#,
                r#"Key 1234abcd set KeyState "Enabled""#,
            ]
        );
    }

    #[test]
    fn the_end_is_reported_by_kms_itself() {
        assert_eq!(
            told(
                "DeleteKey",
                r#""eventType":"AwsServiceEvent","requestParameters":null,"serviceEventDetails":{"keyId":"1234abcd"}"#
            ),
            ["Key 1234abcd delete"]
        );
    }

    #[test]
    fn a_policy_as_object_or_text_and_a_key_named_in_four_ways() {
        let told = |names: &str| {
            meaning(&format!(r#"{{"eventSource":"kms.amazonaws.com","eventName":"PutKeyPolicy",{names}}}"#))
        };
        let set = r#" set KeyPolicy {"Statement":[]}"#;
        let request = |id: &str| {
            format!(r#""requestParameters":{{"keyId":"{id}","policyName":"default","policy":"{{\"Statement\":[]}}"}}"#)
        };
        assert_eq!(told(&request("1234abcd")), [format!("Key 1234abcd{set}")]);
        assert_eq!(
            told(&request("arn:aws:kms:eu-west-1:444455556666:key/1234abcd")),
            [format!("Key 1234abcd@444455556666/eu-west-1{set}")]
        );
        assert_eq!(
            told(&format!(r#"{},"responseElements":{{"keyId":"{ARN}"}}"#, request("alias/payroll"))),
            [format!("Key 1234abcd{set}")]
        );
        assert_eq!(
            told(&request("alias/payroll")),
            ["nothing: the record does not name its resource: `resources` is missing"]
        );
        assert_eq!(
            told(r#""requestParameters":{"keyId":"1234abcd","policy":{"Statement":[]}}"#),
            [format!("Key 1234abcd{set}")]
        );
    }
}
