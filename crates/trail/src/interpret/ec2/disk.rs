//! Volumes, snapshots and images.

use trailhound_model::kinds::ec2::disk::{
    IMAGE, IMAGE_PERMISSIONS, SNAPSHOT, SNAPSHOT_ENCRYPTED, SNAPSHOT_MAKER, SNAPSHOT_PERMISSIONS, VOLUME,
    VOLUME_ENCRYPTED, VOLUME_KEY, VOLUME_SOURCE,
};
use trailhound_model::{Birth, FacetDef, KindDef, Text, Value, Why};

use super::super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::super::{Body, Event};
use super::{elements, ids, request, required, response};

/// The services that make snapshots on a schedule, as `invokedBy` names them.
pub const SCHEDULERS: [&str; 2] = ["backup.amazonaws.com", "dlm.amazonaws.com"];

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateVolume",
        does: &[Does { verb: Verb::Creates, kind: &VOLUME, facets: &[] }],
        interpret: |event, draft| {
            let volume = response(event);
            let id = required(volume, "volumeId", "responseElements.volumeId")?;
            let stated = Stated::new()
                .value_if(&VOLUME_KEY, volume.text("kmsKeyId"))
                .value_if(&VOLUME_SOURCE, volume.text("snapshotId").filter(|id| !id.is_empty()));
            let stated = match volume.flag("encrypted") {
                Some(encrypted) => stated.value(&VOLUME_ENCRYPTED, encrypted),
                None => stated.unread(&VOLUME_ENCRYPTED, Why::NotStated),
            };
            draft.on(event.resource(&VOLUME, id)).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteVolume",
        does: &[Does { verb: Verb::Deletes, kind: &VOLUME, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &VOLUME, "volumeId", "requestParameters.volumeId")?.delete();
            Ok(())
        },
    },
    EventSpec {
        name: "RestoreVolumeFromRecycleBin",
        does: &[Does { verb: Verb::Sets, kind: &VOLUME, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &VOLUME, "volumeId", "requestParameters.volumeId")?.restore();
            Ok(())
        },
    },
    EventSpec {
        name: "CreateSnapshot",
        does: &[Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] }],
        interpret: |event, draft| {
            let snapshot = response(event);
            let id = required(snapshot, "snapshotId", "responseElements.snapshotId")?;
            create_snapshot(event, draft, id, snapshot.flag("encrypted"));
            Ok(())
        },
    },
    EventSpec {
        name: "CreateSnapshots",
        does: &[Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] }],
        interpret: |event, draft| {
            let snapshots = elements(response(event), "snapshotSet");
            if snapshots.is_empty() {
                return Err(Unplaced { missing: "responseElements.snapshotSet" });
            }
            for snapshot in snapshots {
                let id = required(snapshot, "snapshotId", "responseElements.snapshotSet.snapshotId")?;
                create_snapshot(event, draft, id, snapshot.flag("encrypted"));
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CopySnapshot",
        does: &[Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] }],
        interpret: |event, draft| {
            let id = required(response(event), "snapshotId", "responseElements.snapshotId")?;
            // A copy is encrypted if asked for; else it hangs on its source and the region's default.
            let asked = request(event).flag("encrypted").filter(|asked| *asked);
            create_snapshot(event, draft, id, asked);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteSnapshot",
        does: &[Does { verb: Verb::Deletes, kind: &SNAPSHOT, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &SNAPSHOT, "snapshotId", "requestParameters.snapshotId")?.delete();
            Ok(())
        },
    },
    EventSpec {
        name: "RestoreSnapshotFromRecycleBin",
        does: &[Does { verb: Verb::Sets, kind: &SNAPSHOT, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &SNAPSHOT, "snapshotId", "requestParameters.snapshotId")?.restore();
            Ok(())
        },
    },
    EventSpec {
        name: "ModifySnapshotAttribute",
        does: &[Does { verb: Verb::Patches, kind: &SNAPSHOT, facets: &[&SNAPSHOT_PERMISSIONS.def] }],
        interpret: |event, draft| {
            let mut snapshot = on(event, draft, &SNAPSHOT, "snapshotId", "requestParameters.snapshotId")?;
            share(&mut snapshot, request(event), "createVolumePermission", &SNAPSHOT_PERMISSIONS);
            Ok(())
        },
    },
    EventSpec {
        name: "ResetSnapshotAttribute",
        does: &[Does { verb: Verb::Sets, kind: &SNAPSHOT, facets: &[&SNAPSHOT_PERMISSIONS.def] }],
        interpret: |event, draft| {
            on(event, draft, &SNAPSHOT, "snapshotId", "requestParameters.snapshotId")?.clear(&SNAPSHOT_PERMISSIONS);
            Ok(())
        },
    },
    EventSpec { name: "CreateImage", does: CREATES_IMAGE, interpret: create_image },
    EventSpec { name: "CopyImage", does: CREATES_IMAGE, interpret: create_image },
    EventSpec { name: "CreateRestoreImageTask", does: CREATES_IMAGE, interpret: create_image },
    EventSpec { name: "RegisterImage", does: CREATES_IMAGE, interpret: create_image },
    EventSpec {
        name: "DeregisterImage",
        does: &[Does { verb: Verb::Deletes, kind: &IMAGE, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &IMAGE, "imageId", "requestParameters.imageId")?.delete();
            Ok(())
        },
    },
    EventSpec {
        name: "RestoreImageFromRecycleBin",
        does: &[Does { verb: Verb::Sets, kind: &IMAGE, facets: &[] }],
        interpret: |event, draft| {
            on(event, draft, &IMAGE, "imageId", "requestParameters.imageId")?.restore();
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyImageAttribute",
        does: &[Does { verb: Verb::Patches, kind: &IMAGE, facets: &[&IMAGE_PERMISSIONS.def] }],
        interpret: |event, draft| {
            let mut image = on(event, draft, &IMAGE, "imageId", "requestParameters.imageId")?;
            share(&mut image, request(event), "launchPermission", &IMAGE_PERMISSIONS);
            Ok(())
        },
    },
    EventSpec {
        name: "ResetImageAttribute",
        does: &[Does { verb: Verb::Sets, kind: &IMAGE, facets: &[&IMAGE_PERMISSIONS.def] }],
        interpret: |event, draft| {
            on(event, draft, &IMAGE, "imageId", "requestParameters.imageId")?.clear(&IMAGE_PERMISSIONS);
            Ok(())
        },
    },
];

