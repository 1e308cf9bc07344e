//! The commands that talk to AWS, on the local one: a resource read and judged, an event sent to the pipeline.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::process::Command;

use serde_json::{Value, json};
use trailhound_emulator::{ACCESS_KEY, ACCOUNT, Aws, EmulatorError, Options, REGION, shared};
use trailhound_pipeline_tests::{Failed, Pipeline, text};

/// What a run of the program ended with: exit code, lines of JSON, standard error.
type Ran = (i32, Vec<Value>, String);

/// Runs the program with nothing of this machine's own configuration of AWS.
fn run(url: &str, key: Option<&str>, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailhound"));
    command.args(arguments).env_clear().env("HOME", "/nonexistent").env("AWS_ENDPOINT_URL", url);
    command.env("AWS_REGION", REGION).env("AWS_EC2_METADATA_DISABLED", "true");
    if let Some(key) = key {
        command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", "test");
    }
    let output = command.output().unwrap();
    let lines =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (output.status.code().unwrap(), lines, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The shared emulator, or a word about why there is none.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn emulator() -> Option<&'static str> {
    match shared() {
        Ok(url) => Some(url),
        Err(EmulatorError::Missing(why)) => {
            eprintln!("skipped: {why}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The answer of a rule.
fn answer<'a>(rows: &'a [Value], rule: &str) -> &'a Value {
    rows.iter().find(|row| row["rule"] == rule).unwrap_or_else(|| panic!("no answer of {rule}: {rows:#?}"))
}

#[test]
fn a_group_is_judged_as_it_is_now() {
    let Some(url) = emulator() else { return };
    let aws = Aws::new(url, ACCESS_KEY).unwrap();
    let made = aws.call("ec2", "create_security_group", json!({"GroupName": "live", "Description": "live"})).unwrap();
    let group = text(&made, "GroupId");
    let port = json!({"GroupId": group, "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]});
    aws.call("ec2", "authorize_security_group_ingress", port.clone()).unwrap();
    let arn = format!("arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{group}");
    let (code, rows, notes) = run(url, Some(ACCESS_KEY), &["evaluate", &arn, "--format", "json"]);
    let open = answer(&rows, "ec2-security-group-ssh-closed");
    assert_eq!((code, &open["verdict"], &open["severity"]), (1, &json!("fail"), &json!("critical")), "{open} {notes}");
    assert_eq!(open["evidence"][0]["key"], "tcp 22 0.0.0.0/0");

    aws.call("ec2", "revoke_security_group_ingress", port).unwrap();
    let (code, rows, notes) = run(url, Some(ACCESS_KEY), &["evaluate", &arn, "--format", "json"]);
    assert_eq!((code, &answer(&rows, "ec2-security-group-ssh-closed")["verdict"]), (0, &json!("pass")), "{notes}");
    assert!(rows.iter().all(|row| row["account"] == ACCOUNT && row["resource"] == group));
}

#[test]
fn a_read_that_fails_leaves_a_bucket_undecided() {
    let Some(url) = emulator() else { return };
    let aws = Aws::new(url, ACCESS_KEY).unwrap();
    let place = json!({"LocationConstraint": REGION});
    aws.call("s3", "create_bucket", json!({"Bucket": "live-judged", "CreateBucketConfiguration": place})).unwrap();
    let off = json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false,
        "RestrictPublicBuckets": false});
    let block = json!({"Bucket": "live-judged", "PublicAccessBlockConfiguration": off});
    aws.call("s3", "put_public_access_block", block).unwrap();
    let (code, rows, notes) = run(url, Some(ACCESS_KEY), &["evaluate", "arn:aws:s3:::live-judged", "--format", "json"]);
    assert_eq!(answer(&rows, "s3-bucket-versioning")["verdict"], "fail", "{notes}");
    // The emulator has no block of the account to read: what stands in its place is no pass.
    let block = answer(&rows, "s3-bucket-public-access-block");
    assert_eq!((&block["verdict"], &block["unknown"]), (&json!("unknown"), &json!("read_failed")), "{block}");
    assert_eq!(code, 2, "nothing that severe fails, and a read that it takes failed: {notes}");
    let trail = answer(&rows, "s3-bucket-trail-private");
    assert_eq!(trail["verdict"], "unknown", "trails are not looked for: {trail}");
    assert!(trail["unknown"].is_string() && !text(trail, "message").is_empty(), "{trail}");
}

#[test]
fn what_cannot_be_read_is_said_and_is_no_pass() {
    let Some(url) = emulator() else { return };
    let group = format!("arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0123456789abcdef0");
    let foreign = "arn:aws:sqs:eu-west-1:444455556666:jobs";
    for (key, arn, part) in [
        (Some(ACCESS_KEY), "jobs", "is no ARN"),
        (Some(ACCESS_KEY), "arn:aws:polly:eu-west-1:000000000000:lexicon/x", "no kind that Trailhound knows"),
        (Some(ACCESS_KEY), &group, "AWS knows no arn:aws:ec2"),
        (Some(ACCESS_KEY), foreign, "the credentials are of account 000000000000"),
        (None, &*group, "no credentials"),
    ] {
        let (code, rows, notes) = run(url, key, &["evaluate", arn]);
        assert_eq!((code, rows.len()), (2, 0), "{arn}: {notes}");
        assert!(notes.contains(part), "{arn}: {notes}");
    }
    let nowhere = run("http://127.0.0.1:9", Some(ACCESS_KEY), &["evaluate", &group]);
    assert!(nowhere.0 == 2 && nowhere.2.contains("no connection"), "{}", nowhere.2);
}

#[test]
fn an_event_is_sent_to_the_evaluator_as_cloudtrail_would() -> Result<(), Failed> {
    const RULE: &str = "ec2-security-group-ssh-closed";
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    let url = pipeline.emulator().url();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("event.json");
    let shown = file.to_str().unwrap_or_default();

    let (first, second) = (pipeline.group("sent")?, pipeline.group("sent-too")?);
    let records = json!({ "Records": [pipeline.open(&first, 22)?, pipeline.open(&second, 22)?] });
    std::fs::write(&file, records.to_string())?;
    let (code, rows, notes) = run(url, Some(ACCESS_KEY), &["send", shown]);
    assert_eq!((code, rows.len()), (0, 2), "{notes}");
    for row in &rows {
        assert_eq!(
            (&row["event_name"], &row["answer"]["Changes"]),
            (&json!("AuthorizeSecurityGroupIngress"), &json!(1))
        );
    }
    for group in [&first, &second] {
        assert_eq!(
            pipeline.findings()?[&(group.clone(), RULE.to_owned())]["status"]["S"],
            "open",
            "answered when done"
        );
    }

    let mut failed = pipeline.close(&first, 22)?;
    failed["errorCode"] = "AccessDenied".into();
    std::fs::write(&file, failed.to_string())?;
    let (code, rows, notes) =
        run(url, Some(ACCESS_KEY), &["send", shown, "--function", "trailhound-evaluator@eu-west-1"]);
    assert_eq!((code, &rows[0]["answer"]["Dropped"]["failed"]), (0, &json!(1)), "{notes}");

    let (code, rows, notes) = run(url, Some(ACCESS_KEY), &["send", shown, "--function", "nobody"]);
    assert_eq!((code, rows.len()), (2, 0));
    assert!(notes.contains("invoking the function nobody in eu-west-1"), "{notes}");
    Ok(())
}

#[test]
fn what_the_table_accepts_is_recorded_and_not_told() -> Result<(), Failed> {
    const RULE: &str = "ec2-security-group-ssh-closed";
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    let url = pipeline.emulator().url();
    let (accepted, other) = (pipeline.group("accepted")?, pipeline.group("other")?);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("exceptions.toml");
    let shown = file.to_str().unwrap_or_default();
    let store = format!("dynamodb:{}@{REGION}", pipeline.output("Table"));
    let exception = format!(
        "[[exception]]\nrule = \"{RULE}\"\nresource = \"{accepted}\"\nowner = \"platform@example.com\"\nreason = \"bastion\"\n\
         expires = 2099-12-31\n"
    );
    std::fs::write(&file, &exception)?;
    let key = Some(ACCESS_KEY);
    assert_eq!(run(url, key, &["exceptions", "get", "--store", &store]).0, 1, "none is kept");
    let (code, _, notes) = run(url, key, &["exceptions", "put", shown, "--store", &store]);
    assert_eq!(code, 0, "{notes}");

    pipeline.send(&[pipeline.open(&accepted, 22)?])?;
    pipeline.wait_for_finding(&accepted, RULE, "open")?;
    pipeline.send(&[pipeline.open(&other, 22)?])?;
    pipeline.wait_for_message(&[&other, RULE])?;
    assert!(!pipeline.webhook.messages().iter().any(|text| text.contains(&accepted)), "it was told");

    let (_, rows, notes) = run(url, key, &["findings", "--format", "json", "--resource", &accepted, "--store", &store]);
    let excepted = &answer(&rows, RULE)["excepted"];
    assert_eq!(excepted, "accepted by platform@example.com until 2099-12-31: bastion", "{notes}");
    assert_eq!(run(url, key, &["exceptions", "drop", "--store", &store]).0, 0);
    assert_eq!(run(url, key, &["exceptions", "get", "--store", &store]).0, 1);
    Ok(())
}
