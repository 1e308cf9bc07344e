//! A scenario: calls that make a resource, and the events that CloudTrail writes of them, in a file of `scenarios/`.
//!
//! `about KIND ID` names the resource and `on SERVER` where it is made. `NAME = call SERVICE OPERATION {..}` makes a call and
//! keeps its answer, `let NAME = {..}` keeps a value, `${NAME.member.0}` stands for either; one in a text that holds more is
//! written into it. `event SERVICE NAME REQUEST RESPONSE` is an event. `missing ID` names a resource that was never made.
//! Indented lines continue the one before. From `reads` on, a line per facet says what came of it; what is said after `because` is
//! for people, and has to be said where the two routes differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
use trailhound_emulator::{ACCESS_KEY, ACCOUNT, Aws, REGION};
use trailhound_engine::fold::Fold;
use trailhound_engine::port::{Collector as _, Presence, Reading};
use trailhound_model::{Alias, Change, Effect, Entry, GLOBAL, Kind, Ledger, ResourceId, Scope, State, Target, Value};
use trailhound_trail::Record;
use trailhound_trail::interpret::interpret;

/// A file of `scenarios/`.
pub(crate) struct Scenario {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `ministack` or `moto`.
    pub(crate) server: String,
    id: String,
    steps: Vec<Step>,
    missing: Vec<String>,
    /// What comes of it, a line per facet.
    pub(crate) reads: Vec<Comparison>,
}

enum Step {
    Let { name: String, value: Json },
    Call { name: String, service: String, operation: String, parameters: Json },
    Event { service: String, name: String, request: Json, response: Json },
}

/// What the two routes say of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) facet: String,
    pub(crate) outcome: Outcome,
    /// Why, where that is no matter of course.
    pub(crate) because: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Both say the same value.
    Agrees,
    /// Both say that there is none, or an empty list.
    AgreesOnNone,
    /// Both say something, and not the same.
    Differs,
    /// The events do not tell.
    OnlyRead,
    /// The read does not tell.
    OnlyFolded,
    /// Neither tells.
    Unknown,
}

impl Outcome {
    const ALL: [(Self, &str); 6] = [
        (Self::Agrees, "agrees"),
        (Self::AgreesOnNone, "agrees on none"),
        (Self::Differs, "differs"),
        (Self::OnlyRead, "only read"),
        (Self::OnlyFolded, "only folded"),
        (Self::Unknown, "unknown"),
    ];

    fn of(read: &State, folded: &State) -> Self {
        let tells = |state: &State| matches!(state, State::Known(_) | State::Absent);
        let none = match read {
            State::Absent => true,
            State::Known(Value::Map(map)) => map.is_empty(),
            _ => false,
        };
        match (tells(read), tells(folded)) {
            (true, true) if read != folded => Self::Differs,
            (true, true) if none => Self::AgreesOnNone,
            (true, true) => Self::Agrees,
            (true, false) => Self::OnlyRead,
            (false, true) => Self::OnlyFolded,
            (false, false) => Self::Unknown,
        }
    }

    /// Whether a person has to say why.
    fn wants_a_reason(self) -> bool {
        matches!(self, Self::Differs | Self::OnlyFolded | Self::Unknown)
    }
}

impl Comparison {
    fn parse(line: &str) -> Option<Self> {
        let (said, because) = match line.split_once(" because ") {
            Some((said, because)) => (said, Some(because.to_owned())),
            None => (line, None),
        };
        let (outcome, words) = Outcome::ALL.iter().rev().find(|(_, words)| said.ends_with(&format!(" {words}")))?;
        let facet = said.strip_suffix(words)?.trim_end().to_owned();
        Some(Self { facet, outcome: *outcome, because })
    }

    fn line(&self) -> String {
        let words = Outcome::ALL.iter().find(|(outcome, _)| *outcome == self.outcome).unwrap().1;
        let because = self.because.as_ref().map(|why| format!(" because {why}")).unwrap_or_default();
        format!("{} {words}{because}", self.facet)
    }
}

/// All scenarios, in the order of their names.
pub(crate) fn all() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(Scenario::parse).collect()
}

