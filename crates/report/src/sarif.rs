//! SARIF 2.1.0: what `check` found in templates, for code scanning and editors.
//!
//! The limits are those that GitHub documents for uploads: results beyond them would be refused with the whole file, so they
//! are left out, the least severe first, and it is said how many.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Component, Path};

use serde::Serialize;
use sha2::{Digest, Sha256};
use trailhound_model::Severity;
use trailhound_rules::{Acceptance, Rule};

use crate::escape;

/// The most results that code scanning takes of one run.
const RESULTS_MAX: usize = 25_000;

/// The most characters of a description or a message.
const TEXT_MAX: usize = 1_000;

/// The root of the repository, by the name that code scanning knows.
const ROOT: &str = "%SRCROOT%";

/// A failure in a template.
#[derive(Clone, Copy, Debug)]
pub struct SarifFailure<'a> {
    /// The template, relative to the root where it lies below it.
    pub file: &'a Path,
    /// The resource's logical name.
    pub resource: &'a str,
    /// The rule's id.
    pub rule: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Who accepted it and why, if somebody did.
    pub accepted: Option<&'a Acceptance>,
}

/// Something to know about a run besides its failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SarifNotice<'a> {
    /// What kind it is.
    pub about: SarifTopic,
    /// What is to be known.
    pub message: String,
    /// The template.
    pub file: &'a Path,
    /// The line and column there, from 1, if one is meant.
    pub place: Option<(usize, usize)>,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SarifTopic {
    /// A template could not be judged.
    Unreadable,
    /// Answers that cannot be told before deployment.
    Unknown,
    /// Resources that no rule judges.
    NotJudged,
}

impl SarifTopic {
    const ALL: [Self; 3] = [Self::Unreadable, Self::Unknown, Self::NotJudged];

    const fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "template-unreadable",
            Self::Unknown => "answers-unknown",
            Self::NotJudged => "resources-not-judged",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Unreadable => "A template could not be read or judged.",
            Self::Unknown => "Rules could not tell before deployment.",
            Self::NotJudged => "Resources were not judged.",
        }
    }

    const fn level(self) -> &'static str {
        match self {
            Self::Unreadable => "error",
            Self::Unknown | Self::NotJudged => "note",
        }
    }
}

/// One run of `check`.
#[derive(Clone, Debug, Default)]
pub struct SarifRun<'a> {
    /// What fails.
    pub failures: Vec<SarifFailure<'a>>,
    /// What else is to be known.
    pub notices: Vec<SarifNotice<'a>>,
    /// Whether it was asked which failures are accepted.
    pub exceptions: bool,
}

/// Writes one run as a SARIF log.
///
/// # Errors
/// When writing fails.
pub fn sarif(out: &mut impl Write, run: &SarifRun<'_>) -> io::Result<()> {
    let known = |failure: &&SarifFailure<'_>| trailhound_rules::named(failure.rule).is_some();
    let mut failures: Vec<&SarifFailure<'_>> = run.failures.iter().filter(known).collect();
    let severity = |failure: &SarifFailure<'_>| trailhound_rules::named(failure.rule).map(|rule| rule.severity);
    let left_out = failures.len().saturating_sub(RESULTS_MAX);
    if left_out > 0 {
        failures.sort_by_key(|failure| std::cmp::Reverse(severity(failure)));
        failures.truncate(RESULTS_MAX);
    }
    let rules: BTreeMap<&str, &Rule> =
        failures.iter().filter_map(|failure| Some((failure.rule, trailhound_rules::named(failure.rule)?))).collect();
    let indices: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut notifications: Vec<Notification> = run.notices.iter().map(Notification::of).collect();
    if left_out > 0 {
        notifications.push(Notification {
            descriptor: Reference { id: "results-left-out" },
            level: "warning",
            message: Message::of(&format!(
                "{left_out} less severe failures are left out: {RESULTS_MAX} are taken at most"
            )),
            locations: Vec::new(),
        });
    }
    let complete = run.notices.iter().all(|notice| notice.about != SarifTopic::Unreadable);
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "trailhound",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.iter().map(|(id, rule)| RuleObject::of(id, rule)).collect(),
                    notifications: Descriptor::all(),
                },
            },
            invocations: [Invocation { execution_successful: complete, tool_execution_notifications: notifications }],
            column_kind: "unicodeCodePoints",
            results: failures.iter().map(|failure| ResultObject::of(failure, &indices, run.exceptions)).collect(),
        }],
    };
    serde_json::to_writer(&mut *out, &log)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<ResultObject>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<RuleObject>,
    notifications: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
}

