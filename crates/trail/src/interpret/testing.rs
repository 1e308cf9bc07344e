//! For the interpreters' tests: what a record means, in lines that can be compared.

use std::ops::ControlFlow;
use std::path::PathBuf;

use trailhound_model::{Change, GLOBAL, Operation, Removal, ResourceId, State, Target, Value};

use super::{Nothing, interpret, is_watched};
use crate::Record;
use crate::reader::{Options, RawRecord, Sink, read};

/// Interprets a record made of these members and, for what they leave out, of an IAM user's call in `eu-west-1`.
pub(super) fn change(members: &str) -> Result<Change, Nothing> {
    let mut record = serde_json::json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/ops/carol",
            "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "carol"
        },
        "eventTime": "2026-03-01T10:20:30Z", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2", "requestParameters": null, "responseElements": null, "eventID": "e-1",
        "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
        "eventCategory": "Management"
    });
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(members).unwrap_or_else(|error| panic!("{error} in {members}"));
    record.as_object_mut().unwrap().extend(members);
    interpret(&Record::parse(record.to_string().as_bytes()).unwrap())
}

/// The operations of a change, one per line: target, operation, facet, key and value.
pub(super) fn lines(change: &Change) -> Vec<String> {
    let mut lines = Vec::new();
    for effect in &change.effects {
        let target = match &effect.target {
            Target::Resource(id) => name(id),
            Target::Alias(alias) => format!("{} {}={}", alias.kind.name(), alias.space, alias.name),
        };
        for operation in &effect.operations {
            let told = match operation {
                Operation::Create { birth, stated } => {
                    lines.push(format!("{target} create {birth:?}"));
                    for (facet, state) in stated {
                        lines.push(match state {
                            State::Known(value) => format!("{target}   {facet} {}", value.to_json()),
                            State::Partial(entries, why) => {
                                let entries = Value::Map(entries.clone()).to_json();
                                format!("{target}   {facet} Partial({entries}, {why:?})")
                            }
                            other => format!("{target}   {facet} {other:?}"),
                        });
                    }
                    continue;
                }
                Operation::Set { facet, value } => format!("set {facet} {}", value.to_json()),
                Operation::Clear { facet } => format!("clear {facet}"),
                Operation::Put { facet, key, value } => format!("put {facet} {key} {}", value.to_json()),
                Operation::Remove { facet, what: Removal::Key(key) } => format!("remove {facet} {key}"),
                Operation::Remove { facet, what: Removal::Member(name, value) } => {
                    format!("remove {facet} {name}={}", value.to_json())
                }
                Operation::Replace { facets, member, key, value } => {
                    format!("replace {facets:?} {}={} {key} {}", member.0, member.1.to_json(), value.to_json())
                }
                Operation::Stale { facet, why } => format!("stale {} {}", facet.as_deref().unwrap_or("*"), why.code()),
                Operation::Restore => "restore".to_owned(),
                Operation::Delete => "delete".to_owned(),
                Operation::Read { states } => format!("read {} facets", states.len()),
            };
            lines.push(format!("{target} {told}"));
        }
    }
    lines
}

/// A resource by the last part of its kind and its id, with account and region where these are not those that [`change`]
/// fills in.
fn name(resource: &ResourceId) -> String {
    let ResourceId { account, region, kind, id, .. } = resource;
    let at_home = &**account == "111122223333" && ["eu-west-1", GLOBAL].contains(&&**region);
    let place = if at_home { String::new() } else { format!("@{account}/{region}") };
    format!("{} {id}{place}", kind.name().rsplit("::").next().unwrap())
}

/// The names that a record teaches, one per line.
pub(super) fn names(members: &str) -> Vec<String> {
    let bindings = change(members).unwrap().bindings.into_iter();
    let line = |binding: trailhound_model::Binding| {
        let verb = if binding.birth { "begins to mean" } else { "means" };
        format!("{} {} {verb} {}", binding.alias.space, binding.alias.name, name(&binding.resource))
    };
    bindings.map(line).collect()
}

/// What a record means, line by line; why it means nothing as a single line.
pub(super) fn told(members: &str) -> Vec<String> {
    match change(members) {
        Ok(change) => lines(&change),
        Err(nothing) => vec![format!("nothing: {nothing}")],
    }
}

/// What a record means and teaches: as [`told`], with all that a creation states on its line, and then the [`names`].
pub(super) fn meaning(members: &str) -> Vec<String> {
    let mut meaning: Vec<String> = Vec::new();
    for line in told(members) {
        match (line.split_once("   "), meaning.last_mut()) {
            (Some((_, stated)), Some(creation)) => *creation = format!("{creation}; {stated}"),
            _ => meaning.push(line),
        }
    }
    if change(members).is_ok() {
        meaning.extend(names(members));
    }
    meaning
}

/// Records from real accounts, kept beside the repository. `None`, with a note, where they are absent.
pub(super) fn corpora() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not here", folder.display());
    None
}

/// What the watched records of one service mean in the archive of a simulated attack, each as the call's name and its
/// lines, in no order. `None` where the archive is absent.
pub(super) fn attack(source: &str) -> Option<Vec<(String, Vec<String>)>> {
    struct Told<'s>(&'s str, Vec<(String, Vec<String>)>);

    impl Sink for Told<'_> {
        fn record(&mut self, _: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
            if record.event_source == self.0 {
                let told = match interpret(&record) {
                    Ok(change) => lines(&change),
                    Err(nothing) => vec![format!("nothing: {nothing}")],
                };
                self.1.push((record.event_name.to_string(), told));
            }
            ControlFlow::Continue(())
        }
    }

    let archive = corpora()?.join("archives/invictus/CloudTrail");
    let wanted = |name: &[u8]| std::str::from_utf8(name).is_ok_and(is_watched);
    let read = read(&[archive], &Options::default(), &wanted, || Told(source, Vec::new()));
    Some(read.sinks.into_iter().flat_map(|sink| sink.1).collect())
}

/// What the watched records of one service mean in collections of single records, each as the call's name and its lines.
/// Most come from other tools' tests, so some are cut or made up. `None` where the collections are absent.
pub(super) fn collected(source: &str) -> Option<Vec<(String, Vec<String>)>> {
    let mut told = Vec::new();
    for file in std::fs::read_dir(corpora()?.join("cloudtrail")).unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let kept: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = kept["record"].to_string();
            let Ok(record) = Record::parse(text.as_bytes()) else { continue };
            if record.event_source == source && is_watched(&record.event_name) {
                let meaning = match interpret(&record) {
                    Ok(change) => lines(&change),
                    Err(nothing) => vec![format!("nothing: {nothing}")],
                };
                told.push((record.event_name.to_string(), meaning));
            }
        }
    }
    Some(told)
}
