//! A real hour: 2,900 records of an attack simulation, replayed, and held against a fold that knows nothing of the engine.
//!
//! The archive is no part of the project: where it is absent these tests say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trailhound_engine::Judge;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::replay::{Options, Replayed, replay};
use trailhound_model::{Operation, Step};
use trailhound_report::FindingRow;
use trailhound_rules::Settings;
use trailhound_store::Sqlite;
use trailhound_trail::{Record, interpret};

fn archive() -> Option<PathBuf> {
    trailhound_tests::corpus("archives/invictus/CloudTrail")
}

fn replayed(folder: &Path) -> (Sqlite, Replayed) {
    let store = Sqlite::in_memory().unwrap();
    let judge = Judge::new(Settings::default());
    let replayed = replay(&[folder.to_path_buf()], &store, &judge, &Options::default()).unwrap();
    (store, replayed)
}

/// Every record, sorted by time and id as the engine must sort them.
fn records(folder: &Path) -> Vec<Value> {
    let mut records = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        records.extend(file["Records"].as_array().unwrap().iter().cloned());
    }
    records.sort_by_key(|record| (text(&record["eventTime"]), text(&record["eventID"])));
    records
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_record_is_read_and_counted() {
    let Some(folder) = archive() else { return };
    let (_, replayed) = replayed(&folder);
    assert_eq!((replayed.tally.files, replayed.tally.records, replayed.tally.read), (55, 2_900, 2_900));
    assert!(replayed.tally.skipped.is_empty(), "{:?}", replayed.tally.skipped);
    assert!(replayed.unplaced.is_empty(), "{:?}", replayed.unplaced);
}

#[test]
fn failed_calls_change_nothing_but_activity() {
    let Some(folder) = archive() else { return };
    let failed: Vec<Value> = records(&folder)
        .into_iter()
        .filter(|record| record["errorCode"].is_string() && record["readOnly"] == Value::Bool(false))
        .collect();
    assert_eq!(failed.len(), 94);
    for record in failed {
        let json = record.to_string();
        let outcome = interpret::interpret(&Record::parse(json.as_bytes()).unwrap());
        assert!(outcome.is_err(), "{} failed and yet means {outcome:?}", record["eventName"]);
    }
}

/// What a call does to the existence of resources, read straight from the JSON: `(kind, id, exists afterwards)`.
fn existence(record: &Value) -> Vec<(&'static str, String, bool)> {
    let (request, response) = (&record["requestParameters"], &record["responseElements"]);
    let one = |kind, id: &Value, exists| vec![(kind, text(id), exists)];
    let items = |list: &Value, member: &str| -> Vec<String> {
        list["items"].as_array().into_iter().flatten().map(|item| text(&item[member])).collect()
    };
    let name = text(&record["eventName"]);
    match name.as_str() {
        "CreateBucket" => one("AWS::S3::Bucket", &request["bucketName"], true),
        "DeleteBucket" => one("AWS::S3::Bucket", &request["bucketName"], false),
        "CreateRole" => one("AWS::IAM::Role", &request["roleName"], true),
        "DeleteRole" => one("AWS::IAM::Role", &request["roleName"], false),
        "CreateUser" => one("AWS::IAM::User", &request["userName"], true),
        "DeleteUser" => one("AWS::IAM::User", &request["userName"], false),
        "CreatePolicy" => one("AWS::IAM::ManagedPolicy", &request["policyName"], true),
        "DeletePolicy" => {
            let arn = text(&request["policyArn"]);
            vec![("AWS::IAM::ManagedPolicy", arn.rsplit('/').next().unwrap().to_owned(), false)]
        }
        "CreateSecurityGroup" => one("AWS::EC2::SecurityGroup", &response["groupId"], true),
        "DeleteSecurityGroup" => one("AWS::EC2::SecurityGroup", &request["groupId"], false),
        "CreateVolume" => one("AWS::EC2::Volume", &response["volumeId"], true),
        "DeleteVolume" => one("AWS::EC2::Volume", &request["volumeId"], false),
        "CreateVpc" => one("AWS::EC2::VPC", &response["vpc"]["vpcId"], true),
        "DeleteVpc" => one("AWS::EC2::VPC", &request["vpcId"], false),
        "CreateSubnet" => one("AWS::EC2::Subnet", &response["subnet"]["subnetId"], true),
        "DeleteSubnet" => one("AWS::EC2::Subnet", &request["subnetId"], false),
        "CreateSnapshot" => one("Trailhound::EbsSnapshot", &response["snapshotId"], true),
        "DeleteSnapshot" => one("Trailhound::EbsSnapshot", &request["snapshotId"], false),
        "RunInstances" => items(&response["instancesSet"], "instanceId")
            .into_iter()
            .map(|id| ("AWS::EC2::Instance", id, true))
            .collect(),
        "TerminateInstances" => items(&request["instancesSet"], "instanceId")
            .into_iter()
            .map(|id| ("AWS::EC2::Instance", id, false))
            .collect(),
        "CreateFunction20150331" => one("AWS::Lambda::Function", &request["functionName"], true),
        "DeleteFunction20150331" => one("AWS::Lambda::Function", &request["functionName"], false),
        "CreateDBInstance" => one("AWS::RDS::DBInstance", &request["dBInstanceIdentifier"], true),
        "DeleteDBInstance" => one("AWS::RDS::DBInstance", &request["dBInstanceIdentifier"], false),
        "CreateTrail" => one("AWS::CloudTrail::Trail", &request["name"], true),
        "DeleteTrail" => {
            let given = text(&request["name"]);
            vec![("AWS::CloudTrail::Trail", given.rsplit('/').next().unwrap().to_owned(), false)]
        }
        "CreateLogGroup" => one("AWS::Logs::LogGroup", &request["logGroupName"], true),
        "DeleteLogGroup" => one("AWS::Logs::LogGroup", &request["logGroupName"], false),
        // A parameter's ARN has no second slash for a name that begins with one; the id is what follows in the ARN.
        "PutParameter" => {
            vec![("AWS::SSM::Parameter", text(&request["name"]).trim_start_matches('/').to_owned(), true)]
        }
        "DeleteParameter" => {
            vec![("AWS::SSM::Parameter", text(&request["name"]).trim_start_matches('/').to_owned(), false)]
        }
        _ => Vec::new(),
    }
}

