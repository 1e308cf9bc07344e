//! Writes the list of real CloudTrail event names from AWS's published API models.
//!
//! The models name operations; CloudTrail names events. They agree for nearly all services, and the tables here hold
//! the rest. Only names are taken from the models.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::repo;

const LIST: &str = "crates/trail/event-names.txt";

/// Models by directory name, and the `eventSource` (without `.amazonaws.com`) of their calls.
const MODELS: &[(&str, &str)] = &[
    ("accessanalyzer", "access-analyzer"),
    ("account", "account"),
    ("apigateway", "apigateway"),
    ("apigatewayv2", "apigateway"),
    ("autoscaling", "autoscaling"),
    ("backup", "backup"),
    ("cloudformation", "cloudformation"),
    ("cloudfront", "cloudfront"),
    ("cloudtrail", "cloudtrail"),
    ("cloudwatch", "monitoring"),
    ("codebuild", "codebuild"),
    ("cognito-identity", "cognito-identity"),
    ("cognito-idp", "cognito-idp"),
    ("config", "config"),
    ("dax", "dax"),
    ("dms", "dms"),
    ("docdb", "rds"),
    ("dynamodb", "dynamodb"),
    ("ec2", "ec2"),
    ("ecr", "ecr"),
    ("ecs", "ecs"),
    ("efs", "elasticfilesystem"),
    ("eks", "eks"),
    ("elasticache", "elasticache"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("es", "es"),
    ("events", "events"),
    ("firehose", "firehose"),
    ("guardduty", "guardduty"),
    ("iam", "iam"),
    ("kafka", "kafka"),
    ("kinesis", "kinesis"),
    ("kms", "kms"),
    ("lambda", "lambda"),
    ("logs", "logs"),
    ("mq", "amazonmq"),
    ("neptune", "rds"),
    ("opensearch", "es"),
    ("organizations", "organizations"),
    ("rds", "rds"),
    ("redshift", "redshift"),
    ("redshift-serverless", "redshift-serverless"),
    ("s3", "s3"),
    ("s3control", "s3"),
    ("sagemaker", "sagemaker"),
    ("scheduler", "scheduler"),
    ("secretsmanager", "secretsmanager"),
    ("securityhub", "securityhub"),
    ("signin", "signin"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("sts", "sts"),
];

/// S3 operations whose events have another name. The API's own name never appears in a record, so it is not listed: a
/// rule that waited for it would wait for ever.
const S3_RENAMED: &[(&str, &str)] = &[
    ("DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"),
    ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetBucketLifecycle"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetObjectLegalHold", "GetObjectLockLegalHold"),
    ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("GetObjectRetention", "GetObjectLockRetention"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("ListObjectsV2", "ListObjects"),
    ("PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
    ("PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("PutObjectLegalHold", "PutObjectLockLegalHold"),
    ("PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("PutObjectRetention", "PutObjectLockRetention"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
];

/// Operations of the S3 model that are logged under another event source (directory buckets, Object Lambda).
const S3_ELSEWHERE: &[&str] = &["CreateSession", "ListDirectoryBuckets", "WriteGetObjectResponse"];

/// Lambda operations with a second form of their first API's name, which ends in `v2`.
const LAMBDA_V2: &[&str] = &[
    "AddPermission",
    "GetFunction",
    "GetFunctionConfiguration",
    "GetPolicy",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

/// Lambda operations of the preview API, whose events carry no date and are still seen.
const LAMBDA_PREVIEW: &[&str] = &[
    "DeleteFunction",
    "GetFunction",
    "GetFunctionConfiguration",
    "ListFunctions",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

/// Events that are no operation of the models: what a service does by itself (`AwsServiceEvent`), sign-ins, and what
/// only AWS's own console and agents call, by event source.
const BEYOND_THE_MODELS: &[(&str, &[&str])] = &[
    ("dynamodb", &["GetRecords"]),
    ("ec2", &["SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated"]),
    ("ecr", &["PolicyExecutionEvent"]),
    ("elasticfilesystem", &["NewClientConnection"]),
    ("kms", &["DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"]),
    (
        "lambda",
        &[
            "DisableReplication20170630",
            "EnableReplication20170630",
            "EnableReplication20170630v2",
            "LambdaESMDisabled",
        ],
    ),
    (
        "organizations",
        &["AccountDepartedOrganization", "AccountJoinedOrganization", "CloseAccountResult", "CreateAccountResult"],
    ),
    ("rds", &["DescribeRecommendationGroups", "DescribeRecommendations"]),
    ("s3", &["GetStorageLensDashboardDataInternal"]),
    (
        "secretsmanager",
        &[
            "CancelSecretVersionDelete",
            "EndSecretVersionDelete",
            "RotationAbandoned",
            "RotationFailed",
            "RotationStarted",
            "RotationSucceeded",
            "StartSecretVersionDelete",
            "TestRotationFailed",
            "TestRotationStarted",
            "TestRotationSucceeded",
        ],
    ),
    (
        "signin",
        &[
            "CheckMfa",
            "ConsoleLogin",
            "CredentialChallenge",
            "CredentialVerification",
            "EmailUpdated",
            "ExitRole",
            "ExternalIdPDirectoryLogin",
            "GetSigninToken",
            "PasswordRecoveryCompleted",
            "PasswordRecoveryRequested",
            "PasswordUpdated",
            "RenewRole",
            "SwitchRole",
            "UserAuthentication",
        ],
    ),
    (
        "ssm",
        &[
            "ListInstanceAssociations",
            "RegisterManagedInstance",
            "UpdateInstanceAssociationStatus",
            "UpdateInstanceInformation",
        ],
    ),
];

const HEADER: &str = "\
# Real CloudTrail event names, `eventSource eventName` a line, sorted.
# Names only, from the operations of AWS's published API models, spelled as CloudTrail spells them.
# Written by `cargo xtask event-names DIRECTORY`, the directory being the `data` of an installed botocore.
";

/// Writes the list from the models in `data`, the `data` directory of an installed botocore.
pub(crate) fn write(data: &Path) -> Result<()> {
    let mut names = BTreeSet::new();
    for (model, source) in MODELS {
        for (operation, definition) in read(&data.join(model))?.operations {
            let spelled = spellings(model, &operation, &definition.http.request_uri);
            names.extend(spelled.into_iter().map(|name| format!("{source}.amazonaws.com {name}\n")));
        }
    }
    for (source, events) in BEYOND_THE_MODELS {
        names.extend(events.iter().map(|name| format!("{source}.amazonaws.com {name}\n")));
    }
    let count = names.len();
    repo::write(LIST, &format!("{HEADER}{}", String::from_iter(names)))?;
    println!("wrote {count} names to {LIST}");
    Ok(())
}

#[derive(Deserialize)]
struct Model {
    operations: std::collections::BTreeMap<String, Operation>,
}

#[derive(Deserialize)]
struct Operation {
    http: Http,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    request_uri: String,
}

/// The newest version of the model in `directory`.
fn read(directory: &Path) -> Result<Model> {
    let versions = fs::read_dir(directory).with_context(|| format!("listing `{}`", directory.display()))?;
    let mut newest = None;
    for version in versions {
        let version = version?.path();
        if version.is_dir() {
            newest = newest.max(Some(version));
        }
    }
    let Some(newest) = newest else { bail!("`{}` holds no version of a model", directory.display()) };
    let packed = newest.join("service-2.json.gz");
    let mut text = String::new();
    if packed.is_file() {
        GzDecoder::new(File::open(&packed)?).read_to_string(&mut text)
    } else {
        File::open(newest.join("service-2.json"))
            .with_context(|| format!("`{}` holds no `service-2.json`", newest.display()))?
            .read_to_string(&mut text)
    }
    .with_context(|| format!("reading the model in `{}`", newest.display()))?;
    serde_json::from_str(&text).with_context(|| format!("parsing the model in `{}`", newest.display()))
}

/// The names CloudTrail uses for `operation` of `model`, whose calls go to `uri`: usually one, its own.
fn spellings(model: &str, operation: &str, uri: &str) -> Vec<String> {
    match model {
        "s3" => s3(operation),
        "s3control" => s3_control(operation),
        "lambda" => lambda(operation, uri),
        // Both forms are seen, whichever API version the caller speaks.
        "cloudfront" => vec![operation.into(), format!("{operation}2020_05_31")],
        _ => vec![operation.into()],
    }
}

fn s3(operation: &str) -> Vec<String> {
    if S3_ELSEWHERE.contains(&operation) {
        return Vec::new();
    }
    let renamed = S3_RENAMED.iter().find(|(api, _)| *api == operation);
    vec![renamed.map_or(operation, |(_, event)| event).into()]
}

fn s3_control(operation: &str) -> Vec<String> {
    match operation.split_once("PublicAccessBlock") {
        Some((verb, "")) => vec![format!("{verb}AccountPublicAccessBlock")],
        // Buckets on Outposts are logged under `s3-outposts.amazonaws.com`.
        _ if operation.contains("Bucket") => Vec::new(),
        _ => vec![operation.into()],
    }
}

/// Lambda's events carry the date of the API version that brought the operation, up to that of 2018-10-31: it is the
/// first part of the path. Invocations never do.
fn lambda(operation: &str, uri: &str) -> Vec<String> {
    let date = uri.split('/').nth(1).unwrap_or_default();
    if date > "2018-10-31" || operation.starts_with("Invoke") {
        return vec![operation.into()];
    }
    let dated = format!("{operation}{}", date.replace('-', ""));
    let mut names = vec![dated.clone()];
    if LAMBDA_V2.contains(&operation) {
        names.push(dated + "v2");
    }
    if LAMBDA_PREVIEW.contains(&operation) {
        names.push(operation.into());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_spelled_as_cloudtrail_spells_them() {
        for (model, operation, uri, expected) in [
            ("ec2", "RunInstances", "/", vec!["RunInstances"]),
            ("s3", "PutPublicAccessBlock", "/{Bucket}?publicAccessBlock", vec!["PutBucketPublicAccessBlock"]),
            ("s3", "PutBucketAcl", "/{Bucket}?acl", vec!["PutBucketAcl"]),
            ("s3", "ListDirectoryBuckets", "/", vec![]),
            ("s3control", "PutPublicAccessBlock", "/v20180820/configuration", vec!["PutAccountPublicAccessBlock"]),
            ("s3control", "PutBucketPolicy", "/v20180820/bucket/{name}/policy", vec![]),
            ("s3control", "CreateAccessPoint", "/v20180820/accesspoint/{name}", vec!["CreateAccessPoint"]),
            ("lambda", "CreateAlias", "/2015-03-31/functions/{FunctionName}/aliases", vec!["CreateAlias20150331"]),
            (
                "lambda",
                "CreateFunctionUrlConfig",
                "/2021-10-31/functions/{FunctionName}/url",
                vec!["CreateFunctionUrlConfig"],
            ),
            (
                "lambda",
                "UpdateFunctionCode",
                "/2015-03-31/functions/{FunctionName}/code",
                vec!["UpdateFunctionCode20150331", "UpdateFunctionCode20150331v2", "UpdateFunctionCode"],
            ),
            (
                "cloudfront",
                "UpdateDistribution",
                "/2020-05-31/distribution/{Id}/config",
                vec!["UpdateDistribution", "UpdateDistribution2020_05_31"],
            ),
        ] {
            assert_eq!(spellings(model, operation, uri), expected, "{model} {operation}");
        }
    }
}
