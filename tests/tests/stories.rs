//! Runs the stories of every rule: sequences of events, through the interpreter, the engine and a store in memory.
//!
//! A story stands in the rule's case file: `{"name": "...", "events": [{..., "then": "fail"}, ...]}`. An event gives what
//! matters of a CloudTrail record; the rest has defaults: a minute after the event before it, account 111122223333, region
//! eu-west-1 (us-east-1 for IAM and CloudFront), an IAM user as caller. `then` is the rule's answer after the event: pass, fail,
//! unknown, `not_applicable` or gone. `"resource"` names the resource by id, where the events touch several of the rule's
//! kinds; `"settings"` sets configurable lists.
//!
//! Over all stories of a rule, the events after which it begins to fail are exactly its `opens_on`, and the events after
//! which it stops failing are exactly its `closes_on`; what time alone turns is no event's doing. Where a case file says
//! under `log_cannot_tell` why no events can make the rule fail, losing and regaining a pass take the place of that, and an
//! event after which a story expects `unknown` may be declared as either. What an event touches is what its interpreter
//! declares.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use trailhound_engine::port::Store;
use trailhound_engine::{Fold, Histories, Ingest, Judge};
use trailhound_model::{Change, Kind, Operation, Presence, ResourceId, Second, Snapshot, Target, kinds};
use trailhound_rules::{Rule, Settings};
use trailhound_store::Memory;
use trailhound_trail::Record;
use trailhound_trail::interpret::{self, EventSpec, Verb};

#[derive(Deserialize)]
struct CaseFile {
    #[serde(default)]
    stories: Vec<Story>,
    /// Why no events can make the rule fail: they never show that something does not exist.
    #[serde(default)]
    log_cannot_tell: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    name: String,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    settings: Settings,
    events: Vec<Map<String, Value>>,
}

/// What the events of a story did to the rule.
#[derive(Default)]
struct Turns {
    opened: BTreeSet<String>,
    closed: BTreeSet<String>,
    /// After these the log cannot tell.
    doubted: BTreeSet<String>,
}

fn story_events(story: &Story) -> Vec<(Value, Option<String>)> {
    let start = Second::parse("2026-03-01T10:00:00Z").unwrap();
    let mut events = Vec::new();
    for (index, given) in story.events.iter().enumerate() {
        let minutes = i64::try_from(index).unwrap() * 60;
        let source = given.get("eventSource").and_then(Value::as_str).unwrap_or_default();
        let global = matches!(source, "iam.amazonaws.com" | "cloudfront.amazonaws.com" | "signin.amazonaws.com");
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": "AIDAEXAMPLE",
                "arn": "arn:aws:iam::111122223333:user/alice",
                "accountId": "111122223333",
                "userName": "alice"
            },
            "eventTime": start.plus(minutes).to_string(),
            "awsRegion": if global { "us-east-1" } else { "eu-west-1" },
            "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2.15.0",
            "requestParameters": null,
            "responseElements": null,
            "requestID": format!("request-{index}"),
            "eventID": format!("00000000-0000-4000-8000-{index:012}"),
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management"
        });
        let mut then = None;
        for (name, value) in given {
            if name == "then" {
                then = value.as_str().map(str::to_owned);
            } else {
                record[name] = value.clone();
            }
        }
        events.push((record, then));
    }
    events
}

/// The rule's answer about the resource as the store has it now.
fn answer(rule: &Rule, settings: &Settings, store: &Memory, resource: &ResourceId, now: Second) -> String {
    pollster::block_on(async {
        let every: Vec<Kind> = kinds::ALL.iter().map(|def| Kind::of(def)).collect();
        let ids = store.of_kinds(&every, None).await.unwrap();
        let records = store.load(&ids).await.unwrap();
        let histories = Histories::of(ids.iter().zip(records.iter().map(|record| &record.ledger)));
        let Some(at) = ids.iter().position(|id| id == resource) else { return "none".to_owned() };
        let deaths = histories.owner_deaths(resource);
        let (life, _) = Fold::new(resource.kind, &records[at].ledger, &deaths).finish();
        if life.presence == Presence::Gone {
            return "gone".to_owned();
        }
        let relatives = histories.at(resource, &life, now);
        rule.verdict(&Snapshot::new(resource, now, &life, &relatives), settings).word().to_owned()
    })
}

/// The one resource that a story is about.
fn subject(rule: &Rule, story: &Story, store: &Memory) -> Result<Option<ResourceId>, Failed> {
    let kinds: Vec<Kind> = rule.kinds.iter().map(|kind| Kind::of(kind)).collect();
    let mut ids = pollster::block_on(store.of_kinds(&kinds, None)).unwrap();
    if let Some(name) = &story.resource {
        ids.retain(|id| *id.id == **name);
    }
    match ids.len() {
        0 | 1 => Ok(ids.pop()),
        _ => Err(format!("the events touch several resources, name one: {ids:?}").into()),
    }
}

