//! What people are told when an account is watched: one fault, one alert.
//!
//! The alerts of the attack stand in `events/attack-day/alerts.txt`, each with the reason why a person wants it. After a
//! change that is meant, `TRAILHOUND_BLESS=1 cargo test -p trailhound-tests --test account` writes them anew and keeps the
//! reasons; an alert without one fails.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value as Json, json};
use trailhound_engine::port::{Collector, FindingQuery, Presence, Reading, Store};
use trailhound_engine::{Ingest, Judge, Timing};
use trailhound_model::kinds::lambda;
use trailhound_model::{FacetDef, ResourceId, Second, State, Status, Value, Why};
use trailhound_rules::Settings;
use trailhound_store::Memory;
use trailhound_tests::account::live;
use trailhound_tests::project;
use trailhound_trail::Record;
use trailhound_trail::interpret::interpret;

const MIDNIGHT: &str = "2026-03-02T00:00:00Z";

#[test]
fn the_attack_is_told_as_a_person_would_want() {
    let folder = project("events/attack-day");
    let mut files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|extension| extension == "json")).unwrap();
    let file: Json = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let records: Vec<(Json, i64)> = file["Records"].as_array().unwrap().iter().map(|r| (r.clone(), 0)).collect();
    let (messages, _) = live(&records, Second::parse("2026-03-20T00:00:00Z").unwrap());
    let path = folder.join("alerts.txt");
    let written = fs::read_to_string(&path).unwrap_or_default();
    let mut reasons: BTreeMap<&str, &str> = BTreeMap::new();
    let mut lines = written.lines();
    while let (Some(alert), Some(reason)) = (lines.next(), lines.next()) {
        reasons.insert(alert, reason);
    }
    let mut told = String::new();
    let mut bare = Vec::new();
    for line in messages.iter().map(trailhound_tests::account::Message::line) {
        let reason = reasons.get(&*line).copied().unwrap_or("  because");
        if reason.len() < "  because it is so".len() {
            bare.push(line.clone());
        }
        writeln!(told, "{line}\n{reason}").unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the expectations anew")]
    if std::env::var_os("TRAILHOUND_BLESS").is_some() {
        fs::write(&path, &told).unwrap();
    } else {
        assert_eq!(told, written, "not as expected; the head of this file says how to bless");
    }
    assert!(bare.is_empty(), "alerts without a reason in {}:\n{}", path.display(), bare.join("\n"));
}

/// CloudTrail hides the variables of functions: they are read at once, and whoever made the call is named.
#[test]
fn what_cloudtrail_hides_is_read_beside_the_event() {
    struct Variables(Second);
    impl Collector for Variables {
        async fn read(&self, _: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
            let secret = Value::map([("Name", Some("TOKEN".into())), ("Detector", Some("secret_name".into()))]);
            let state = |facet: &FacetDef| match facet.name == lambda::ENVIRONMENT_SECRETS.def.name {
                true => State::Known(Value::map([("TOKEN", Some(secret.clone()))])),
                false => State::Unread(Why::AccessDenied),
            };
            let facets = facets.iter().map(|facet| (*facet, state(facet))).collect();
            Reading { started: self.0, presence: Presence::Present, facets }
        }
    }
    let midnight = Second::parse(MIDNIGHT).unwrap();
    let (judge, store, aws) = (Judge::new(Settings::default()), Memory::new(), Variables(midnight.plus(2)));
    let ingest = Ingest::new(&store, &judge).reading(&aws, 86_400, Timing::default());
    let body = json!({"functionName": "orders", "environment": {}});
    let name = "UpdateFunctionConfiguration20150331v2";
    let record = trailhound_tests::record("lambda", name, midnight, 1, body.clone(), body).to_string();
    let change = interpret(&Record::parse(record.as_bytes()).unwrap()).unwrap();
    pollster::block_on(ingest.ingest(&change, midnight.plus(2))).unwrap();
    let findings = pollster::block_on(store.findings(&FindingQuery::default())).unwrap();
    let finding = findings.iter().find(|finding| *finding.rule == *"lambda-function-env-secret-free").unwrap();
    let episode = &finding.episodes[0];
    assert_eq!((finding.status, episode.opened_at), (Status::Open, midnight));
    assert_eq!(&*episode.opened_by.as_ref().unwrap().actor.name, "alice");
}

/// A call of a story: seconds after midnight, by how much its delivery is late, and what it does.
type Call = (i64, i64, Does);

