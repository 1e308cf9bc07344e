//! Two ways to know a resource, held against each other: reading it from a local AWS, and folding the events that CloudTrail
//! writes of the calls that made it. The calls are made by another SDK, the events have the shape of real records.

#![expect(clippy::panic, clippy::unwrap_used, reason = "these are the tests' own means")]
#![expect(clippy::needless_pass_by_value, reason = "callers write the values in place")]

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_types::region::Region;
use serde_json::{Value as Json, json};
use trailhound_collect::{Collector, Options};
use trailhound_emulator::{ACCESS_KEY, ACCOUNT, Aws, EmulatorError, REGION, shared};
use trailhound_engine::fold::Fold;
use trailhound_engine::port::{Collector as _, Presence};
use trailhound_model::{Entry, GLOBAL, Kind, Ledger, ResourceId, Scope, State, Target};
use trailhound_trail::Record;
use trailhound_trail::interpret::interpret;

/// A resource in the making.
struct World {
    aws: Aws,
    collector: Collector,
    ledger: Ledger,
    resource: ResourceId,
    events: u32,
}

impl World {
    /// Nothing, where there is no emulator: the test says so and is over.
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    fn of(kind: &str, id: &str) -> Option<Self> {
        let url = match shared() {
            Ok(url) => url,
            Err(EmulatorError::Missing(why)) => {
                eprintln!("skipped: {why}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let kind = Kind::named(kind).unwrap();
        let region = if kind.def().scope == Scope::Global { GLOBAL } else { REGION };
        let credentials = Credentials::new(ACCESS_KEY, "test", None, None, "test");
        let config = SdkConfig::builder()
            .endpoint_url(url)
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .time_source(SystemTimeSource::new())
            .sleep_impl(TokioSleep::new())
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        let options = Options { attempt_timeout: Duration::from_secs(20), ..Options::default() };
        Some(Self {
            aws: Aws::new(url, ACCESS_KEY).unwrap(),
            collector: Collector::new(&config, &options),
            ledger: Ledger::default(),
            resource: ResourceId {
                partition: "aws".into(),
                account: ACCOUNT.into(),
                region: region.into(),
                kind,
                id: id.into(),
            },
            events: 0,
        })
    }

    fn call(&self, service: &str, operation: &str, parameters: Json) -> Json {
        self.aws.call(service, operation, parameters).unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Takes in the event that CloudTrail writes of a call.
    fn event(&mut self, service: &str, name: &str, request: Json, response: Json) {
        self.events += 1;
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:user/carol"),
                "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE", "userName": "carol"
            },
            "eventTime": format!("2026-03-01T10:20:{:02}Z", self.events), "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name, "awsRegion": REGION, "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
            "requestParameters": request, "responseElements": response, "eventID": format!("e-{}", self.events),
            "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT,
            "eventCategory": "Management"
        });
        let text = record.to_string();
        let change =
            interpret(&Record::parse(text.as_bytes()).unwrap()).unwrap_or_else(|nothing| panic!("{name}: {nothing}"));
        let ours = change.effects.iter().filter(|effect| effect.target == Target::Resource(self.resource.clone()));
        for effect in ours {
            self.ledger.insert(Entry {
                cause: Arc::clone(&change.cause),
                operations: effect.operations.clone(),
                replaces: change.replaces.clone(),
            });
        }
    }

    /// Asserts that reading and folding agree on every facet that both know, and on so many at least. `except` names those on
    /// which they cannot, for a reason that stands beside it.
    async fn agree(&self, least: usize, except: &[&str]) {
        let (life, _) = Fold::new(self.resource.kind, &self.ledger, &[]).finish();
        let facets = self.resource.kind.def().facets;
        let reading = self.collector.read(&self.resource, facets).await;
        assert_eq!(reading.presence, Presence::Present, "{}: {:?}", self.resource, reading.facets);
        let mut compared = 0;
        for (facet, read) in &reading.facets {
            let folded = &life.slot(facet).unwrap().state;
            if matches!(folded, State::Unread(_) | State::Partial(..)) || except.contains(&facet.name) {
                continue;
            }
            compared += 1;
            assert_eq!(read, folded, "{} {}: read, and folded from events", self.resource, facet.name);
        }
        assert!(compared >= least, "{}: only {compared} facets compared: {:?}", self.resource, reading.facets);
    }

    /// Asserts that a resource that was never made is not found.
    async fn missing(&self, id: &str) {
        let resource = ResourceId { id: id.into(), ..self.resource.clone() };
        let reading = self.collector.read(&resource, resource.kind.def().facets).await;
        assert_eq!(reading.presence, Presence::NotFound, "{resource}: {:?}", reading.facets);
    }
}

const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::read-and-folded/*"}]}"#;
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const NARROW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[tokio::test]
async fn a_bucket() {
    let name = "read-and-folded";
    let Some(mut world) = World::of("AWS::S3::Bucket", name) else { return };
    let place = json!({"LocationConstraint": REGION});
    world.call("s3", "create_bucket", json!({"Bucket": name, "CreateBucketConfiguration": place}));
    world.event("s3", "CreateBucket", json!({"bucketName": name, "CreateBucketConfiguration": place}), json!(null));
    let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false});
    world.call("s3", "put_public_access_block", json!({"Bucket": name, "PublicAccessBlockConfiguration": block}));
    let request = json!({"bucketName": name, "publicAccessBlock": "", "PublicAccessBlockConfiguration": block});
    world.event("s3", "PutBucketPublicAccessBlock", request, json!(null));
    world.call("s3", "put_bucket_policy", json!({"Bucket": name, "Policy": PUBLIC}));
    let policy: Json = serde_json::from_str(PUBLIC).unwrap();
    world.event(
        "s3",
        "PutBucketPolicy",
        json!({"bucketName": name, "policy": "", "bucketPolicy": policy}),
        json!(null),
    );
    let versioning = json!({"Status": "Enabled"});
    world.call("s3", "put_bucket_versioning", json!({"Bucket": name, "VersioningConfiguration": versioning}));
    let request = json!({"bucketName": name, "versioning": "", "VersioningConfiguration": versioning});
    world.event("s3", "PutBucketVersioning", request, json!(null));
    let key = json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"});
    let rule = json!({"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": true});
    let rules = json!({"Rules": [rule]});
    world.call("s3", "put_bucket_encryption", json!({"Bucket": name, "ServerSideEncryptionConfiguration": rules}));
    let request = json!({"bucketName": name, "encryption": "", "ServerSideEncryptionConfiguration": {"Rule": rule}});
    world.event("s3", "PutBucketEncryption", request, json!(null));
    world.agree(8, &[]).await;
    world.missing("never-made-bucket").await;
}

#[tokio::test]
async fn a_role() {
    let name = "read-role";
    let Some(mut world) = World::of("AWS::IAM::Role", name) else { return };
    let made = json!({"RoleName": name, "Path": "/ci/", "AssumeRolePolicyDocument": TRUST});
    world.call("iam", "create_role", made);
    let request = json!({"roleName": name, "path": "/ci/", "assumeRolePolicyDocument": TRUST});
    world.event("iam", "CreateRole", request, json!(null));
    world.call("iam", "put_role_policy", json!({"RoleName": name, "PolicyName": "inline", "PolicyDocument": ALLOW}));
    let request = json!({"roleName": name, "policyName": "inline", "policyDocument": ALLOW});
    world.event("iam", "PutRolePolicy", request, json!(null));
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    world.call("iam", "attach_role_policy", json!({"RoleName": name, "PolicyArn": arn}));
    world.event("iam", "AttachRolePolicy", json!({"roleName": name, "policyArn": arn}), json!(null));
    world.agree(5, &[]).await;
    world.missing("never-made").await;
}

#[tokio::test]
async fn a_user() {
    let name = "read-ann";
    let Some(mut world) = World::of("AWS::IAM::User", name) else { return };
    world.call("iam", "create_user", json!({"UserName": name}));
    world.event("iam", "CreateUser", json!({"userName": name}), json!(null));
    world.call("iam", "create_group", json!({"GroupName": "read-admins"}));
    world.call("iam", "add_user_to_group", json!({"GroupName": "read-admins", "UserName": name}));
    world.event("iam", "AddUserToGroup", json!({"groupName": "read-admins", "userName": name}), json!(null));
    let key = world.call("iam", "create_access_key", json!({"UserName": name}))["AccessKey"]["AccessKeyId"].clone();
    let shown = json!({"accessKey": {"accessKeyId": key, "status": "Active", "userName": name}});
    world.event("iam", "CreateAccessKey", json!({"userName": name}), shown);
    world.call("iam", "update_access_key", json!({"UserName": name, "AccessKeyId": key, "Status": "Inactive"}));
    let request = json!({"userName": name, "accessKeyId": key, "status": "Inactive"});
    world.event("iam", "UpdateAccessKey", request, json!(null));
    world.call("iam", "put_user_policy", json!({"UserName": name, "PolicyName": "own", "PolicyDocument": ALLOW}));
    let request = json!({"userName": name, "policyName": "own", "policyDocument": ALLOW});
    world.event("iam", "PutUserPolicy", request, json!(null));
    // The emulator's clock is not that of the events, and it knows no credentials for single services.
    world.agree(6, &["AccessKeysCreated", "ServiceSpecificCredentials"]).await;
}

#[tokio::test]
async fn a_group_and_a_managed_policy() {
    let name = "read-devs";
    let Some(mut world) = World::of("AWS::IAM::Group", name) else { return };
    world.call("iam", "create_group", json!({"GroupName": name}));
    world.event("iam", "CreateGroup", json!({"groupName": name}), json!(null));
    world.call("iam", "put_group_policy", json!({"GroupName": name, "PolicyName": "all", "PolicyDocument": ALLOW}));
    let request = json!({"groupName": name, "policyName": "all", "policyDocument": ALLOW});
    world.event("iam", "PutGroupPolicy", request, json!(null));
    world.agree(2, &[]).await;

    let Some(mut world) = World::of("AWS::IAM::ManagedPolicy", "team/read-wide") else { return };
    let made = json!({"PolicyName": "read-wide", "Path": "/team/", "PolicyDocument": NARROW});
    let arn = world.call("iam", "create_policy", made)["Policy"]["Arn"].clone();
    let request = json!({"policyName": "read-wide", "path": "/team/", "policyDocument": NARROW});
    world.event("iam", "CreatePolicy", request, json!({"policy": {"arn": arn, "defaultVersionId": "v1"}}));
    world.call(
        "iam",
        "create_policy_version",
        json!({"PolicyArn": arn, "PolicyDocument": ALLOW, "SetAsDefault": true}),
    );
    let request = json!({"policyArn": arn, "policyDocument": ALLOW, "setAsDefault": true});
    let shown = json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}});
    world.event("iam", "CreatePolicyVersion", request, shown);
    world.agree(2, &[]).await;
}

#[tokio::test]
async fn a_security_group() {
    let Some(mut world) = World::of("AWS::EC2::SecurityGroup", "") else { return };
    let vpc = world.call("ec2", "create_vpc", json!({"CidrBlock": "10.7.0.0/16"}))["Vpc"]["VpcId"].clone();
    let made = json!({"GroupName": "read-web", "Description": "d", "VpcId": vpc});
    let id = world.call("ec2", "create_security_group", made)["GroupId"].clone();
    world.resource.id = id.as_str().unwrap().into();
    let request = json!({"groupName": "read-web", "groupDescription": "d", "vpcId": vpc});
    world.event("ec2", "CreateSecurityGroup", request, json!({"_return": true, "groupId": id}));
    let rule = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let asked = json!({"GroupId": id, "IpPermissions": [rule]});
    let made = world.call("ec2", "authorize_security_group_ingress", asked);
    let rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"].clone();
    assert!(rule_id.is_string(), "{made}");
    let rule = json!({"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {},
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "prefixListIds": {}});
    let shown = json!({"groupId": id, "securityGroupRuleId": rule_id, "isEgress": false, "ipProtocol": "tcp",
        "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"});
    let request = json!({"groupId": id, "ipPermissions": {"items": [rule]}});
    let response = json!({"_return": true, "securityGroupRuleSet": {"items": [shown]}});
    world.event("ec2", "AuthorizeSecurityGroupIngress", request, response);
    world.agree(3, &[]).await;
    world.missing("sg-00000000000000000").await;
}

#[tokio::test]
async fn a_queue_and_a_topic() {
    let Some(mut world) = World::of("AWS::SQS::Queue", "read-jobs") else { return };
    let attributes = json!({"SqsManagedSseEnabled": "true"});
    let made = json!({"QueueName": "read-jobs", "Attributes": attributes});
    let url = world.call("sqs", "create_queue", made)["QueueUrl"].clone();
    let request = json!({"queueName": "read-jobs", "attributes": attributes});
    world.event("sqs", "CreateQueue", request, json!({"queueUrl": url}));
    world.call("sqs", "set_queue_attributes", json!({"QueueUrl": url, "Attributes": {"Policy": ALLOW}}));
    let request = json!({"queueUrl": url, "attributes": {"Policy": ALLOW}});
    world.event("sqs", "SetQueueAttributes", request, json!(null));
    // A creation that may be a repetition proves no birth: what it does not state is not known from it.
    world.agree(2, &[]).await;
    world.missing("never-made").await;

    let Some(mut world) = World::of("AWS::SNS::Topic", "read-alarms") else { return };
    let arn = world.call("sns", "create_topic", json!({"Name": "read-alarms"}))["TopicArn"].clone();
    world.event("sns", "CreateTopic", json!({"name": "read-alarms"}), json!({"topicArn": arn}));
    for (name, value) in [("Policy", ALLOW), ("KmsMasterKeyId", "alias/aws/sns")] {
        let asked = json!({"TopicArn": arn, "AttributeName": name, "AttributeValue": value});
        world.call("sns", "set_topic_attributes", asked);
        let request = json!({"topicArn": arn, "attributeName": name, "attributeValue": value});
        world.event("sns", "SetTopicAttributes", request, json!(null));
    }
    world.agree(2, &[]).await;
    world.missing("never-made").await;
}

#[tokio::test]
async fn a_table() {
    let Some(mut world) = World::of("AWS::DynamoDB::Table", "read-orders") else { return };
    let made = json!({
        "TableName": "read-orders", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]
    });
    world.call("dynamodb", "create_table", made);
    let request = json!({"tableName": "read-orders", "billingMode": "PAY_PER_REQUEST"});
    world.event("dynamodb", "CreateTable", request, json!(null));
    // The emulator has no policies of tables.
    world.agree(1, &["ResourcePolicy.PolicyDocument"]).await;
}

#[tokio::test]
async fn a_key_a_secret_and_a_parameter() {
    let Some(mut world) = World::of("AWS::KMS::Key", "") else { return };
    let made = world.call("kms", "create_key", json!({"Policy": ALLOW}))["KeyMetadata"].clone();
    let (id, arn) = (made["KeyId"].clone(), made["Arn"].clone());
    world.resource.id = id.as_str().unwrap().into();
    let shown = json!({"keyId": id, "arn": arn, "keyState": "Enabled", "origin": "AWS_KMS", "keyManager": "CUSTOMER",
        "keySpec": "SYMMETRIC_DEFAULT"});
    world.event("kms", "CreateKey", json!({"policy": ALLOW}), json!({"keyMetadata": shown}));
    world.call("kms", "enable_key_rotation", json!({"KeyId": id}));
    world.event("kms", "EnableKeyRotation", json!({"keyId": arn}), json!(null));
    world.agree(6, &[]).await;
    world.missing("00000000-0000-0000-0000-000000000000").await;

    let Some(mut world) = World::of("AWS::SecretsManager::Secret", "") else { return };
    let made = json!({"Name": "read/db", "SecretString": "s"});
    let arn = world.call("secretsmanager", "create_secret", made)["ARN"].clone();
    world.resource.id = arn.as_str().unwrap().rsplit(":secret:").next().unwrap().into();
    world.event("secretsmanager", "CreateSecret", json!({"name": "read/db"}), json!({"arn": arn}));
    world.call("secretsmanager", "put_resource_policy", json!({"SecretId": arn, "ResourcePolicy": ALLOW}));
    let shown = json!({"arn": arn, "name": "read/db"});
    let request = json!({"secretId": arn, "resourcePolicy": ALLOW});
    world.event("secretsmanager", "PutResourcePolicy", request, shown);
    world.agree(2, &[]).await;

    let Some(mut world) = World::of("AWS::SSM::Parameter", "read/db/password") else { return };
    world.call("ssm", "put_parameter", json!({"Name": "/read/db/password", "Value": "v", "Type": "SecureString"}));
    let request = json!({"name": "/read/db/password", "type": "SecureString"});
    world.event("ssm", "PutParameter", request, json!({"version": 1}));
    world.agree(1, &[]).await;
}

#[tokio::test]
async fn a_trail() {
    let Some(mut world) = World::of("AWS::CloudTrail::Trail", "read-audit") else { return };
    let place = json!({"LocationConstraint": REGION});
    world.call("s3", "create_bucket", json!({"Bucket": "read-trail", "CreateBucketConfiguration": place}));
    let made = json!({"Name": "read-audit", "S3BucketName": "read-trail", "IsMultiRegionTrail": true,
        "EnableLogFileValidation": true});
    world.call("cloudtrail", "create_trail", made);
    let request = json!({"name": "read-audit", "s3BucketName": "read-trail", "isMultiRegionTrail": true,
        "enableLogFileValidation": true});
    world.event("cloudtrail", "CreateTrail", request, json!(null));
    world.call("cloudtrail", "start_logging", json!({"Name": "read-audit"}));
    world.event("cloudtrail", "StartLogging", json!({"name": "read-audit"}), json!(null));
    // The default selectors, as they are shown, have two empty lists more.
    world.agree(6, &["EventSelectors", "AdvancedEventSelectors"]).await;
}

#[tokio::test]
async fn a_network_with_a_subnet() {
    let Some(mut world) = World::of("AWS::EC2::Subnet", "") else { return };
    let vpc = world.call("ec2", "create_vpc", json!({"CidrBlock": "10.8.0.0/16"}))["Vpc"]["VpcId"].clone();
    let made = json!({"VpcId": vpc, "CidrBlock": "10.8.1.0/24"});
    let id = world.call("ec2", "create_subnet", made)["Subnet"]["SubnetId"].clone();
    world.resource.id = id.as_str().unwrap().into();
    let request = json!({"vpcId": vpc, "cidrBlock": "10.8.1.0/24"});
    let shown = json!({"subnet": {"subnetId": id, "vpcId": vpc, "mapPublicIpOnLaunch": false}});
    world.event("ec2", "CreateSubnet", request.clone(), shown.clone());
    world.call("ec2", "modify_subnet_attribute", json!({"SubnetId": id, "MapPublicIpOnLaunch": {"Value": true}}));
    let change = json!({"subnetId": id, "mapPublicIpOnLaunch": {"value": true}});
    world.event("ec2", "ModifySubnetAttribute", change, json!({"_return": true}));
    world.agree(3, &[]).await;

    let Some(mut network) = World::of("AWS::EC2::VPC", vpc.as_str().unwrap()) else { return };
    let born = json!({"vpc": {"vpcId": vpc, "state": "pending"}});
    network.event("ec2", "CreateVpc", json!({"cidrBlock": "10.8.0.0/16"}), born);
    network.event("ec2", "CreateSubnet", request, shown);
    network.agree(6, &[]).await;
}

#[tokio::test]
async fn a_volume() {
    let Some(mut world) = World::of("AWS::EC2::Volume", "") else { return };
    let zone = format!("{REGION}a");
    let made = world.call("ec2", "create_volume", json!({"AvailabilityZone": zone, "Size": 1}));
    let id = made["VolumeId"].clone();
    world.resource.id = id.as_str().unwrap().into();
    let shown = json!({"volumeId": id, "encrypted": made["Encrypted"]});
    world.event("ec2", "CreateVolume", json!({"size": "1", "zone": zone}), shown);
    world.agree(3, &[]).await;
}

#[tokio::test]
async fn a_database() {
    let name = "read-orders";
    let Some(mut world) = World::of("AWS::RDS::DBInstance", name) else { return };
    let made = json!({"DBInstanceIdentifier": name, "DBInstanceClass": "db.t3.micro", "Engine": "postgres",
        "AllocatedStorage": 20, "MasterUsername": "root", "MasterUserPassword": "correct-horse",
        "StorageEncrypted": true, "PubliclyAccessible": false});
    world.call("rds", "create_db_instance", made);
    let request = json!({"dBInstanceIdentifier": name, "dBInstanceClass": "db.t3.micro", "engine": "postgres",
        "allocatedStorage": 20, "masterUsername": "root", "masterUserPassword": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "storageEncrypted": true, "publiclyAccessible": false});
    world.event("rds", "CreateDBInstance", request, json!(null));
    // What the call left to AWS, its response would have shown.
    world.agree(4, &["DBParameterGroupName", "DBSubnetGroupName"]).await;
}