const CREATES_IMAGE: &[Does] = &[Does { verb: Verb::Creates, kind: &IMAGE, facets: &[] }];

fn create_image(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let id = required(response(event), "imageId", "responseElements.imageId")?;
    draft.on(event.resource(&IMAGE, id)).create(Birth::Certain, Stated::new());
    Ok(())
}

fn create_snapshot(event: &Event<'_>, draft: &mut Draft, id: &str, encrypted: Option<bool>) {
    let maker = event.record.user_identity.invoked_by.as_deref().filter(|service| SCHEDULERS.contains(service));
    let stated = Stated::new().value_if(&SNAPSHOT_ENCRYPTED, encrypted).value_if(&SNAPSHOT_MAKER, maker);
    draft.on(event.resource(&SNAPSHOT, id)).create(Birth::Certain, stated);
}

fn on<'d>(
    event: &Event<'_>,
    draft: &'d mut Draft,
    kind: &'static KindDef,
    member: &str,
    missing: &'static str,
) -> Result<On<'d>, Unplaced> {
    Ok(draft.on(event.resource(kind, required(request(event), member, missing)?)))
}

/// Adds and removes shares: under `permission` as lists to add and to remove, or flat with an operation's name.
fn share(on: &mut On<'_>, request: Body<'_>, permission: &str, facet: &'static FacetDef) {
    let nested = request.at(&[permission]);
    let mut understood = nested.is_present();
    for grantee in elements(nested, "remove") {
        if let Some((key, _)) = named_grantee(grantee) {
            on.remove(facet, key);
        }
    }
    for grantee in elements(nested, "add") {
        if let Some((key, entry)) = named_grantee(grantee) {
            on.put(facet, key, entry);
        }
    }
    let flat = FLAT.iter().flat_map(|(member, kind, list, inner)| {
        ids(request, list, inner).into_iter().map(|name| grantee(member, kind, name))
    });
    for (key, entry) in flat {
        understood = true;
        match request.text("operationType") {
            Some("add") => on.put(facet, key, entry),
            Some("remove") => on.remove(facet, key),
            _ => on.stale(facet, Why::Touched),
        };
    }
    // Other attributes (a description, boot modes) share the call.
    let attribute = request.text("attributeType").or_else(|| request.text("attribute")).unwrap_or_default();
    let about_shares = attribute.replace('_', "").eq_ignore_ascii_case(permission);
    if about_shares && !understood {
        on.stale(facet, Why::Touched);
    }
}