impl Scenario {
    fn parse(path: PathBuf) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let (steps, reads) = text.split_once("\nreads\n").unwrap_or_else(|| panic!("{name} has no `reads`"));
        let mut scenario = Self {
            path,
            kind: Kind::named("AWS::S3::Bucket").unwrap(),
            server: String::new(),
            id: String::new(),
            steps: Vec::new(),
            missing: Vec::new(),
            reads: reads
                .lines()
                .map(|line| Comparison::parse(line).unwrap_or_else(|| panic!("{name}: {line}")))
                .collect(),
            name,
        };
        for line in steps.replace("\n ", " ").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            scenario.take(line);
        }
        scenario
    }

    fn take(&mut self, line: &str) {
        let bad = || -> ! { panic!("{}: {line}", self.name) };
        let json = |text: &str| -> Vec<Json> {
            let values = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<_>, _>>();
            values.unwrap_or_else(|error| panic!("{}: {error}: {line}", self.name))
        };
        let (words, values) = match line.find(" {") {
            Some(at) => (&line[..at], json(&line[at..])),
            None => (line, Vec::new()),
        };
        let mut values = values.into_iter();
        match *words.splitn(6, ' ').collect::<Vec<_>>() {
            ["about", kind, ref id @ ..] => {
                self.kind = Kind::named(kind).unwrap_or_else(|| bad());
                self.id = id.join(" ");
            }
            ["on", server] => server.clone_into(&mut self.server),
            ["missing", id] => self.missing.push(id.to_owned()),
            ["let", name, "="] => {
                let value = values.next().unwrap_or_else(|| bad());
                self.steps.push(Step::Let { name: name.to_owned(), value });
            }
            ["call", service, operation] | [_, "=", "call", service, operation] => {
                let name = words.split_once(" = ").map_or("", |(name, _)| name).to_owned();
                let parameters = values.next().unwrap_or_else(|| json!({}));
                let (service, operation) = (service.to_owned(), operation.to_owned());
                self.steps.push(Step::Call { name, service, operation, parameters });
            }
            ["event", service, name] => {
                let request = values.next().unwrap_or_default();
                let response = values.next().unwrap_or_default();
                self.steps.push(Step::Event { service: service.to_owned(), name: name.to_owned(), request, response });
            }
            _ => bad(),
        }
    }

    /// Makes the resource, reads it, and compares. The error is what went wrong before anything could be compared.
    pub(crate) async fn play(&self, aws: &Aws, collector: &Collector) -> Result<Vec<Comparison>, String> {
        let mut names: BTreeMap<&str, Json> = BTreeMap::from([("account", ACCOUNT.into()), ("region", REGION.into())]);
        let mut changes = Vec::new();
        for step in &self.steps {
            match step {
                Step::Let { name, value } => {
                    let value = filled(value, &names)?;
                    names.insert(name, value);
                }
                Step::Call { name, service, operation, parameters } => {
                    let answer = aws.call(service, operation, filled(parameters, &names)?);
                    let answer = answer.map_err(|error| format!("{operation}: {error}"))?;
                    names.insert(name, answer);
                }
                Step::Event { service, name, request, response } => {
                    let (request, response) = (filled(request, &names)?, filled(response, &names)?);
                    let text = record(changes.len(), service, name, &request, &response);
                    let record = Record::parse(text.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
                    changes.push(interpret(&record).map_err(|nothing| format!("{name}: {nothing}"))?);
                }
            }
        }
        let resource = self.resource(filled(&self.id.as_str().into(), &names)?.as_str().unwrap_or_default());
        let mut ledger = Ledger::default();
        let meant = |alias: &Alias| {
            let mut bindings = changes.iter().flat_map(|change: &Change| &change.bindings);
            bindings.any(|binding| binding.alias == *alias && binding.resource == resource)
        };
        for change in &changes {
            let ours = |effect: &&Effect| match &effect.target {
                Target::Resource(target) => *target == resource,
                Target::Alias(alias) => meant(alias),
            };
            for effect in change.effects.iter().filter(ours) {
                ledger.insert(Entry {
                    cause: Arc::clone(&change.cause),
                    operations: effect.operations.clone(),
                    replaces: change.replaces.clone(),
                });
            }
        }
        let (life, _) = Fold::new(self.kind, &ledger, &[]).finish();
        let reading = self.read(collector, &resource).await;
        if reading.presence != Presence::Present {
            return Err(format!("{resource} is {:?}: {}", reading.presence, states(&reading)));
        }
        for id in &self.missing {
            let reading = self.read(collector, &self.resource(id)).await;
            if reading.presence != Presence::NotFound {
                return Err(format!("{id}, which was never made, is {:?}: {}", reading.presence, states(&reading)));
            }
        }
        let mut compared = Vec::new();
        for (facet, read) in &reading.facets {
            let folded = &life.slot(facet).ok_or("a facet without a slot")?.state;
            let outcome = Outcome::of(read, folded);
            if outcome.wants_a_reason() && self.because(facet.name).is_none() {
                println!("{} {}: read {read:?}, folded {folded:?}", self.name, facet.name);
            }
            compared.push(Comparison { facet: facet.name.to_owned(), outcome, because: self.because(facet.name) });
        }
        compared.sort_by(|a, b| a.facet.cmp(&b.facet));
        Ok(compared)
    }

    /// The reason that the file gives for what comes of a facet.
    fn because(&self, facet: &str) -> Option<String> {
        self.reads.iter().find(|line| line.facet == facet)?.because.clone()
    }

    fn resource(&self, id: &str) -> ResourceId {
        let region = if self.kind.def().scope == Scope::Global { GLOBAL } else { REGION };
        ResourceId {
            partition: "aws".into(),
            account: ACCOUNT.into(),
            region: region.into(),
            kind: self.kind,
            id: id.into(),
        }
    }

    async fn read(&self, collector: &Collector, resource: &ResourceId) -> Reading {
        collector.read(resource, self.kind.def().facets).await
    }

    /// What is wrong with what came of it.
    pub(crate) fn complaint(&self, compared: &[Comparison]) -> Option<String> {
        let lines = |all: &[Comparison]| all.iter().map(|one| format!("  {}\n", one.line())).collect::<String>();
        if compared != self.reads {
            return Some(format!("{}: the file says\n{}and it is\n{}", self.name, lines(&self.reads), lines(compared)));
        }
        let silent = compared.iter().find(|one| one.outcome.wants_a_reason() && one.because.is_none())?;
        Some(format!("{}: no reason is given: {}", self.name, silent.line()))
    }

    /// Writes what came of it into the file.
    pub(crate) fn bless(&self, compared: &[Comparison]) {
        let text = std::fs::read_to_string(&self.path).unwrap();
        let (steps, _) = text.split_once("\nreads\n").unwrap();
        let lines: String = compared.iter().map(|one| format!("{}\n", one.line())).collect();
        std::fs::write(&self.path, format!("{steps}\nreads\n{lines}")).unwrap();
    }
}

