//! What an event costs in calls to AWS, counted between the evaluator's program and the local AWS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use serde_json::{Value, json};
use trailhound_pipeline_tests::{Failed, Station, record};

#[test]
fn experiment() -> Result<(), Failed> {
    let Some(mut station) = Station::start()? else { return Ok(()) };
    let made = station.aws.call("ec2", "create_security_group", json!({ "GroupName": "web", "Description": "web" }))?;
    let group = made["GroupId"].as_str().unwrap().to_owned();
    let ingress = json!({ "groupId": group, "ipPermissions": { "items": [{
        "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {},
        "ipRanges": { "items": [{ "cidrIp": "0.0.0.0/0" }] }, "ipv6Ranges": {}, "prefixListIds": {},
    }] } });
    let create = record(
        "ec2",
        "CreateSecurityGroup",
        json!({"groupName": "web", "groupDescription": "web", "vpcId": "vpc-1"}),
        json!({"_return": true, "groupId": group}),
    );
    eprintln!("create {:?}", station.event(&create)?);
    let open = record("ec2", "AuthorizeSecurityGroupIngress", ingress.clone(), json!({"_return": true}));
    eprintln!("open {:?}", station.event(&open)?);
    eprintln!("again {:?}", station.event(&open)?);
    let close = record("ec2", "RevokeSecurityGroupIngress", ingress.clone(), json!({"_return": true}));
    eprintln!("close {:?}", station.event(&close)?);
    let q = record(
        "sqs",
        "CreateQueue",
        json!({"queueName": "q"}),
        json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/000000000000/q"}),
    );
    eprintln!("queue {:?}", station.event(&q)?);
    let v = record(
        "s3",
        "PutBucketVersioning",
        json!({"bucketName": "b", "VersioningConfiguration": {"Status": "Suspended"}}),
        Value::Null,
    );
    eprintln!("versioning {:?}", station.event(&v)?);
    eprintln!("versioning {:?}", station.event(&v)?);
    let later = station.later()?;
    eprintln!("later {later:#?}");
    std::thread::sleep(std::time::Duration::from_secs(32));
    let later = station.later()?;
    eprintln!("later {later:#?}");
    for w in later {
        eprintln!("work {:?}", station.work(&[w])?);
    }
    Ok(())
}
