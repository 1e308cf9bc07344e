//! Templates that other tools judge, where a copy of them lies beside the repository: each is read, and where a rule of
//! theirs asks what one of ours asks, a resource that they fail never passes here and one that they pass never fails,
//! unless the reason stands in the table.

use std::collections::BTreeMap;
use std::path::PathBuf;

use trailhound_model::{Second, Value};
use trailhound_rules::Settings;
use trailhound_template::{Row, check};

const TODAY: Second = Second::date(2026, 6, 1);

/// Their rule and ours.
const ALIKE: [(&str, &str); 24] = [
    ("CLOUDFRONT_VIEWER_POLICY_HTTPS", "cloudfront-distribution-https"),
    ("CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", "cloudtrail-trail-cloudwatch-logs"),
    ("CLOUD_TRAIL_ENCRYPTION_ENABLED", "cloudtrail-trail-kms-encryption"),
    ("CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", "cloudtrail-trail-log-validation"),
    ("CMK_BACKING_KEY_ROTATION_ENABLED", "kms-key-rotation"),
    ("DYNAMODB_TABLE_ENCRYPTED_KMS", "dynamodb-table-kms-encryption"),
    ("EFS_ENCRYPTED_CHECK", "efs-file-system-encryption"),
    ("ELASTICACHE_REPLICATION_GROUP_ENCRYPTION_AT_REST", "elasticache-replication-group-encryption-at-rest"),
    ("ENCRYPTED_VOLUMES", "ec2-volume-encryption"),
    ("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "iam-policy-admin-free"),
    ("IAM_ROLE_ADMINISTRATOR_ACCESS_POLICY_RULE", "iam-role-admin-free"),
    ("INCOMING_SSH_DISABLED", "ec2-security-group-ssh-closed"),
    ("KINESIS_STREAM_ENCRYPTION_RULE", "kinesis-stream-encryption"),
    ("MULTI_REGION_CLOUD_TRAIL_ENABLED", "cloudtrail-trail-multi-region"),
    ("OPENSEARCH_ENCRYPTED_AT_REST", "opensearch-domain-encryption-at-rest"),
    ("OPENSEARCH_IN_VPC_ONLY", "opensearch-domain-in-vpc"),
    ("OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK", "opensearch-domain-node-to-node-encryption"),
    ("RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "rds-instance-private"),
    ("RDS_STORAGE_ENCRYPTED", "rds-instance-encryption"),
    ("REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK", "redshift-cluster-private"),
    ("S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", "s3-bucket-public-access-block"),
    ("S3_BUCKET_VERSIONING_ENABLED", "s3-bucket-versioning"),
    ("SNS_ENCRYPTED_KMS", "sns-topic-encryption"),
    ("SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED", "ec2-subnet-public-ip-off"),
];

/// Lines where we differ on purpose.
const REASONS: [(usize, &str); 3] = [
    (279, "a cluster, which a rule of its own judges"),
    (332, "a bucket made today has the block by default"),
    (584, "the key's id is missing, which AWS refuses; what is stated asks for a key"),
];

#[test]
fn templates_of_others_are_judged_alike() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/rule-cases/guard-registry.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let ours: BTreeMap<&str, &str> = ALIKE.into_iter().collect();
    let mut reasons: BTreeMap<usize, &str> = REASONS.into_iter().collect();
    let (mut read, mut same, mut wrong) = (0, 0, Vec::new());
    for (at, line) in text.lines().enumerate() {
        let case = Value::from_json(line).expect("a line of the corpus is JSON");
        let template = case.get("template").expect("a template").to_json();
        let checked = check(&template, &Settings::default(), TODAY, None);
        // Some have no resources, to try their rules on nothing.
        let Ok(checked) = checked else {
            let error = checked.expect_err("an error").message;
            assert!(error.contains("`Resources`") || error.contains("no `Type`"), "line {}: {error}", at + 1);
            continue;
        };
        read += 1;
        let theirs = case.get("rule").and_then(Value::as_str).expect("a rule");
        let expected = case.get("expected").and_then(Value::as_str).expect("a verdict");
        let Some(rule) = ours.get(theirs) else { continue };
        let answers: Vec<&Row> = checked.rows.iter().filter(|row| row.rule == *rule).collect();
        let fails = answers.iter().any(|row| row.verdict == "fail");
        let unknown = answers.iter().any(|row| row.verdict == "unknown");
        match (expected, fails, unknown) {
            ("FAIL", true, _) | ("PASS", false, false) => same += 1,
            ("FAIL", false, false) | ("PASS", true, _) if reasons.remove(&(at + 1)).is_none() => {
                wrong.push(format!("line {}: {theirs} {expected}, {rule}: {answers:?}", at + 1));
            }
            _ => {}
        }
    }
    assert!(read > 700, "only {read} templates were read");
    assert!(wrong.is_empty(), "{same} agree, {} do not:\n{}", wrong.len(), wrong.join("\n"));
    assert!(reasons.is_empty(), "these no longer differ: {reasons:?}");
    assert!(same >= 30, "only {same} verdicts could be compared");
}