impl Descriptor {
    fn all() -> Vec<Self> {
        let left_out = ("results-left-out", "Failures were left out of this file.");
        let topics = SarifTopic::ALL.map(|topic| (topic.id(), topic.description()));
        topics
            .into_iter()
            .chain([left_out])
            .map(|(id, text)| Self { id, short_description: Message { text: text.to_owned() } })
            .collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleObject {
    id: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 2],
    precision: &'static str,
    /// A score as text: code scanning makes its own four severities of it.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
}

impl RuleObject {
    fn of(id: &str, rule: &Rule) -> Self {
        let page: Vec<&str> = rule.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let page = page.join("\n");
        let body = page.trim().split_once('\n').map_or("", |(_, body)| body.trim());
        let why = body.split("## ").find_map(|section| section.strip_prefix("Why\n")).unwrap_or(body);
        let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            id: id.to_owned(),
            short_description: Message::of(rule.title()),
            full_description: Message::of(if why.is_empty() { rule.title() } else { &why }),
            help: Help { text: body.replace("## ", ""), markdown: body.to_owned() },
            default_configuration: Configuration { level: level(rule.severity) },
            properties: RuleProperties {
                tags: ["security", rule.item.name()],
                precision: "high",
                security_severity: score(rule.severity),
            },
        }
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// A score within the range that code scanning calls by the same word.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression>>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "trailhoundFinding/v1")]
    finding: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

impl ResultObject {
    fn of(failure: &SarifFailure<'_>, indices: &BTreeMap<&str, usize>, exceptions: bool) -> Self {
        let rule = trailhound_rules::named(failure.rule);
        let mut location = Location::of(failure.file, Some((failure.line, failure.column)));
        location.logical_locations = vec![LogicalLocation {
            name: clear(failure.resource),
            fully_qualified_name: format!("Resources.{}", clear(failure.resource)),
            kind: "resource",
        }];
        let suppression = failure.accepted.map(|acceptance| Suppression {
            kind: "external",
            status: "accepted",
            justification: clear(&acceptance.to_string()),
        });
        Self {
            rule_id: failure.rule.to_owned(),
            rule_index: indices.get(failure.rule).copied().unwrap_or_default(),
            level: rule.map_or("error", |rule| level(rule.severity)),
            message: Message::of(&format!("{}: {}", failure.resource, failure.message)),
            locations: [location],
            partial_fingerprints: Fingerprints { finding: fingerprint(failure) },
            suppressions: exceptions.then(|| suppression.into_iter().collect()),
        }
    }
}

/// The same for the same rule on the same resource of the same template, wherever it moves in it.
fn fingerprint(failure: &SarifFailure<'_>) -> String {
    let (uri, _) = uri(failure.file);
    let mut hash = Sha256::new();
    for part in [&*uri, failure.resource, failure.rule] {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    descriptor: Reference,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Serialize)]
struct Reference {
    id: &'static str,
}

impl Notification {
    fn of(notice: &SarifNotice<'_>) -> Self {
        Self {
            descriptor: Reference { id: notice.about.id() },
            level: notice.about.level(),
            message: Message::of(&notice.message),
            locations: vec![Location::of(notice.file, notice.place)],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

impl Location {
    fn of(file: &Path, place: Option<(usize, usize)>) -> Self {
        let (uri, relative) = uri(file);
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri, uri_base_id: relative.then_some(ROOT) },
                region: place.map(|(line, column)| Region { start_line: line.max(1), start_column: column.max(1) }),
            },
            logical_locations: Vec::new(),
        }
    }
}

/// A path as a URI, and whether it is relative.
fn uri(file: &Path) -> (String, bool) {
    let mut text = String::new();
    let mut relative = true;
    for component in file.components() {
        let name = match component {
            Component::CurDir => continue,
            Component::RootDir => {
                relative = false;
                continue;
            }
            Component::Prefix(prefix) => prefix.as_os_str(),
            Component::ParentDir | Component::Normal(_) => component.as_os_str(),
        };
        if !text.is_empty() {
            text.push('/');
        }
        for byte in name.as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    if relative { (text, true) } else { (format!("file:///{text}"), false) }
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    /// A text of at most so many characters, in which nothing is taken for a link.
    fn of(text: &str) -> Self {
        let text = clear(text).replace("](", "] (");
        if text.chars().count() <= TEXT_MAX {
            return Self { text };
        }
        Self { text: text.chars().take(TEXT_MAX - 1).chain(['…']).collect() }
    }
}

/// A name that anybody may have chosen.
fn clear(text: &str) -> String {
    escape::terminal(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(file: &Path) -> SarifFailure<'_> {
        SarifFailure {
            file,
            resource: "Store",
            rule: "s3-bucket-versioning",
            message: "versioning was never enabled",
            line: 3,
            column: 5,
            accepted: None,
        }
    }

    fn written(run: &SarifRun<'_>) -> serde_json::Value {
        let mut out = Vec::new();
        sarif(&mut out, run).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_path_is_a_uri() {
        for (path, expected) in [
            ("stacks/a.yaml", "stacks/a.yaml"),
            ("./stacks//a.yaml", "stacks/a.yaml"),
            ("../other/a.yaml", "../other/a.yaml"),
            ("my stack/ä#1?.yaml", "my%20stack/%C3%A4%231%3F.yaml"),
            ("c:a.yaml", "c%3Aa.yaml"),
            ("100%.yaml", "100%25.yaml"),
            ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
        ] {
            let (uri, relative) = uri(Path::new(path));
            assert_eq!((&*uri, relative), (expected, !path.starts_with('/')));
        }
    }

    #[test]
    fn a_result_is_the_same_wherever_it_moves_in_its_file() {
        let (here, there) = (Path::new("a.yaml"), Path::new("b.yaml"));
        let first = failure(here);
        let moved = SarifFailure { line: 90, column: 1, message: "other words", ..first };
        assert_eq!(fingerprint(&first), fingerprint(&moved));
        for other in [
            SarifFailure { resource: "Other", ..first },
            SarifFailure { rule: "s3-bucket-acl-private", ..first },
            failure(there),
        ] {
            assert_ne!(fingerprint(&first), fingerprint(&other), "{other:?}");
        }
    }

    /// Beyond the limit the least severe go, whatever the order, and it is said.
    #[test]
    fn a_run_beyond_the_limit_loses_its_least_severe() {
        let file = Path::new("a.yaml");
        let mut failures = vec![failure(file); RESULTS_MAX];
        failures.push(SarifFailure { rule: "s3-bucket-acl-private", ..failure(file) });
        let log = written(&SarifRun { failures, ..SarifRun::default() });
        let run = &log["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), RESULTS_MAX);
        assert_eq!(run["results"][0]["ruleId"], "s3-bucket-acl-private");
        let notice = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(notice["message"]["text"], "1 less severe failures are left out: 25000 are taken at most");
    }

    #[test]
    fn every_rule_fits_what_code_scanning_takes() {
        for (id, rule) in trailhound_rules::all() {
            let object = RuleObject::of(id, rule);
            assert!(object.id.len() <= 255 && object.help.text.len() < 10_000, "{id}");
            for text in [&object.short_description.text, &object.full_description.text] {
                assert!(!text.is_empty() && text.chars().count() <= TEXT_MAX, "{id}: {text}");
            }
            assert!(object.help.markdown.contains("## Fix") && !object.help.text.contains("## "), "{id}");
            let score: f32 = object.properties.security_severity.parse().unwrap();
            let word = match score {
                _ if score >= 9.0 => "critical",
                _ if score >= 7.0 => "high",
                _ if score >= 4.0 => "medium",
                _ => "low",
            };
            assert_eq!(word, rule.severity.word(), "{id}");
        }
    }

    #[test]
    fn no_name_in_a_template_makes_a_link_or_a_command() {
        let file = Path::new("a.yaml");
        let hostile = SarifFailure { resource: "[x](https://example.com)\u{1b}[2J", ..failure(file) };
        let log = written(&SarifRun { failures: vec![hostile], ..SarifRun::default() });
        let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        assert!(text.starts_with("[x] (https://example.com)\\u{1b}[2J: "), "{text}");
        assert!(!log.to_string().contains('\u{1b}'));
    }
}