fn states(reading: &Reading) -> String {
    reading.facets.iter().map(|(facet, state)| format!("\n  {}: {state:?}", facet.name)).collect()
}

/// A value in which every `${NAME.member}` has become what it stands for.
fn filled(value: &Json, names: &BTreeMap<&str, Json>) -> Result<Json, String> {
    Ok(match value {
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), filled(value, names)?)));
            Json::Object(members.collect::<Result<_, String>>()?)
        }
        Json::Array(elements) => elements.iter().map(|value| filled(value, names)).collect::<Result<_, _>>()?,
        Json::String(text) => filled_text(text, names)?,
        other => other.clone(),
    })
}

fn filled_text(text: &str, names: &BTreeMap<&str, Json>) -> Result<Json, String> {
    let mut parts = text.split("${");
    let mut full = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('}').ok_or_else(|| format!("no end: {text}"))?;
        // `${NAME as text}` is a document as the text that calls take it as, `${NAME after :secret:}` the end of a text.
        let (path, mark) = path.split_once(" after ").map_or((path, None), |(path, mark)| (path, Some(mark)));
        let (path, as_text) = path.strip_suffix(" as text").map_or((path, false), |path| (path, true));
        let mut steps = path.split('.');
        let start =
            names.get(steps.next().unwrap_or_default()).ok_or_else(|| format!("nothing is named so: {text}"))?;
        let found = steps.try_fold(start, |value, step| match step.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(step),
        });
        let found = found.ok_or_else(|| format!("{text} is not in {start}"))?;
        if full.is_empty() && rest.is_empty() && !as_text && mark.is_none() {
            return Ok(found.clone());
        }
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        full.push_str(mark.and_then(|mark| found.rsplit(mark).next()).unwrap_or(&found));
        full.push_str(rest);
    }
    Ok(full.into())
}

/// A record in the shape of real ones.
fn record(number: usize, service: &str, name: &str, request: &Json, response: &Json) -> String {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:user/carol"),
            "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE", "userName": "carol"
        },
        "eventTime": format!("2026-03-01T10:20:{number:02}Z"), "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name, "awsRegion": REGION, "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
        "requestParameters": request, "responseElements": response, "eventID": format!("e-{number}"),
        "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT,
        "eventCategory": "Management"
    })
    .to_string()
}

/// A configuration for what is at an address.
pub(crate) fn config(url: &str, key: &str, secret: &str, token: Option<String>) -> SdkConfig {
    SdkConfig::builder()
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(key, secret, token, None, "test")))
        .time_source(SystemTimeSource::new())
        .sleep_impl(TokioSleep::new())
        .behavior_version(aws_config::BehaviorVersion::latest())
        .build()
}

/// A collector of what is at an address.
pub(crate) fn collector(url: &str, options: &Options) -> Collector {
    Collector::new(&config(url, ACCESS_KEY, "test", None), options)
}

/// A loaded machine's servers take their time.
pub(crate) fn patient() -> Options {
    let long = Duration::from_secs(60);
    Options { attempt_timeout: long, operation_timeout: long, ..Options::default() }
}