/// The entry's member, the key's first part, the flat list's name in the API and the name of its element.
const FLAT: [(&str, &str, &str, &str); 8] = [
    ("Group", "group", "groupNames", "group"),
    ("Group", "group", "userGroups", "group"),
    ("Group", "group", "userGroup", "group"),
    ("Group", "group", "groups", "group"),
    ("UserId", "user", "userIds", "userId"),
    ("UserId", "user", "userId", "userId"),
    ("OrganizationArn", "organization", "organizationArns", "organizationArn"),
    ("OrganizationalUnitArn", "unit", "organizationalUnitArns", "organizationalUnitArn"),
];

/// Whom an item of a list of permissions names, as an entry.
#[must_use]
pub fn named_grantee(body: Body<'_>) -> Option<(Text, Value)> {
    [("Group", "group"), ("UserId", "user"), ("OrganizationArn", "organization"), ("OrganizationalUnitArn", "unit")]
        .into_iter()
        .find_map(|(member, kind)| Some(grantee(member, kind, body.text(member)?)))
}

fn grantee(member: &str, kind: &str, name: &str) -> (Text, Value) {
    (format!("{kind}/{name}").into(), Value::map([(member, Some(name.into()))]))
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn the_response_tells_whether_a_disk_is_encrypted() {
        check(
            "CreateVolume",
            r#"{"size":"1"}"#,
            r#"{"volumeId":"vol-1","encrypted":false}"#,
            &["Volume vol-1 create Certain; Encrypted false"],
        );
        check(
            "CreateVolume",
            r#"{"size":"1"}"#,
            r#"{"volumeId":"vol-1"}"#,
            &["Volume vol-1 create Certain; Encrypted Unread(NotStated)"],
        );
        check("DeleteVolume", r#"{"volumeId":"vol-1"}"#, r#"{"_return":true}"#, &["Volume vol-1 delete"]);
        check(
            "CreateSnapshot",
            r#"{"volumeId":"vol-1"}"#,
            r#"{"snapshotId":"snap-1","encrypted":true}"#,
            &["EbsSnapshot snap-1 create Certain; Encrypted true"],
        );
        check(
            "CreateSnapshots",
            r#"{"CreateSnapshotsRequest":{"InstanceSpecification":{"InstanceId":"i-1"}}}"#,
            r#"{"CreateSnapshotsResponse":{"snapshotSet":{"item":[{"snapshotId":"snap-1","encrypted":false},{"snapshotId":"snap-2","encrypted":false}]}}}"#,
            &[
                "EbsSnapshot snap-1 create Certain; Encrypted false",
                "EbsSnapshot snap-2 create Certain; Encrypted false",
            ],
        );
        check(
            "CopySnapshot",
            r#"{"sourceSnapshotId":"snap-9","encrypted":true}"#,
            r#"{"snapshotId":"snap-1"}"#,
            &["EbsSnapshot snap-1 create Certain; Encrypted true"],
        );
        check(
            "CopySnapshot",
            r#"{"sourceSnapshotId":"snap-9","encrypted":false}"#,
            r#"{"snapshotId":"snap-1"}"#,
            &["EbsSnapshot snap-1 create Certain"],
        );
    }

    #[test]
    fn shares_are_added_and_removed_and_reset() {
        check(
            "ModifySnapshotAttribute",
            r#"{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"},{"userId":"444455556666"}]},"remove":{"items":[{"userId":"777788889999"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}"#,
            r#"{"_return":true}"#,
            &[
                "EbsSnapshot snap-1 remove CreateVolumePermissions user/777788889999",
                r#"EbsSnapshot snap-1 put CreateVolumePermissions group/all {"Group":"all"}"#,
                r#"EbsSnapshot snap-1 put CreateVolumePermissions user/444455556666 {"UserId":"444455556666"}"#,
            ],
        );
        check(
            "ModifySnapshotAttribute",
            r#"{"snapshotId":"snap-1","attributeType":"CREATE_VOLUME_PERMISSION","operationType":"remove","userIds":{"items":[{"userId":"444455556666"}]}}"#,
            r#"{"_return":true}"#,
            &["EbsSnapshot snap-1 remove CreateVolumePermissions user/444455556666"],
        );
        check(
            "ModifySnapshotAttribute",
            r#"{"snapshotId":"snap-1","attributeType":"CREATE_VOLUME_PERMISSION"}"#,
            r#"{"_return":true}"#,
            &["EbsSnapshot snap-1 stale CreateVolumePermissions touched"],
        );
        check(
            "ResetSnapshotAttribute",
            r#"{"snapshotId":"snap-1"}"#,
            r#"{"_return":true}"#,
            &["EbsSnapshot snap-1 clear CreateVolumePermissions"],
        );
        check("DeleteSnapshot", r#"{"snapshotId":"snap-1"}"#, r#"{"_return":true}"#, &["EbsSnapshot snap-1 delete"]);
        check(
            "RestoreVolumeFromRecycleBin",
            r#"{"RestoreVolumeFromRecycleBinRequest":{"VolumeId":"vol-1"}}"#,
            r#"{"RestoreVolumeFromRecycleBinResponse":{}}"#,
            &["Volume vol-1 restore"],
        );
        check(
            "RestoreSnapshotFromRecycleBin",
            r#"{"RestoreSnapshotFromRecycleBinRequest":{"SnapshotId":"snap-1"}}"#,
            r#"{"RestoreSnapshotFromRecycleBinResponse":{}}"#,
            &["EbsSnapshot snap-1 restore"],
        );
    }

    #[test]
    fn images_are_shared_with_accounts_and_organisations() {
        check(
            "CreateImage",
            r#"{"instanceId":"i-1","name":"web"}"#,
            r#"{"imageId":"ami-1"}"#,
            &["Ami ami-1 create Certain"],
        );
        check(
            "ModifyImageAttribute",
            r#"{"imageId":"ami-1","launchPermission":{"add":{"items":[{"organizationArn":"arn:aws:organizations::1:organization/o-1"},{"organizationalUnitArn":"arn:aws:organizations::1:ou/o-1/ou-1"}]}},"attributeType":"launchPermission"}"#,
            r#"{"_return":true}"#,
            &[
                r#"Ami ami-1 put LaunchPermissions organization/arn:aws:organizations::1:organization/o-1 {"OrganizationArn":"arn:aws:organizations::1:organization/o-1"}"#,
                r#"Ami ami-1 put LaunchPermissions unit/arn:aws:organizations::1:ou/o-1/ou-1 {"OrganizationalUnitArn":"arn:aws:organizations::1:ou/o-1/ou-1"}"#,
            ],
        );
        check(
            "ModifyImageAttribute",
            r#"{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"group":"all"}]}},"attributeType":"launchPermission"}"#,
            r#"{"_return":true}"#,
            &["Ami ami-1 remove LaunchPermissions group/all"],
        );
        check(
            "ModifyImageAttribute",
            r#"{"imageId":"ami-1","description":{"value":"web"}}"#,
            r#"{"_return":true}"#,
            &["nothing: no_effect"],
        );
        check(
            "ResetImageAttribute",
            r#"{"imageId":"ami-1","attributeType":"launchPermission"}"#,
            r#"{"_return":true}"#,
            &["Ami ami-1 clear LaunchPermissions"],
        );
        check("DeregisterImage", r#"{"imageId":"ami-1"}"#, r#"{"_return":true}"#, &["Ami ami-1 delete"]);
    }
}
