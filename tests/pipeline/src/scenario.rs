//! For every item of the checklist, one way to break it and to mend it: the real calls, and the records that CloudTrail
//! writes of them. Nothing is pretended: a resource is in the state that the records tell of.

use serde_json::{Map, Value, json};
use trailhound_emulator::{ACCOUNT, Aws, REGION, Refused};

use crate::{entries, record, text};

/// The records of calls that were made.
pub type Records = Result<Vec<Value>, Refused>;

/// How one item of the checklist is broken and mended.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The item.
    pub item: &'static str,
    /// The rule that fails and passes again.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: &'static str,
    /// Makes the resource as it should be.
    pub make: fn(&Aws) -> Result<Made, Refused>,
    /// Breaks the resource with this id.
    pub bad: fn(&Aws, &str) -> Records,
    /// Mends it.
    pub fixed: fn(&Aws, &str) -> Records,
}

/// A resource that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its id, as findings name it.
    pub resource: String,
    /// The records of its making.
    pub records: Vec<Value>,
}

/// One scenario per item, in the checklist's order.
///
/// Where an item has critical rules, it is one of these. Three have none: encryption in transit and managed secrets come with
/// a high one, versioning with its medium one. No long-term credentials has critical rules for the root user alone, whom the
/// emulator does not have; it comes with a high one.
pub const ALL: [Scenario; 11] = [
    Scenario {
        item: "s3-versioning",
        rule: "s3-bucket-versioning",
        severity: "medium",
        make: |aws| {
            let mut made = bucket(aws, "scenario-invoices")?;
            made.records.extend(version(aws, &made.resource, "Enabled")?);
            Ok(made)
        },
        bad: |aws, id| version(aws, id, "Suspended"),
        fixed: |aws, id| version(aws, id, "Enabled"),
    },
    Scenario {
        item: "s3-public-access",
        rule: "s3-bucket-policy-private",
        severity: "critical",
        make: |aws| bucket(aws, "scenario-site"),
        bad: publish_bucket,
        fixed: |aws, id| {
            aws.call("s3", "delete_bucket_policy", json!({ "Bucket": id }))?;
            Ok(vec![record("s3", "DeleteBucketPolicy", json!({ "bucketName": id, "policy": "" }), Value::Null)])
        },
    },
    Scenario {
        item: "encryption-at-rest",
        rule: "kms-key-retained",
        severity: "critical",
        make: make_key,
        bad: |aws, id| {
            let request = json!({ "KeyId": id, "PendingWindowInDays": 7 });
            let answer = aws.call("kms", "schedule_key_deletion", request.clone())?;
            Ok(vec![record("kms", "ScheduleKeyDeletion", logged(&request), logged(&answer))])
        },
        fixed: |aws, id| {
            let request = json!({ "KeyId": id });
            let answer = aws.call("kms", "cancel_key_deletion", request.clone())?;
            Ok(vec![record("kms", "CancelKeyDeletion", logged(&request), logged(&answer))])
        },
    },
    Scenario {
        item: "encryption-in-transit",
        rule: "elb-listener-tls",
        severity: "high",
        make: make_listener,
        bad: |aws, id| {
            let groups = aws.call("elbv2", "describe_target_groups", json!({ "Names": [WEB] }))?;
            let group = groups.pointer("/TargetGroups/0").map_or("", |group| text(group, "TargetGroupArn"));
            modify_listener(aws, id, &json!({ "Type": "forward", "TargetGroupArn": group }))
        },
        fixed: |aws, id| modify_listener(aws, id, &to_https()),
    },
    Scenario {
        item: "iam-least-privilege",
        rule: "iam-user-admin-free",
        severity: "critical",
        make: |aws| user(aws, "scenario-mira"),
        bad: |aws, id| {
            let request = json!({ "UserName": id, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" });
            aws.call("iam", "attach_user_policy", request.clone())?;
            Ok(vec![record("iam", "AttachUserPolicy", logged(&request), Value::Null)])
        },
        fixed: |aws, id| {
            let request = json!({ "UserName": id, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess" });
            aws.call("iam", "detach_user_policy", request.clone())?;
            Ok(vec![record("iam", "DetachUserPolicy", logged(&request), Value::Null)])
        },
    },
    Scenario {
        item: "no-long-term-credentials",
        rule: "iam-user-access-key-absent",
        severity: "high",
        make: |aws| user(aws, "scenario-ci"),
        bad: create_access_key,
        fixed: delete_access_keys,
    },
    Scenario {
        item: "secrets-managed",
        rule: "lambda-function-env-secret-free",
        severity: "high",
        make: make_function,
        bad: |aws, id| configure_function(aws, id, &json!({ "STAGE": "test", "DB_PASSWORD": "correct-horse-battery" })),
        fixed: |aws, id| configure_function(aws, id, &json!({ "STAGE": "test" })),
    },
    Scenario {
        item: "private-network",
        rule: "rds-instance-private",
        severity: "critical",
        make: make_database,
        bad: |aws, id| publish_database(aws, id, true),
        fixed: |aws, id| publish_database(aws, id, false),
    },
    Scenario {
        item: "security-groups",
        rule: "ec2-security-group-ssh-closed",
        severity: "critical",
        make: |aws| make_group(aws, WEB),
        bad: |aws, id| Ok(vec![open_port(aws, id, 22)?]),
        fixed: |aws, id| Ok(vec![close_port(aws, id, 22)?]),
    },
    Scenario {
        item: "cloudtrail",
        rule: "cloudtrail-trail-logging",
        severity: "critical",
        make: make_trail,
        bad: |aws, id| {
            aws.call("cloudtrail", "stop_logging", json!({ "Name": id }))?;
            Ok(vec![record("cloudtrail", "StopLogging", json!({ "name": id }), Value::Null)])
        },
        fixed: start_trail,
    },
    Scenario {
        item: "guardduty",
        rule: "guardduty-detector-enabled",
        severity: "critical",
        make: make_detector,
        bad: |aws, id| enable_detector(aws, id, false),
        fixed: |aws, id| enable_detector(aws, id, true),
    },
];

/// The name of what serves the web.
const WEB: &str = "scenario-web";

/// Makes a bucket.
///
/// # Errors
/// When AWS refuses.
pub fn bucket(aws: &Aws, name: &str) -> Result<Made, Refused> {
    let location = json!({ "LocationConstraint": REGION });
    aws.call("s3", "create_bucket", json!({ "Bucket": name, "CreateBucketConfiguration": location }))?;
    // AWS gives every new bucket its block; the emulator does not.
    let block = json!({
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    });
    aws.call("s3", "put_public_access_block", json!({ "Bucket": name, "PublicAccessBlockConfiguration": block }))?;
    let request = json!({ "bucketName": name, "CreateBucketConfiguration": location });
    Ok(Made { resource: name.into(), records: vec![record("s3", "CreateBucket", request, Value::Null)] })
}

fn version(aws: &Aws, bucket: &str, status: &str) -> Records {
    let configuration = json!({ "Status": status });
    aws.call("s3", "put_bucket_versioning", json!({ "Bucket": bucket, "VersioningConfiguration": configuration }))?;
    let request = json!({ "bucketName": bucket, "versioning": "", "VersioningConfiguration": configuration });
    Ok(vec![record("s3", "PutBucketVersioning", request, Value::Null)])
}

/// Takes the block away, and lets everyone read.
fn publish_bucket(aws: &Aws, bucket: &str) -> Records {
    aws.call("s3", "delete_public_access_block", json!({ "Bucket": bucket }))?;
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/*"),
    }] });
    aws.call("s3", "put_bucket_policy", json!({ "Bucket": bucket, "Policy": policy.to_string() }))?;
    let unblock = json!({ "bucketName": bucket, "publicAccessBlock": "" });
    let publish = json!({ "bucketName": bucket, "policy": "", "bucketPolicy": policy });
    Ok(vec![
        record("s3", "DeleteBucketPublicAccessBlock", unblock, Value::Null),
        record("s3", "PutBucketPolicy", publish, Value::Null),
    ])
}

fn make_key(aws: &Aws) -> Result<Made, Refused> {
    let answer = aws.call("kms", "create_key", json!({}))?;
    let id = answer.pointer("/KeyMetadata/KeyId").and_then(Value::as_str).unwrap_or_default();
    Ok(Made { resource: id.into(), records: vec![record("kms", "CreateKey", json!({}), logged(&answer))] })
}

/// What sends browsers on to HTTPS.
fn to_https() -> Value {
    json!({ "Type": "redirect", "RedirectConfig": { "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301" } })
}

/// A load balancer whose one listener sends everybody on to HTTPS.
fn make_listener(aws: &Aws) -> Result<Made, Refused> {
    let subnets = aws.call("ec2", "describe_subnets", json!({}))?;
    let (mut network, mut ids) = ("", Vec::new());
    for subnet in entries(&subnets, "Subnets").iter().take(2) {
        network = text(subnet, "VpcId");
        ids.push(text(subnet, "SubnetId"));
    }
    let balancer = aws.call("elbv2", "create_load_balancer", json!({ "Name": WEB, "Subnets": ids }))?;
    let balancer = balancer.pointer("/LoadBalancers/0").map_or("", |one| text(one, "LoadBalancerArn")).to_owned();
    let group = json!({ "Name": WEB, "Protocol": "HTTP", "Port": 80, "VpcId": network });
    aws.call("elbv2", "create_target_group", group)?;
    let request =
        json!({ "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": [to_https()] });
    let answer = aws.call("elbv2", "create_listener", request.clone())?;
    let arn = answer.pointer("/Listeners/0").map_or("", |one| text(one, "ListenerArn"));
    let resource = arn.split_once(":listener/").map_or(arn, |(_, id)| id).to_owned();
    let records = vec![record("elasticloadbalancing", "CreateListener", logged(&request), logged(&answer))];
    Ok(Made { resource, records })
}

fn modify_listener(aws: &Aws, id: &str, action: &Value) -> Records {
    let arn = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/{id}");
    let request = json!({ "ListenerArn": arn, "DefaultActions": [action] });
    let answer = aws.call("elbv2", "modify_listener", request.clone())?;
    Ok(vec![record("elasticloadbalancing", "ModifyListener", logged(&request), logged(&answer))])
}

/// Makes a user who may do nothing.
///
/// # Errors
/// When AWS refuses.
pub fn user(aws: &Aws, name: &str) -> Result<Made, Refused> {
    let request = json!({ "UserName": name });
    let answer = aws.call("iam", "create_user", request.clone())?;
    let records = vec![record("iam", "CreateUser", logged(&request), logged(&answer))];
    Ok(Made { resource: name.into(), records })
}

fn create_access_key(aws: &Aws, user: &str) -> Records {
    let request = json!({ "UserName": user });
    let mut answer = aws.call("iam", "create_access_key", request.clone())?;
    // CloudTrail leaves the secret out.
    if let Some(key) = answer.pointer_mut("/AccessKey").and_then(Value::as_object_mut) {
        key.remove("SecretAccessKey");
    }
    Ok(vec![record("iam", "CreateAccessKey", logged(&request), logged(&answer))])
}

fn delete_access_keys(aws: &Aws, user: &str) -> Records {
    let keys = aws.call("iam", "list_access_keys", json!({ "UserName": user }))?;
    let delete = |key: &Value| {
        let request = json!({ "UserName": user, "AccessKeyId": text(key, "AccessKeyId") });
        aws.call("iam", "delete_access_key", request.clone())?;
        Ok(record("iam", "DeleteAccessKey", logged(&request), Value::Null))
    };
    entries(&keys, "AccessKeyMetadata").iter().map(delete).collect()
}

fn make_function(aws: &Aws) -> Result<Made, Refused> {
    const NAME: &str = "scenario-orders";
    /// A zip file of nothing: the function never runs.
    const EMPTY: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{NAME}");
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
    }] });
    aws.call("iam", "create_role", json!({ "RoleName": NAME, "AssumeRolePolicyDocument": trust.to_string() }))?;
    let request = json!({ "FunctionName": NAME, "Runtime": "python3.13", "Handler": "index.handler", "Role": role });
    let mut with = request.clone();
    if let Some(with) = with.as_object_mut() {
        with.insert("Code".into(), json!({ "ZipFile": { "$bytes": EMPTY } }));
        with.insert("Environment".into(), json!({ "Variables": { "STAGE": "test" } }));
    }
    aws.call("lambda", "create_function", with)?;
    let logged = hiding_environment(&request);
    let records = vec![record("lambda", "CreateFunction20150331", logged.clone(), logged)];
    Ok(Made { resource: NAME.into(), records })
}

fn configure_function(aws: &Aws, name: &str, variables: &Value) -> Records {
    let with = json!({ "FunctionName": name, "Environment": { "Variables": variables } });
    aws.call("lambda", "update_function_configuration", with)?;
    let logged = hiding_environment(&json!({ "FunctionName": name }));
    Ok(vec![record("lambda", "UpdateFunctionConfiguration20150331v2", logged.clone(), logged)])
}

/// CloudTrail shows no environment, whatever is in it.
fn hiding_environment(request: &Value) -> Value {
    let mut logged = logged(request);
    if let Some(members) = logged.as_object_mut() {
        members.insert("environment".into(), json!({}));
    }
    logged
}

fn make_database(aws: &Aws) -> Result<Made, Refused> {
    let request = json!({
        "DBInstanceIdentifier": "scenario-orders", "Engine": "postgres", "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20, "MasterUsername": "orders", "ManageMasterUserPassword": true,
        "PubliclyAccessible": false, "StorageEncrypted": true,
    });
    let answer = aws.call("rds", "create_db_instance", request.clone())?;
    let instance = answer.get("DBInstance").cloned().unwrap_or_default();
    let resource = text(&instance, "DBInstanceIdentifier").to_owned();
    Ok(Made { resource, records: vec![record("rds", "CreateDBInstance", logged(&request), logged(&instance))] })
}

fn publish_database(aws: &Aws, id: &str, public: bool) -> Records {
    let request = json!({ "DBInstanceIdentifier": id, "PubliclyAccessible": public, "ApplyImmediately": true });
    let answer = aws.call("rds", "modify_db_instance", request.clone())?;
    let instance = answer.get("DBInstance").cloned().unwrap_or_default();
    Ok(vec![record("rds", "ModifyDBInstance", logged(&request), logged(&instance))])
}

/// Makes a security group that lets nobody in.
///
/// # Errors
/// When AWS refuses.
pub fn make_group(aws: &Aws, name: &str) -> Result<Made, Refused> {
    let made = aws.call("ec2", "create_security_group", json!({ "GroupName": name, "Description": name }))?;
    let group = text(&made, "GroupId");
    let request = json!({ "groupName": name, "groupDescription": name });
    let response = json!({ "requestId": "1", "_return": true, "groupId": group });
    Ok(Made { resource: group.into(), records: vec![record("ec2", "CreateSecurityGroup", request, response)] })
}

/// Opens a port of a group to the internet, and gives the record that CloudTrail would write of it.
///
/// # Errors
/// When AWS refuses.
pub fn open_port(aws: &Aws, group: &str, port: u16) -> Result<Value, Refused> {
    let answer = aws.call("ec2", "authorize_security_group_ingress", ingress(group, port))?;
    let rule = answer.pointer("/SecurityGroupRules/0").map_or("", |rule| text(rule, "SecurityGroupRuleId"));
    let items = json!({ "items": [{
        "groupId": group, "securityGroupRuleId": rule, "isEgress": false, "ipProtocol": "tcp",
        "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0",
    }] });
    let response = json!({ "requestId": "1", "_return": true, "securityGroupRuleSet": items });
    Ok(record("ec2", "AuthorizeSecurityGroupIngress", logged_ingress(group, port), response))
}

/// Closes a port that [`open_port`] opened, and gives the record of it.
///
/// # Errors
/// When AWS refuses.
pub fn close_port(aws: &Aws, group: &str, port: u16) -> Result<Value, Refused> {
    aws.call("ec2", "revoke_security_group_ingress", ingress(group, port))?;
    let response = json!({ "requestId": "1", "_return": true });
    Ok(record("ec2", "RevokeSecurityGroupIngress", logged_ingress(group, port), response))
}

/// A port for everybody, as the API takes it.
fn ingress(group: &str, port: u16) -> Value {
    json!({ "GroupId": group, "IpPermissions": [{
        "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
    }] })
}

/// The same as CloudTrail logs it.
fn logged_ingress(group: &str, port: u16) -> Value {
    json!({ "groupId": group, "ipPermissions": { "items": [{
        "ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": {},
        "ipRanges": { "items": [{ "cidrIp": "0.0.0.0/0" }] }, "ipv6Ranges": {}, "prefixListIds": {},
    }] } })
}

/// A trail that logs, with its bucket.
fn make_trail(aws: &Aws) -> Result<Made, Refused> {
    const NAME: &str = "scenario-audit";
    let mut records = bucket(aws, "scenario-trail")?.records;
    let request = json!({
        "Name": NAME, "S3BucketName": "scenario-trail", "IsMultiRegionTrail": true, "EnableLogFileValidation": true,
    });
    let answer = aws.call("cloudtrail", "create_trail", request.clone())?;
    records.push(record("cloudtrail", "CreateTrail", logged(&request), logged(&answer)));
    records.extend(start_trail(aws, NAME)?);
    Ok(Made { resource: NAME.into(), records })
}

fn start_trail(aws: &Aws, name: &str) -> Records {
    aws.call("cloudtrail", "start_logging", json!({ "Name": name }))?;
    Ok(vec![record("cloudtrail", "StartLogging", json!({ "name": name }), Value::Null)])
}

fn make_detector(aws: &Aws) -> Result<Made, Refused> {
    let request = json!({ "Enable": true });
    let answer = aws.call("guardduty", "create_detector", request.clone())?;
    let resource = text(&answer, "DetectorId").to_owned();
    Ok(Made { resource, records: vec![record("guardduty", "CreateDetector", logged(&request), logged(&answer))] })
}

fn enable_detector(aws: &Aws, id: &str, enable: bool) -> Records {
    let request = json!({ "DetectorId": id, "Enable": enable });
    aws.call("guardduty", "update_detector", request.clone())?;
    Ok(vec![record("guardduty", "UpdateDetector", logged(&request), Value::Null)])
}

/// A request or an answer of the API as CloudTrail writes it: members begin with a small letter.
fn logged(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            let small = |name: &String| {
                let mut letters = name.chars();
                letters
                    .next()
                    .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
            };
            Value::Object(members.iter().map(|(name, value)| (small(name), logged(value))).collect::<Map<_, _>>())
        }
        Value::Array(entries) => entries.iter().map(logged).collect(),
        other => other.clone(),
    }
}