/// What the interpreter declares must cover what it does.
fn is_declared(spec: &EventSpec, change: &Change) -> Result<(), Failed> {
    for effect in &change.effects {
        let kind = match &effect.target {
            Target::Resource(resource) => resource.kind,
            Target::Alias(alias) => alias.kind,
        };
        for operation in &effect.operations {
            let (verbs, facets): (&[Verb], Vec<&str>) = match operation {
                Operation::Create { .. } => (&[Verb::Creates], Vec::new()),
                Operation::Delete => (&[Verb::Deletes], Vec::new()),
                Operation::Restore => (&[Verb::Creates, Verb::Sets, Verb::Patches], Vec::new()),
                Operation::Set { facet, .. } | Operation::Clear { facet } => {
                    (&[Verb::Sets, Verb::Patches], vec![facet])
                }
                Operation::Stale { facet: Some(facet), .. } => {
                    (&[Verb::Sets, Verb::Patches, Verb::Stales], vec![facet])
                }
                Operation::Stale { facet: None, .. } => (&[Verb::Stales], Vec::new()),
                Operation::Put { facet, .. } | Operation::Remove { facet, .. } => {
                    (&[Verb::Patches, Verb::Sets], vec![facet])
                }
                Operation::Replace { facets, .. } => (&[Verb::Patches], facets.iter().map(|facet| &**facet).collect()),
                Operation::Read { .. } => return Err("an event reads nothing".into()),
            };
            // Activity is observed on every event and declared by none.
            if facets.first().is_some_and(|facet| facet.ends_with("Activity")) {
                continue;
            }
            let declared = |facet: Option<&&str>| {
                spec.does.iter().any(|does| {
                    let creates = does.verb == Verb::Creates && Kind::of(does.kind) == kind;
                    let matches = verbs.contains(&does.verb)
                        && Kind::of(does.kind) == kind
                        && facet.is_none_or(|facet| does.facets.iter().any(|own| own.name == *facet));
                    // A creating call may go on to write facets of the new resource.
                    matches || creates
                })
            };
            let all = if facets.is_empty() { declared(None) } else { facets.iter().all(|facet| declared(Some(facet))) };
            if !all {
                return Err(format!("{} does not declare {operation:?} on {kind}", spec.name).into());
            }
        }
    }
    Ok(())
}

fn run_story(rule: &'static Rule, story: &Story, blind: bool, turns: &mut Turns) -> Result<(), Failed> {
    let store = Memory::new();
    let mut settings = story.settings.clone();
    settings.switched_on.insert(rule.id());
    let judge = Judge::new(settings.clone());
    let is_bad = |answer: &str| if blind { answer != "pass" } else { answer == "fail" };
    let mut before = "none".to_owned();
    for (index, (record, then)) in story_events(story).into_iter().enumerate() {
        let text = record.to_string();
        let label = format!("event {} ({})", index + 1, record["eventName"].as_str().unwrap_or("?"));
        let record = Record::parse(text.as_bytes()).map_err(|error| format!("{label}: {error}"))?;
        let name = record.event_name.to_string();
        // What time alone turns, no event turned.
        if rule.timed
            && let Some(resource) = subject(rule, story, &store)?
        {
            before = answer(rule, &settings, &store, &resource, record.event_time);
        }
        match interpret::interpret(&record) {
            Ok(change) => {
                if let Some(spec) = interpret::spec(&record.event_source, &record.event_name) {
                    is_declared(spec, &change)
                        .map_err(|error| format!("{label}: {}", error.message().unwrap_or("")))?;
                }
                pollster::block_on(Ingest::new(&store, &judge).ingest(&change, record.event_time))
                    .map_err(|error| format!("{label}: {error}"))?;
            }
            // A story may show that a call changes nothing: then its `then` is the answer of before.
            Err(nothing) if then.is_none() => return Err(format!("{label} means nothing: {nothing}").into()),
            Err(_) => {}
        }
        let now = match subject(rule, story, &store)? {
            Some(resource) => answer(rule, &settings, &store, &resource, record.event_time),
            None => "none".to_owned(),
        };
        if let Some(expected) = &then
            && *expected != now
        {
            return Err(format!("{label}: expected {expected}, got {now}").into());
        }
        if blind && then.as_deref() == Some("unknown") {
            turns.doubted.insert(name.clone());
        }
        if is_bad(&now) && !is_bad(&before) {
            turns.opened.insert(name.clone());
        }
        if is_bad(&before) && !is_bad(&now) {
            turns.closed.insert(name);
        }
        before = now;
    }
    Ok(())
}

fn run_rule(rule: &'static Rule, file: &CaseFile) -> Result<(), Failed> {
    let mut turns = Turns::default();
    let mut failures = Vec::new();
    for story in &file.stories {
        if let Err(error) = run_story(rule, story, file.log_cannot_tell.is_some(), &mut turns) {
            failures.push(format!("{}: {}", story.name, error.message().unwrap_or_default()));
        }
    }
    for (word, declared, run) in
        [("opens_on", rule.opens_on, &turns.opened), ("closes_on", rule.closes_on, &turns.closed)]
    {
        let declared: BTreeSet<&str> = declared.iter().copied().collect();
        let run: BTreeSet<&str> = run.iter().map(String::as_str).collect();
        for name in declared.difference(&run).filter(|name| !turns.doubted.contains(**name)) {
            failures.push(format!("{word} {name} is declared and no story shows it"));
        }
        for name in run.difference(&declared) {
            failures.push(format!("{word} {name} is shown by a story and not declared"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (id, rule) in trailhound_rules::all() {
        let mut parts: Vec<&str> = rule.module.split("::").skip(1).collect();
        let stem = parts.pop().unwrap_or_default();
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/rules/src")
            .join(parts.join("/"))
            .join(format!("{stem}.cases.json"));
        trials.push(Trial::test(format!("stories::{id}"), move || {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file: CaseFile = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            run_rule(rule, &file)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
