//! What was so before anybody looked is told in one message per rule, and nothing of it is lost.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use serde_json::json;
use trailhound_engine::port::{Collector, FindingQuery, Outbox, Presence, Reading, Store};
use trailhound_engine::told::group;
use trailhound_engine::{Ingest, Ingested, Judge, Timing, Told, Work};
use trailhound_model::kinds::config::{DELIVERY_CHANNEL, RECORDING};
use trailhound_model::{FacetDef, ResourceId, Second, State, Status, Value, Why};
use trailhound_rules::Settings;
use trailhound_store::Memory;
use trailhound_trail::{Record, interpret};

const RULE: &str = "config-region-recorder";
const REGIONS: [&str; 4] = ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"];

/// An AWS that shows of everything only whether Config records: in no region, or in all.
struct Aws {
    now: Second,
    records: bool,
}

impl Collector for Aws {
    async fn read(&self, _: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
        let state = |facet: &FacetDef| match facet.name {
            name if [RECORDING.def.name, DELIVERY_CHANNEL.def.name].contains(&name) => {
                State::Known(Value::from(self.records))
            }
            _ => State::Unread(Why::AccessDenied),
        };
        let facets = facets.iter().map(|facet| (*facet, state(facet))).collect();
        Reading { started: self.now, presence: Presence::Unproven, facets }
    }
}

/// An account of which nothing is known yet, and what waits in its queue.
struct World {
    store: Memory,
    judge: Judge,
    queue: BTreeMap<(Second, usize), Work>,
    records: bool,
    sent: usize,
    messages: Vec<Told>,
}

impl World {
    /// Somebody makes a security group in each of the regions, a minute apart.
    fn seen() -> Self {
        let (store, judge) = (Memory::new(), Judge::new(Settings::default()));
        let mut world = Self { store, judge, queue: BTreeMap::new(), records: false, sent: 0, messages: Vec::new() };
        for (number, region) in (0..).zip(REGIONS) {
            let request = json!({"groupName": "g", "groupDescription": "d", "vpcId": "vpc-1"});
            world.event(region, at(60 * number), "ec2", "CreateSecurityGroup", request);
        }
        world
    }

    fn take(&mut self, ingested: Ingested) {
        self.messages.extend(group(ingested.alerts));
        for work in ingested.works {
            self.sent += 1;
            self.queue.insert((work.due(), self.sent), work);
        }
    }

    fn event(&mut self, region: &str, time: Second, source: &str, name: &str, request: serde_json::Value) {
        self.sent += 1;
        let response = json!({"_return": true, "groupId": "sg-1"});
        let mut record = trailhound_tests::record(source, name, time, self.sent, request, response);
        record["awsRegion"] = region.into();
        let text = record.to_string();
        let change = interpret::interpret(&Record::parse(text.as_bytes()).unwrap()).unwrap();
        let now = time.plus(5);
        let aws = Aws { now, records: self.records };
        let ingest = Ingest::new(&self.store, &self.judge).reading(&aws, 48 * 3_600, Timing::default());
        let ingested = pollster::block_on(ingest.ingest(&change, now)).unwrap();
        self.take(ingested);
    }

    /// Does the work that is due up to a second, but for what the queue loses. Says how often something was kept back.
    fn work(&mut self, until: Second, lost: fn(&Work) -> bool) -> u64 {
        let mut waiting = 0;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((now, _), work) = entry.remove_entry();
            if lost(&work) {
                continue;
            }
            let aws = Aws { now, records: self.records };
            let ingest = Ingest::new(&self.store, &self.judge).reading(&aws, 48 * 3_600, Timing::default());
            let ingested = pollster::block_on(ingest.work(&work, now)).unwrap();
            waiting += ingested.first_sight;
            self.take(ingested);
        }
        waiting
    }

    /// The messages about the rule: of what kind, and about how many regions.
    fn told(&self) -> Vec<(&'static str, usize)> {
        let about = self.messages.iter().filter(|told| *told.finding.rule == *RULE);
        about.map(|told| (told.alert.kind.word(), told.also.len() + 1)).collect()
    }
}

fn at(seconds: i64) -> Second {
    Second::parse("2026-03-04T00:00:00Z").unwrap().plus(seconds)
}

const NOTHING: fn(&Work) -> bool = |_| false;
const FIRST_SIGHTS: fn(&Work) -> bool = |work| matches!(work, Work::FirstSight { .. });

#[test]
fn regions_seen_for_the_first_time_are_one_message() {
    let mut world = World::seen();
    let waiting = world.work(at(500), NOTHING);
    assert!(waiting >= 4, "counted: {waiting}");
    assert_eq!(world.told(), [], "not one by one");
    let query = FindingQuery { rule: Some(RULE.to_owned()), status: vec![Status::Open], ..FindingQuery::default() };
    assert_eq!(pollster::block_on(world.store.findings(&query)).unwrap().len(), 4, "in the table at once");
    world.work(at(2_000), NOTHING);
    assert_eq!(world.told(), [("opened", 4)]);
    let pending = pollster::block_on(world.store.pending(at(9_000), 99)).unwrap();
    assert_eq!(
        pending.iter().filter(|told| *told.finding.rule == *RULE).count(),
        4,
        "each stays pending until published"
    );

    // Who was told that it is open is told that it is not.
    world.records = true;
    world.event(
        "eu-west-1",
        at(4_000),
        "config",
        "StartConfigurationRecorder",
        json!({"configurationRecorderName": "d"}),
    );
    world.work(at(5_000), NOTHING);
    assert_eq!(world.told(), [("opened", 4), ("resolved", 1)]);
}

#[test]
fn what_a_call_does_is_told_by_itself() {
    let mut world = World::seen();
    world.records = true;
    world.work(at(2_000), NOTHING);
    assert_eq!(world.told(), []);
    world.records = false;
    world.event(
        "eu-west-2",
        at(3_000),
        "config",
        "StopConfigurationRecorder",
        json!({"configurationRecorderName": "d"}),
    );
    world.work(at(3_100), NOTHING);
    assert_eq!(world.told(), [("opened", 1)], "half a minute later, confirmed");
}

#[test]
fn what_the_queue_loses_is_found_again() {
    let mut world = World::seen();
    world.work(at(2_000), FIRST_SIGHTS);
    assert_eq!(world.told(), []);
    let overdue = pollster::block_on(world.store.overdue(at(2_000), 99)).unwrap();
    let works: Vec<Work> = overdue.into_iter().filter(FIRST_SIGHTS).collect();
    assert!(works.len() >= 4, "one with every record: {works:?}");
    world.take(Ingested { works, ..Ingested::default() });
    world.work(at(2_000), NOTHING);
    assert_eq!(world.told(), [("opened", 4)]);
    let left = pollster::block_on(world.store.overdue(at(9_000), 99)).unwrap();
    assert!(!left.iter().any(FIRST_SIGHTS), "{left:?}");
}

#[test]
fn what_is_mended_before_it_is_told_waits_no_more() {
    let mut world = World::seen();
    world.work(at(500), FIRST_SIGHTS);
    world.records = true;
    for (number, region) in (0..).zip(REGIONS) {
        let request = json!({"configurationRecorderName": "d"});
        world.event(region, at(510 + number), "config", "StartConfigurationRecorder", request);
    }
    world.work(at(4_000), NOTHING);
    assert!(world.told().iter().all(|(kind, _)| *kind != "opened"), "{:?}", world.told());
    let left = pollster::block_on(world.store.overdue(at(9_000), 99)).unwrap();
    assert!(!left.iter().any(FIRST_SIGHTS), "{left:?}");
}
