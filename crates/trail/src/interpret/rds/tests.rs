//! What RDS calls mean. Requests and responses are cut to the members that matter.

use std::collections::BTreeMap;

use crate::interpret::testing::{attack, collected, meaning};

fn told(name: &str, request: &str, response: &str) -> Vec<String> {
    meaning(&format!(
        r#"{{"eventSource":"rds.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
    ))
}

const ORDERS: &str = "DBInstance orders";

#[test]
fn a_new_instance_is_as_its_response_says() {
    assert_eq!(
        told(
            "CreateDBInstance",
            r#"{"dBInstanceIdentifier":"Orders","engine":"MySQL","masterUserPassword":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
            r#"{"dBInstanceIdentifier":"orders","engine":"mysql","publiclyAccessible":true,"storageEncrypted":false,
                "iAMDatabaseAuthenticationEnabled":false,"dBSubnetGroup":{"dBSubnetGroupName":"default"},
                "pendingModifiedValues":{"masterUserPassword":"****"}}"#
        ),
        [concat!(
            r#"DBInstance orders create Certain; DBClusterIdentifier Absent; Engine "mysql"; "#,
            "EnableIAMDatabaseAuthentication false; ManageMasterUserPassword false; PubliclyAccessible true; ",
            r#"StorageEncrypted false; DBSubnetGroupName "default""#
        )]
    );
}

#[test]
fn a_response_cut_short_leaves_what_the_request_states() {
    assert_eq!(
        told(
            "CreateDBInstance",
            r#"{"dBInstanceIdentifier":"orders","publiclyAccessible":false,"manageMasterUserPassword":true}"#,
            "null"
        ),
        [format!("{ORDERS} create Certain; ManageMasterUserPassword true; PubliclyAccessible false")]
    );
    assert_eq!(
        told("CreateDBInstance", "{}", "null"),
        ["nothing: the record does not name its resource: `dBInstanceIdentifier` is missing"]
    );
}