/// Resources about which the two folds may differ, and why.
fn explained(kind: &str, existence: &BTreeMap<(&'static str, String), bool>, id: &str) -> Option<&'static str> {
    let known = existence.contains_key(&(kind_name(kind)?, id.to_owned()));
    (!known).then_some(
        "it was never created or deleted here: a call on it, or another resource's record, shows that it exists",
    )
}

/// The kinds that the independent fold follows.
fn kind_name(kind: &str) -> Option<&'static str> {
    const KINDS: [&str; 15] = [
        "AWS::S3::Bucket",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::IAM::ManagedPolicy",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Volume",
        "AWS::EC2::VPC",
        "AWS::EC2::Subnet",
        "Trailhound::EbsSnapshot",
        "AWS::EC2::Instance",
        "AWS::Lambda::Function",
        "AWS::RDS::DBInstance",
        "AWS::CloudTrail::Trail",
        "AWS::Logs::LogGroup",
        "AWS::SSM::Parameter",
    ];
    KINDS.iter().find(|known| **known == kind).copied()
}

#[test]
fn what_lives_and_what_is_gone_agrees_with_an_independent_fold() {
    let Some(folder) = archive() else { return };
    let mut exists: BTreeMap<(&'static str, String), bool> = BTreeMap::new();
    for record in records(&folder).iter().filter(|record| record["errorCode"].is_null()) {
        for (kind, id, alive) in existence(record) {
            exists.insert((kind, id), alive);
        }
    }
    assert!(exists.len() > 80, "the independent fold found only {} resources", exists.len());
    let (store, _) = replayed(&folder);
    let mut seen = BTreeSet::new();
    let mut unexplained = Vec::new();
    for view in pollster::block_on(store.resources(None)).unwrap() {
        let Some(kind) = kind_name(view.resource.kind.name()) else { continue };
        let id = view.resource.id.to_string();
        seen.insert((kind, id.clone()));
        match exists.get(&(kind, id.clone())) {
            Some(alive) if *alive != view.gone => {}
            Some(alive) => unexplained.push(format!("{kind} {id}: exists {alive}, the engine says gone {}", view.gone)),
            None => match explained(kind, &exists, &id) {
                Some(why) => println!("leftover: {kind} {id}: {why}"),
                None => unexplained.push(format!("{kind} {id}: only the engine knows it")),
            },
        }
    }
    for (kind, id) in exists.keys().filter(|key| !seen.contains(*key)) {
        unexplained.push(format!("{kind} {id}: the engine does not know it"));
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}

#[test]
fn port_22_was_open_for_one_minute_and_forty_nine_seconds() {
    let Some(folder) = archive() else { return };
    let (store, _) = replayed(&folder);
    let query = FindingQuery { rule: Some("ec2-security-group-ssh-closed".to_owned()), ..FindingQuery::default() };
    let rows: Vec<FindingRow> =
        pollster::block_on(store.findings(&query)).unwrap().iter().map(FindingRow::from).collect();
    assert_eq!(rows.len(), 1, "{rows:#?}");
    let row = &rows[0];
    assert_eq!(row.opened_at.unwrap().to_string(), "2023-07-10T12:10:08Z");
    assert_eq!(row.resolved_at.unwrap().to_string(), "2023-07-10T12:11:57Z");
    assert_eq!(row.exposure_seconds, Some(109));
    for by in [&row.opened_by, &row.resolved_by] {
        assert!(by.as_deref().unwrap().contains("bert-jan"), "{by:?}");
    }
    assert_eq!(row.ended, Some(Step::Resolved));
    assert!(row.event_id.is_some());
}

#[test]
fn no_secret_of_the_archive_is_kept() {
    let Some(folder) = archive() else { return };
    for record in records(&folder) {
        let json = record.to_string();
        let Ok(change) = interpret::interpret(&Record::parse(json.as_bytes()).unwrap()) else { continue };
        for operation in change.effects.iter().flat_map(|effect| &effect.operations) {
            if let Operation::Set { value, .. } | Operation::Put { value, .. } = operation {
                let text = value.to_json();
                assert!(!text.contains("HIDDEN_DUE_TO"), "{}: {text}", record["eventName"]);
            }
        }
    }
}
