//! What an owner accepts is recorded and not told; that it is not accepted any more is.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;

use serde_json::json;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::{Blind, Ingest, Ingested, Judge, Timing, Work};
use trailhound_model::kinds::ec2::group::SECURITY_GROUP;
use trailhound_model::{Kind, Second, Status};
use trailhound_rules::{Exceptions, Settings};
use trailhound_store::Memory;
use trailhound_trail::{Record, interpret};

const ACCEPTED: &str = r#"[[exception]]
rule = "ec2-security-group-ssh-closed"
resource = "sg-1"
entries = ["tcp 22 0.0.0.0/0"]
owner = "platform@example.com"
reason = "bastion"
expires = 2026-03-31
"#;

/// An account whose owner accepts something, and what its people are told.
struct World {
    store: Memory,
    judge: Judge,
    exceptions: Arc<Exceptions>,
    calls: usize,
}

impl World {
    fn accepting(text: &str) -> Self {
        let exceptions = Arc::new(Exceptions::from_toml(text).unwrap());
        let (store, judge) = (Memory::new(), Judge::new(Settings::default()));
        let mut world = Self { store, judge, exceptions, calls: 0 };
        let request = json!({"groupName": "g", "groupDescription": "d", "vpcId": "vpc-1"});
        world.record("CreateSecurityGroup", request, "2026-03-04T09:00:00Z");
        world
    }

    fn ingest(&self) -> Ingest<'_, Memory, Blind> {
        let ingest = Ingest::new(&self.store, &self.judge).reading(&Blind, 48 * 3_600, Timing::default());
        ingest.accept(Arc::clone(&self.exceptions));
        ingest
    }

    /// Opens or closes a port; gives what people are told at once and when it has settled.
    fn call(&mut self, name: &str, port: u16, time: &str) -> Vec<String> {
        let rule = json!({"items": [{"ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": {},
            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "prefixListIds": {}}]});
        self.record(name, json!({"groupId": "sg-1", "ipPermissions": rule}), time)
    }

    fn record(&mut self, name: &str, request: serde_json::Value, time: &str) -> Vec<String> {
        self.calls += 1;
        let time = Second::parse(time).unwrap();
        let response = json!({"_return": true, "groupId": "sg-1"});
        let text = trailhound_tests::record("ec2", name, time, self.calls, request, response).to_string();
        let change = interpret::interpret(&Record::parse(text.as_bytes()).unwrap()).unwrap();
        let ingested = pollster::block_on(self.ingest().ingest(&change, time.plus(5))).unwrap();
        let mut lines = told(&ingested);
        for work in ingested.works.iter().filter(|work| matches!(work, Work::Settle { .. })) {
            lines.extend(told(&pollster::block_on(self.ingest().work(work, work.due())).unwrap()));
        }
        lines
    }

    /// The daily sweep.
    fn sweep(&self, time: &str) -> Vec<String> {
        let (kind, account) = (Kind::of(&SECURITY_GROUP), "111122223333".into());
        let due = Second::parse(time).unwrap();
        told(&pollster::block_on(self.ingest().work(&Work::Sweep { kind, account, due, after: None }, due)).unwrap())
    }

    fn open(&self) -> usize {
        let query = FindingQuery { status: vec![Status::Open], ..FindingQuery::default() };
        pollster::block_on(self.store.findings(&query)).unwrap().len()
    }
}

fn told(ingested: &Ingested) -> Vec<String> {
    let line = |told: &trailhound_engine::Told| {
        format!("{} {} {}", told.alert.kind.word(), told.finding.rule, told.alert.time)
    };
    ingested.alerts.iter().map(line).collect()
}

const OPEN: &str = "AuthorizeSecurityGroupIngress";
const CLOSE: &str = "RevokeSecurityGroupIngress";

#[test]
fn what_is_accepted_is_not_told_until_its_day_is_over() {
    let mut world = World::accepting(ACCEPTED);
    assert_eq!(world.call(OPEN, 22, "2026-03-04T10:00:00Z"), Vec::<String>::new());
    assert_eq!(world.open(), 1, "it is recorded");
    let rdp = ["opened ec2-security-group-rdp-closed 2026-03-04T11:00:00Z"];
    assert_eq!(world.call(OPEN, 3389, "2026-03-04T11:00:00Z"), rdp, "another rule is not accepted");
    assert_eq!(world.sweep("2026-03-31T12:00:00Z"), Vec::<String>::new());
    let lapsed = ["lapsed ec2-security-group-ssh-closed 2026-04-01T00:00:00Z"];
    assert_eq!(world.sweep("2026-04-01T03:00:00Z"), lapsed);
    assert_eq!(world.sweep("2026-04-02T03:00:00Z"), Vec::<String>::new(), "told once");
    let resolved = ["resolved ec2-security-group-ssh-closed 2026-04-03T10:00:00Z"];
    assert_eq!(world.call(CLOSE, 22, "2026-04-03T10:00:00Z"), resolved);
}

#[test]
fn what_was_accepted_and_is_mended_is_no_news() {
    let mut world = World::accepting(ACCEPTED);
    assert_eq!(world.call(OPEN, 22, "2026-03-04T10:00:00Z"), Vec::<String>::new());
    assert_eq!(world.call(CLOSE, 22, "2026-03-05T10:00:00Z"), Vec::<String>::new());
    assert_eq!(world.open(), 0);
    world.exceptions = Arc::default();
    let again = ["opened ec2-security-group-ssh-closed 2026-03-06T10:00:00Z"];
    assert_eq!(world.call(OPEN, 22, "2026-03-06T10:00:00Z"), again);
}

#[test]
fn an_exception_that_is_taken_back_tells_what_it_hid() {
    let mut world = World::accepting(ACCEPTED);
    assert_eq!(world.call(OPEN, 22, "2026-03-04T10:00:00Z"), Vec::<String>::new());
    world.exceptions = Arc::default();
    assert_eq!(world.sweep("2026-03-05T03:00:00Z"), ["lapsed ec2-security-group-ssh-closed 2026-03-05T03:00:00Z"]);
    assert_eq!(world.sweep("2026-03-06T03:00:00Z"), Vec::<String>::new());
}