#[test]
fn the_master_secret_shows_that_rds_manages_the_password() {
    let lines = told(
        "StartDBInstance",
        r#"{"dBInstanceIdentifier":"orders"}"#,
        r#"{"engine":"postgres","masterUserSecret":{"secretStatus":"active","secretArn":"arn:aws:secretsmanager:x"}}"#,
    );
    assert_eq!(
        lines,
        [
            format!("{ORDERS} clear DBClusterIdentifier"),
            format!(r#"{ORDERS} set Engine "postgres""#),
            format!("{ORDERS} set ManageMasterUserPassword true"),
        ]
    );
}

#[test]
fn encryption_by_a_key_that_aws_owns_is_encryption() {
    let lines = told(
        "CreateDBCluster",
        r#"{"dBClusterIdentifier":"orders","engine":"aurora-mysql"}"#,
        r#"{"engine":"aurora-mysql","storageEncrypted":false,"storageEncryptionType":"sse-rds"}"#,
    );
    assert!(lines[0].ends_with("StorageEncrypted true"), "{lines:?}");
    let lines = told(
        "CreateDBCluster",
        r#"{"dBClusterIdentifier":"orders","engine":"aurora-mysql"}"#,
        r#"{"engine":"aurora-mysql","storageEncrypted":false,"storageEncryptionType":"none"}"#,
    );
    assert!(lines[0].ends_with("StorageEncrypted false"), "{lines:?}");
}

#[test]
fn what_a_restored_database_does_not_show_is_as_in_its_source() {
    let lines = told(
        "RestoreDBInstanceFromDBSnapshot",
        r#"{"dBInstanceIdentifier":"orders","dBSnapshotIdentifier":"before","publiclyAccessible":true}"#,
        "null",
    );
    assert!(lines[0].contains("StorageEncrypted Unread(DependsOn("), "{lines:?}");
    assert!(lines[0].contains("PubliclyAccessible true"), "{lines:?}");
    assert!(lines[0].contains(r#"DBSnapshotIdentifier "before""#), "{lines:?}");
    let lines = told(
        "RestoreDBInstanceToPointInTime",
        r#"{"sourceDBInstanceIdentifier":"old","targetDBInstanceIdentifier":"orders"}"#,
        r#"{"dBInstanceIdentifier":"orders","engine":"mysql","storageEncrypted":true}"#,
    );
    assert!(lines[0].starts_with(&format!("{ORDERS} create Certain;")), "{lines:?}");
    assert!(lines[0].contains("StorageEncrypted true"), "{lines:?}");
    assert!(lines[0].contains(r#"SourceDBInstanceIdentifier "old""#), "{lines:?}");
    for name in ["RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"] {
        let lines = told(name, r#"{"dBClusterIdentifier":"orders"}"#, "null");
        assert!(lines[0].contains("StorageEncrypted Unread(DependsOn("), "{name} {lines:?}");
    }
    let lines = told(
        "RestoreDBClusterFromSnapshot",
        r#"{"dBClusterIdentifier":"orders","snapshotIdentifier":"before","kmsKeyId":"alias/aws/rds"}"#,
        "null",
    );
    assert!(lines[0].contains("StorageEncrypted true"), "{lines:?}");
    let lines = told(
        "CreateDBInstanceReadReplica",
        r#"{"dBInstanceIdentifier":"orders","sourceDBInstanceIdentifier":"old"}"#,
        "null",
    );
    assert!(lines[0].contains("StorageEncrypted Unread(DependsOn("), "{lines:?}");
}

#[test]
fn a_change_of_public_access_takes_effect_at_once_though_the_response_lags() {
    assert_eq!(
        told(
            "ModifyDBInstance",
            r#"{"dBInstanceIdentifier":"orders","publiclyAccessible":false}"#,
            r#"{"dBInstanceIdentifier":"orders","publiclyAccessible":true,"pendingModifiedValues":{}}"#
        ),
        [format!("{ORDERS} set PubliclyAccessible false")]
    );
}

#[test]
fn a_change_for_the_maintenance_window_is_pending() {
    let modify = |immediately: bool| {
        told(
            "ModifyDBInstance",
            &format!(
                r#"{{"dBInstanceIdentifier":"orders","enableIAMDatabaseAuthentication":true,"applyImmediately":{immediately}}}"#
            ),
            r#"{"iAMDatabaseAuthenticationEnabled":false,"pendingModifiedValues":{"iAMDatabaseAuthenticationEnabled":true}}"#,
        )
    };
    assert_eq!(modify(false), [format!("{ORDERS} stale EnableIAMDatabaseAuthentication pending")]);
    assert_eq!(modify(true), [format!("{ORDERS} set EnableIAMDatabaseAuthentication true")]);
    assert_eq!(
        told(
            "ModifyDBCluster",
            r#"{"dBClusterIdentifier":"orders","manageMasterUserPassword":true}"#,
            r#"{"iAMDatabaseAuthenticationEnabled":true}"#
        ),
        [
            "DBCluster orders set EnableIAMDatabaseAuthentication true",
            "DBCluster orders set ManageMasterUserPassword true"
        ]
    );
}

#[test]
fn a_new_identifier_is_a_new_life() {
    let lines = told(
        "ModifyDBInstance",
        r#"{"dBInstanceIdentifier":"orders","newDBInstanceIdentifier":"Invoices","applyImmediately":true}"#,
        r#"{"dBInstanceIdentifier":"orders","publiclyAccessible":false}"#,
    );
    assert_eq!(lines[0], format!("{ORDERS} delete"));
    assert!(lines[1].starts_with("DBInstance invoices create Certain;"), "{lines:?}");
    assert!(lines[1].contains("PubliclyAccessible false"), "{lines:?}");
    assert!(lines[1].contains("StorageEncrypted Unread(DependsOn("), "{lines:?}");
    assert_eq!(
        told(
            "ModifyDBInstance",
            r#"{"dBInstanceIdentifier":"orders","newDBInstanceIdentifier":"invoices"}"#,
            r#"{"publiclyAccessible":false,"pendingModifiedValues":{"dBInstanceIdentifier":"invoices"}}"#
        ),
        [format!("{ORDERS} set PubliclyAccessible false")]
    );
}

#[test]
fn a_deleted_database_may_leave_a_snapshot() {
    assert_eq!(
        told(
            "DeleteDBInstance",
            r#"{"dBInstanceIdentifier":"orders","skipFinalSnapshot":false,"finalDBSnapshotIdentifier":"orders-last"}"#,
            r#"{"storageEncrypted":false,"dBInstanceStatus":"deleting"}"#
        ),
        [format!("{ORDERS} delete"), "RdsSnapshot snapshot:orders-last create Certain; Encrypted false".to_owned()]
    );
    assert_eq!(
        told("DeleteDBCluster", r#"{"dBClusterIdentifier":"orders","skipFinalSnapshot":true}"#, "null"),
        ["DBCluster orders delete"]
    );
}

#[test]
fn snapshots() {
    assert_eq!(
        told(
            "CreateDBSnapshot",
            r#"{"dBInstanceIdentifier":"orders","dBSnapshotIdentifier":"Before"}"#,
            r#"{"dBSnapshotIdentifier":"before","encrypted":false,"snapshotType":"manual"}"#
        ),
        [r#"RdsSnapshot snapshot:before create Certain; Encrypted false; SnapshotType "manual""#]
    );
    assert_eq!(
        told(
            "CreateDBClusterSnapshot",
            r#"{"dBClusterIdentifier":"orders","dBClusterSnapshotIdentifier":"before"}"#,
            r#"{"storageEncrypted":true}"#
        ),
        ["RdsSnapshot cluster-snapshot:before create Certain; Encrypted true"]
    );
    assert_eq!(
        told(
            "CopyDBSnapshot",
            r#"{"sourceDBSnapshotIdentifier":"arn:aws:rds:us-east-1:111122223333:snapshot:before",
                "targetDBSnapshotIdentifier":"copy","kmsKeyId":"alias/db"}"#,
            r#"{"dBSnapshotIdentifier":"copy","status":"copying"}"#
        ),
        ["RdsSnapshot snapshot:copy create Certain; Encrypted true"]
    );
    assert_eq!(
        told(
            "CopyDBClusterSnapshot",
            r#"{"sourceDBClusterSnapshotIdentifier":"before","targetDBClusterSnapshotIdentifier":"copy"}"#,
            "null"
        ),
        ["RdsSnapshot cluster-snapshot:copy create Certain"]
    );
    assert_eq!(
        told("DeleteDBSnapshot", r#"{"dBSnapshotIdentifier":"before"}"#, r#"{"status":"deleted"}"#),
        ["RdsSnapshot snapshot:before delete"]
    );
    assert_eq!(
        told("DeleteDBClusterSnapshot", r#"{"dBClusterSnapshotIdentifier":"before"}"#, "null"),
        ["RdsSnapshot cluster-snapshot:before delete"]
    );
}

#[test]
fn sharing_is_read_from_the_list_in_the_response_or_from_the_request() {
    let share = |request: &str, response: &str| {
        told(
            "ModifyDBSnapshotAttribute",
            &format!(r#"{{"dBSnapshotIdentifier":"before","attributeName":"restore"{request}}}"#),
            response,
        )
    };
    let list = |values: &str| {
        format!(
            r#"{{"dBSnapshotIdentifier":"before",
                "dBSnapshotAttributes":[{{"attributeName":"restore","attributeValues":[{values}]}}]}}"#
        )
    };
    let [public, private] =
        [true, false].map(|public| format!("RdsSnapshot snapshot:before set RestorableByAll {public}"));
    assert_eq!(share(r#","valuesToAdd":["all"]"#, &list(r#""444455556666","all""#)), [public.as_str()]);
    assert_eq!(share(r#","valuesToAdd":["444455556666"]"#, &list(r#""444455556666""#)), [private.as_str()]);
    assert_eq!(share(r#","valuesToRemove":["444455556666"]"#, &list(r#""all""#)), [public.as_str()]);
    assert_eq!(share(r#","valuesToAdd":["all"]"#, "null"), [public.as_str()]);
    assert_eq!(share(r#","valuesToRemove":["all"]"#, "null"), [private.as_str()]);
    assert_eq!(share(r#","valuesToAdd":["444455556666"]"#, "null"), ["nothing: no_effect"]);
    assert_eq!(
        told(
            "ModifyDBClusterSnapshotAttribute",
            r#"{"dBClusterSnapshotIdentifier":"arn:aws:rds:eu-west-1:444455556666:cluster-snapshot:before",
                "attributeName":"restore","valuesToAdd":["all"]}"#,
            r#"{"dBClusterSnapshotAttributes":[{"attributeName":"restore","attributeValues":["all"]}]}"#
        ),
        ["RdsSnapshot cluster-snapshot:before@444455556666/eu-west-1 set RestorableByAll true"]
    );
}

#[test]
fn a_database_in_a_simulated_attack() {
    let Some(told) = attack("rds.amazonaws.com") else { return };
    let mut lines: Vec<&str> = told.iter().flat_map(|(_, lines)| lines.iter().map(String::as_str)).collect();
    lines.sort_unstable();
    let of = |start: &str| lines.iter().copied().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    let place = "@123837392027/us-east-1";
    assert_eq!(
        of("DBInstance"),
        [
            "   DBClusterIdentifier Absent",
            r#"   DBParameterGroupName "default.mysql8.0""#,
            r#"   DBSubnetGroupName "stratus-red-team-share-snap-vpc""#,
            "   EnableIAMDatabaseAuthentication false",
            r#"   Engine "mysql""#,
            "   ManageMasterUserPassword false",
            "   PubliclyAccessible false",
            "   StorageEncrypted false",
            " create Certain",
            " delete",
        ]
        .map(|told| format!("DBInstance terraform-20230710121504061500000001{place}{told}"))
    );
    let snapshot = format!("RdsSnapshot snapshot:exfiltration{place}");
    assert_eq!(
        of("RdsSnapshot snapshot:exfiltration"),
        [
            r#"   Encrypted false"#,
            r#"   SnapshotType "manual""#,
            " create Certain",
            " delete",
            " set RestorableByAll false",
            " set RestorableByAll false",
        ]
        .map(|told| format!("{snapshot}{told}"))
    );
    // The last snapshot of the instance, which no call of its own made.
    assert_eq!(of("RdsSnapshot snapshot:terraform").len(), 2);
    assert_eq!(of("nothing"), ["nothing: failed"]);
}

#[test]
fn collected_records() {
    let Some(told) = collected("rds.amazonaws.com") else { return };
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, lines) in &told {
        *tally.entry(lines[0].strip_prefix("nothing: ").unwrap_or("something")).or_default() += 1;
    }
    // What has no effect are changes of storage size and version, and reboots, whose responses were cut away.
    assert_eq!(tally, BTreeMap::from([("failed", 7), ("no_effect", 12), ("something", 30)]));
}