#[derive(Clone)]
enum Does {
    Group(&'static str),
    DropGroup(&'static str),
    Open(&'static str, u16),
    OpenAll(&'static str),
    Close(&'static str, u16),
    Bucket(usize),
    Unblock(usize),
    AccountBlock(bool),
}

fn record(number: usize, time: Second, does: &Does) -> Json {
    let rule = |from: i64, to: i64, protocol: &str| {
        json!({"items": [{"ipProtocol": protocol, "fromPort": from, "toPort": to,
            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "groups": {}, "prefixListIds": {}}]})
    };
    let block = |on: bool| json!({"BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": on, "RestrictPublicBuckets": on});
    let done = json!({"_return": true});
    let (source, name, request, response) = match does {
        Does::Group(id) => (
            "ec2",
            "CreateSecurityGroup",
            json!({"groupName": id, "groupDescription": "d", "vpcId": "vpc-1"}),
            json!({"_return": true, "groupId": id}),
        ),
        Does::DropGroup(id) => ("ec2", "DeleteSecurityGroup", json!({"groupId": id}), done),
        Does::Open(id, port) => (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"groupId": id, "ipPermissions": rule(i64::from(*port), i64::from(*port), "tcp")}),
            done,
        ),
        Does::OpenAll(id) => {
            ("ec2", "AuthorizeSecurityGroupIngress", json!({"groupId": id, "ipPermissions": rule(-1, -1, "-1")}), done)
        }
        Does::Close(id, port) => (
            "ec2",
            "RevokeSecurityGroupIngress",
            json!({"groupId": id, "ipPermissions": rule(i64::from(*port), i64::from(*port), "tcp")}),
            done,
        ),
        Does::Bucket(n) => ("s3", "CreateBucket", json!({"bucketName": format!("bucket-{n:02}")}), Json::Null),
        Does::Unblock(n) => (
            "s3",
            "DeleteBucketPublicAccessBlock",
            json!({"bucketName": format!("bucket-{n:02}"), "publicAccessBlock": ""}),
            Json::Null,
        ),
        Does::AccountBlock(on) => (
            "s3",
            "PutAccountPublicAccessBlock",
            json!({"publicAccessBlock": "", "accountId": "111122223333", "PublicAccessBlockConfiguration": block(*on)}),
            Json::Null,
        ),
    };
    trailhound_tests::record(source, name, time, number, request, response)
}

/// The messages of a story, without their dates: seconds after midnight, kind, rule, resource.
fn told(calls: &[Call]) -> Vec<String> {
    let midnight = Second::parse(MIDNIGHT).unwrap();
    let records: Vec<(Json, i64)> = calls
        .iter()
        .enumerate()
        .map(|(number, (at, late, does))| (record(number, midnight.plus(*at), does), *late))
        .collect();
    let (messages, _) = live(&records, midnight.plus(400 * 86_400));
    let line = |message: trailhound_tests::account::Message| {
        let others = message.told.also.len();
        let finding = &message.told.finding;
        let also = if others > 0 { format!(" and {others} others") } else { String::new() };
        let at = message.sent.since(midnight);
        format!("{at} {} {} on {}{also}", message.told.alert.kind.word(), finding.rule, finding.resource.id)
    };
    messages.into_iter().map(line).collect()
}

#[test]
fn one_fault_is_one_alert() {
    use Does::{AccountBlock, Bucket, Close, DropGroup, Group, Open, OpenAll, Unblock};
    const DAY: i64 = 86_400;
    let buckets = |calls: &mut Vec<Call>| {
        for number in 0..40_usize {
            let at = 100 + i64::try_from(number).unwrap() * 10;
            calls.extend([(at, 0, Bucket(number)), (at + 5, 0, Unblock(number))]);
        }
    };
    let mut unblocked: Vec<Call> = vec![(0, 0, AccountBlock(true))];
    buckets(&mut unblocked);
    unblocked.push((DAY, 0, AccountBlock(false)));
    let stories: Vec<(&str, Vec<Call>, &[&str])> = vec![
        (
            "one open port",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 22))],
            &["65 opened ec2-security-group-ssh-closed on sg-1"],
        ),
        (
            "ssh open for a long time, then another port today",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 22)), (70 * DAY, 0, Open("sg-1", 6379))],
            &[
                "65 opened ec2-security-group-ssh-closed on sg-1",
                "6048005 opened ec2-security-group-high-risk-ports-closed on sg-1",
            ],
        ),
        (
            "a second dangerous port",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 6379)), (3_600, 0, Open("sg-1", 5432))],
            &[
                "65 opened ec2-security-group-high-risk-ports-closed on sg-1",
                "3605 widened ec2-security-group-high-risk-ports-closed on sg-1",
            ],
        ),
        (
            "open, close and open within seconds",
            vec![
                (0, 0, Group("sg-1")),
                (60, 0, Open("sg-1", 22)),
                (63, 0, Close("sg-1", 22)),
                (66, 0, Open("sg-1", 22)),
            ],
            &["65 opened ec2-security-group-ssh-closed on sg-1"],
        ),
        (
            "open for eight seconds",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 22)), (68, 0, Close("sg-1", 22))],
            &["65 opened ec2-security-group-ssh-closed on sg-1", "103 resolved ec2-security-group-ssh-closed on sg-1"],
        ),
        (
            "the closing arrives first",
            vec![(0, 0, Group("sg-1")), (60, 100, Open("sg-1", 22)), (68, 0, Close("sg-1", 22))],
            &["195 backdated ec2-security-group-ssh-closed on sg-1"],
        ),
        (
            "a deletion is told once it is sure",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 22)), (90, 0, DropGroup("sg-1"))],
            &["65 opened ec2-security-group-ssh-closed on sg-1", "95 retired ec2-security-group-ssh-closed on sg-1"],
        ),
        (
            "everything is opened where one port is open, and closed again",
            vec![(0, 0, Group("sg-1")), (60, 0, Open("sg-1", 22)), (3_600, 0, OpenAll("sg-1"))],
            &[
                "65 opened ec2-security-group-ssh-closed on sg-1",
                "3605 opened ec2-security-group-all-ports-closed on sg-1",
            ],
        ),
        // The buckets share a message, at once; the account's own fault is told when its settle check has confirmed it.
        (
            "the account's block is switched off over forty buckets",
            unblocked,
            &[
                "86405 opened s3-bucket-public-access-block on bucket-00 and 39 others",
                "86435 opened s3-account-public-access-block on self",
            ],
        ),
    ];
    let mut wrong = String::new();
    for (story, calls, expected) in stories {
        let told = told(&calls);
        if told != expected {
            writeln!(wrong, "{story}:\n  {}", told.join("\n  ")).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
