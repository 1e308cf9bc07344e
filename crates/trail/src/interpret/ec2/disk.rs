//! Volumes, snapshots and images.

use trailhound_model::kinds::ec2::disk::{
    IMAGE, IMAGE_PERMISSIONS, SNAPSHOT, SNAPSHOT_ENCRYPTED, SNAPSHOT_MAKER, SNAPSHOT_PERMISSIONS, VOLUME,
    VOLUME_ENCRYPTED,
};
use trailhound_model::{Birth, FacetDef, KindDef, Text, Value, Why};

use super::super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::super::{Body, Event};
use super::{elements, ids, request, required, response};

/// The services that make snapshots on a schedule, as `invokedBy` names them.
const SCHEDULERS: [&str; 2] = ["backup.amazonaws.com", "dlm.amazonaws.com"];

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateVolume",
        does: &[Does { verb: Verb::Creates, kind: &VOLUME, facets: &[] }],
        interpret: |event, draft| {
            let volume = response(event);
            let id = required(volume, "volumeId", "responseElements.volumeId")?;
            let stated = Stated::new().value_if(&VOLUME_ENCRYPTED, volume.flag("encrypted"));
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

fn named_grantee(body: Body<'_>) -> Option<(Text, Value)> {
    [("Group", "group"), ("UserId", "user"), ("OrganizationArn", "organization"), ("OrganizationalUnitArn", "unit")]
        .into_iter()
        .find_map(|(member, kind)| Some(grantee(member, kind, body.text(member)?)))
}

fn grantee(member: &str, kind: &str, name: &str) -> (Text, Value) {
    (format!("{kind}/{name}").into(), Value::map([(member, Some(name.into()))]))
}
