//! What EC2 keeps once per account and region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::{EBS_ENCRYPTION, HTTP_TOKENS_DEFAULT, IMAGE_BLOCK, SNAPSHOT_BLOCK};
use trailhound_model::{FacetDef, Why};

use super::super::draft::{Does, EventSpec, Verb};
use super::{request, response};

const fn sets(facets: &'static [&'static FacetDef]) -> Does {
    Does { verb: Verb::Sets, kind: &REGION, facets }
}

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "EnableEbsEncryptionByDefault",
        does: &[sets(&[&EBS_ENCRYPTION.def])],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&EBS_ENCRYPTION, true);
            Ok(())
        },
    },
    EventSpec {
        name: "DisableEbsEncryptionByDefault",
        does: &[sets(&[&EBS_ENCRYPTION.def])],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&EBS_ENCRYPTION, false);
            Ok(())
        },
    },
    EventSpec {
        name: "EnableSnapshotBlockPublicAccess",
        does: &[sets(&[&SNAPSHOT_BLOCK.def])],
        interpret: |event, draft| {
            let state = response(event).text("state").or_else(|| request(event).text("State"));
            let mut region = draft.on(event.region_resource());
            match state {
                Some(state) => region.set(&SNAPSHOT_BLOCK, state),
                None => region.stale(&SNAPSHOT_BLOCK, Why::Touched),
            };
            Ok(())
        },
    },
    EventSpec {
        name: "DisableSnapshotBlockPublicAccess",
        does: &[sets(&[&SNAPSHOT_BLOCK.def])],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&SNAPSHOT_BLOCK, "unblocked");
            Ok(())
        },
    },
    EventSpec {
        name: "EnableImageBlockPublicAccess",
        does: &[sets(&[&IMAGE_BLOCK.def])],
        interpret: |event, draft| {
            // AWS knows no other block for images.
            let state = request(event).text("ImageBlockPublicAccessState").unwrap_or("block-new-sharing");
            draft.on(event.region_resource()).set(&IMAGE_BLOCK, state);
            Ok(())
        },
    },
    EventSpec {
        name: "DisableImageBlockPublicAccess",
        does: &[sets(&[&IMAGE_BLOCK.def])],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&IMAGE_BLOCK, "unblocked");
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyInstanceMetadataDefaults",
        does: &[sets(&[&HTTP_TOKENS_DEFAULT.def])],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set_if(&HTTP_TOKENS_DEFAULT, request(event).text("HttpTokens"));
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::check;

    // The shapes are derived from the API's model: no such record was ever seen in full.
    #[test]
    fn defaults_and_blocks_of_the_region() {
        check(
            "EnableEbsEncryptionByDefault",
            r#"{"EnableEbsEncryptionByDefaultRequest":""}"#,
            r#"{"EnableEbsEncryptionByDefaultResponse":{"ebsEncryptionByDefault":true}}"#,
            &["Region self set EbsEncryptionByDefault true"],
        );
        check(
            "DisableEbsEncryptionByDefault",
            r#"{"DisableEbsEncryptionByDefaultRequest":""}"#,
            r#"{"DisableEbsEncryptionByDefaultResponse":{"ebsEncryptionByDefault":false}}"#,
            &["Region self set EbsEncryptionByDefault false"],
        );
        check(
            "EnableSnapshotBlockPublicAccess",
            r#"{"EnableSnapshotBlockPublicAccessRequest":{"State":"block-new-sharing"}}"#,
            r#"{"EnableSnapshotBlockPublicAccessResponse":{"state":"block-new-sharing"}}"#,
            &[r#"Region self set SnapshotBlockPublicAccess "block-new-sharing""#],
        );
        check(
            "EnableSnapshotBlockPublicAccess",
            r#"{"EnableSnapshotBlockPublicAccessRequest":""}"#,
            r#"{"EnableSnapshotBlockPublicAccessResponse":{}}"#,
            &["Region self stale SnapshotBlockPublicAccess touched"],
        );
        check(
            "DisableSnapshotBlockPublicAccess",
            r#"{"DisableSnapshotBlockPublicAccessRequest":""}"#,
            r#"{"DisableSnapshotBlockPublicAccessResponse":{"state":"unblocked"}}"#,
            &[r#"Region self set SnapshotBlockPublicAccess "unblocked""#],
        );
        check(
            "EnableImageBlockPublicAccess",
            r#"{"EnableImageBlockPublicAccessRequest":{"ImageBlockPublicAccessState":"block-new-sharing"}}"#,
            r#"{"EnableImageBlockPublicAccessResponse":{}}"#,
            &[r#"Region self set ImageBlockPublicAccess "block-new-sharing""#],
        );
        check(
            "DisableImageBlockPublicAccess",
            r#"{"DisableImageBlockPublicAccessRequest":""}"#,
            r#"{"DisableImageBlockPublicAccessResponse":{}}"#,
            &[r#"Region self set ImageBlockPublicAccess "unblocked""#],
        );
        check(
            "ModifyInstanceMetadataDefaults",
            r#"{"ModifyInstanceMetadataDefaultsRequest":{"HttpTokens":"required"}}"#,
            r#"{"ModifyInstanceMetadataDefaultsResponse":{"return":true}}"#,
            &[r#"Region self set InstanceMetadataDefaults.HttpTokens "required""#],
        );
        check(
            "ModifyInstanceMetadataDefaults",
            r#"{"ModifyInstanceMetadataDefaultsRequest":{"HttpPutResponseHopLimit":2}}"#,
            r#"{"ModifyInstanceMetadataDefaultsResponse":{"return":true}}"#,
            &["nothing: no_effect"],
        );
    }
}
