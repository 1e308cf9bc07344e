//! CloudFormation templates, judged before they are deployed by the rules that judge what is.
//!
//! A template says what a resource will be: what it states is known, what it leaves out has AWS's default for a resource
//! made today, and what is decided only at deployment is unread, so that rules answer *unknown* where it matters. Parameters
//! have their defaults. Pure: the caller reads files and knows the date.

mod explicit;
mod life;
mod part;
mod place;
mod resolve;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use trailhound_model::kinds::account;
use trailhound_model::{
    Evidence, FacetDef, Kind, Life, Link, Origin, RelationDef, Relatives, ResourceId, Second, Severity, Slot, Snapshot,
    State, Value, Verdict, Why,
};
use trailhound_rules::Settings;

use crate::life::{Said, Writer};
use crate::part::{Given, PARTS, Part};
use crate::place::{Gift, Places};
use crate::resolve::Context;
use crate::source::{Content, Node};

/// A template that cannot be read: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TemplateError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// The answer of one rule about one resource. The order of the members is that of the JSON: new ones go to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The resource's logical name.
    pub resource: String,
    /// Its type.
    pub kind: Kind,
    /// The rule's id.
    pub rule: &'static str,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    pub verdict: &'static str,
    /// What is wrong, or why the rule does not apply or cannot tell; empty where it passes.
    pub message: String,
    /// The line, from 1, of the entry or property at fault or, if the template does not state it, of the resource.
    pub line: usize,
    /// The column there, in characters from 1.
    pub column: usize,
    /// How much a failure matters.
    pub severity: Severity,
    /// What shows a failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What checking one template gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Every answer, by resource in the template's order and by rule.
    pub rows: Vec<Row>,
    /// How many resources were judged.
    pub judged: usize,
    /// Resources that were not judged, by the reason and their type.
    pub passed_over: BTreeMap<(&'static str, String), PassedOver>,
}

/// Resources of one type that were not judged for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The line of the first.
    pub line: usize,
    /// How many there are.
    pub count: usize,
}

impl Checked {
    fn pass_over(&mut self, why: &'static str, kind: &str, node: &Node) {
        let first = PassedOver { line: node.line, count: 0 };
        self.passed_over.entry((why, kind.to_owned())).or_insert(first).count += 1;
    }
}

/// The text of a template's bytes.
///
/// # Errors
/// More bytes than CloudFormation takes, bytes that are no UTF-8, a byte that is no text; with the place.
pub fn text(bytes: &[u8]) -> Result<&str, TemplateError> {
    source::text(bytes)
}

/// How templates are checked.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The settings of the rules.
    pub settings: &'a Settings,
    /// The date whose creation defaults hold.
    pub today: Second,
    /// The account that the templates are meant for; without it, rules that tell the own account from others answer unknown.
    pub account: Option<&'a str>,
    /// Whether a pass that rests on a default of AWS is a failure until the template states the value.
    pub explicit: bool,
}

/// Checks a template, taking AWS's defaults for what it leaves out.
///
/// # Errors
/// A text that is no template, with the place.
pub fn check(text: &str, settings: &Settings, today: Second, account: Option<&str>) -> Result<Checked, TemplateError> {
    Options { settings, today, account, explicit: false }.check(text)
}

impl Options<'_> {
    /// Checks a template.
    ///
    /// # Errors
    /// A text that is no template, with the place.
    pub fn check(&self, text: &str) -> Result<Checked, TemplateError> {
        check_with(text, self)
    }
}

fn check_with(text: &str, options: &Options<'_>) -> Result<Checked, TemplateError> {
    let root = source::parse(text)?;
    let resources = match root.get("Resources") {
        Some(node) if matches!(node.content, Content::Map(_)) => node,
        Some(node) => return Err(node.error("`Resources` must be a map")),
        None => return Err(root.error("this is no CloudFormation template: it has no `Resources`")),
    };
    let template = Template { context: Context::of(&root), names: logical_names(resources), today: options.today };
    let mut checked = Checked::default();
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    let mut parts: Vec<(&str, &Node, &'static Part, Value)> = Vec::new();
    for (name, node) in resources.members() {
        match template.read(name, node)? {
            Read::Judged(subject) => subjects.push(*subject),
            Read::Part(part, properties) => parts.push((name, node, part, properties)),
            Read::PassedOver(why, kind) => checked.pass_over(why, &kind, node),
        }
    }
    let mut alone = Vec::new();
    for (name, node, part, properties) in &parts {
        if !template.give(name, node, part, properties, &mut subjects) {
            alone.push(alone_as(name, node, part, properties));
        }
    }
    checked.judged = subjects.len() + alone.len();
    for subject in &subjects {
        subject.judge(options, &template.context, &mut checked.rows);
    }
    for owners in &alone {
        let mut rows = Vec::new();
        owners.iter().for_each(|owner| owner.judge(options, &template.context, &mut rows));
        // A rule that judges several kinds of owners says the same of each.
        let mut told = BTreeSet::new();
        checked.rows.extend(rows.into_iter().filter(|row| told.insert(row.rule)));
    }
    Ok(checked)
}

/// The account of a template that is meant for none in particular.
const NO_ACCOUNT: &str = "";

/// Rules that tell the own account from others.
const NEED_ACCOUNT: [&str; 2] = ["iam-role-trust-external-id", "s3-bucket-policy-account-scoped"];

fn logical_names(resources: &Node) -> BTreeSet<&str> {
    resources.members().iter().map(|(name, _)| &**name).collect()
}

/// A resource that rules judge.
struct Subject<'a> {
    name: &'a str,
    /// The name that the template gives it, if it does.
    physical: Option<String>,
    life: Life,
    places: Places<'a>,
    /// The one facet that is judged, of a part whose owner stands elsewhere.
    only: Option<&'static FacetDef>,
}

/// A part whose owner stands elsewhere, as that owner of which nothing else is known. Where it names no owner at all, it
/// could be any.
fn alone_as<'a>(name: &'a str, node: &'a Node, part: &Part, properties: &Value) -> Vec<Subject<'a>> {
    let named = part.owners.iter().filter(|(property, ..)| !matches!(life::at(properties, property), Said::Nothing));
    let mut owners: Vec<_> = named.collect();
    if owners.is_empty() {
        owners = part.owners.iter().take(1).collect();
    }
    let subject = |(_, kind, facet): &(&str, &str, &'static FacetDef)| {
        let mut writer = Writer { life: Life::unseen(Kind::named(kind)?) };
        let given = (part.read)(name, properties);
        let mut places = Places::of(node);
        places.give(Gift::of(facet, &given, node));
        let (Given::Whole(state) | Given::Entries(state)) = given;
        writer.state(facet, state);
        Some(Subject { name, physical: None, life: writer.life, places, only: Some(facet) })
    };
    owners.into_iter().filter_map(subject).collect()
}

enum Read<'a> {
    Judged(Box<Subject<'a>>),
    Part(&'static Part, Value),
    PassedOver(&'static str, String),
}

struct Template<'a> {
    context: Context<'a>,
    names: BTreeSet<&'a str>,
    today: Second,
}

impl<'a> Template<'a> {
    fn read(&self, name: &'a str, node: &'a Node) -> Result<Read<'a>, TemplateError> {
        if name.starts_with("Fn::") {
            return Ok(Read::PassedOver("a macro makes it at deployment", name.to_owned()));
        }
        let Content::Map(_) = &node.content else {
            return Err(node.error(format!("the resource `{name}` must be a map")));
        };
        let Some(kind) = node.get("Type").and_then(Node::as_str) else {
            return Err(node.error(format!("the resource `{name}` has no `Type`")));
        };
        let condition = node.get("Condition").and_then(Node::as_str);
        if condition.and_then(|condition| self.context.condition(condition)) == Some(false) {
            return Ok(Read::PassedOver("its condition is false", kind.to_owned()));
        }
        let properties = match node.get("Properties") {
            None => Value::default(),
            Some(properties) if matches!(properties.content, Content::Map(_) | Content::Scalar(Value::Null)) => {
                self.context.value(properties).unwrap_or_default()
            }
            Some(properties) => return Err(properties.error("`Properties` must be a map")),
        };
        if let Some(part) = PARTS.iter().find(|part| part.name == kind) {
            return Ok(Read::Part(part, properties));
        }
        let Some(known) = Kind::named(kind).filter(|kind| !trailhound_rules::of_kind(*kind).is_empty()) else {
            return Ok(Read::PassedOver("no rule judges its type", kind.to_owned()));
        };
        let life = if properties.as_map().is_some_and(resolve::is_intrinsic) {
            let mut life = Life::born(known, self.today);
            life.forget(&Why::Unresolved);
            life
        } else {
            Writer::new(known, name, &properties, &self.stand_ins(&properties), self.today).life
        };
        let physical = ["BucketName", "TopicName", "QueueName", "GroupName", "RoleName", "UserName"]
            .iter()
            .find_map(|member| properties.get(member).and_then(Value::as_str).map(str::to_owned));
        Ok(Read::Judged(Box::new(Subject { name, physical, life, places: Places::of(node), only: None })))
    }

    /// The value with references to the template's own resources replaced by a text: whatever id AWS gives, there is one.
    fn stand_ins(&self, value: &Value) -> Value {
        if let Some(name) = self.referred(value) {
            return format!("${{{name}}}").into();
        }
        match value {
            Value::List(items) => Value::List(items.iter().map(|item| self.stand_ins(item)).collect()),
            Value::Map(map) => {
                Value::Map(map.iter().map(|(name, value)| (name.clone(), self.stand_ins(value))).collect())
            }
            value => value.clone(),
        }
    }

    /// The resource of this template that a value refers to.
    fn referred<'v>(&self, value: &'v Value) -> Option<&'v str> {
        let map = value.as_map().filter(|map| map.len() == 1)?;
        let name = match map.first_key_value().map(|(name, value)| (&**name, value))? {
            ("Ref", Value::Text(name)) => name,
            ("Fn::GetAtt", Value::Text(path)) => path.split('.').next()?,
            ("Fn::GetAtt", Value::List(path)) => path.first()?.as_str()?,
            _ => return None,
        };
        self.names.contains(name).then_some(name)
    }

    /// Gives a part to its owners. Where it is open which resource it belongs to, it may be any of the kind. Says whether
    /// an owner is certainly in the template.
    fn give(&self, name: &str, node: &'a Node, part: &Part, properties: &Value, subjects: &mut [Subject<'a>]) -> bool {
        let mut given = false;
        for (property, kind, facet) in part.owners {
            let named = match life::at(properties, property) {
                Said::Nothing => continue,
                Said::Value(Value::List(list)) => list,
                Said::Value(one) => vec![one],
                Said::Open => properties.get(property).cloned().into_iter().collect(),
            };
            for owner in named {
                let logical = self.referred(&owner);
                for subject in subjects.iter_mut().filter(|subject| subject.life.kind.name() == *kind) {
                    let mut writer = Writer { life: subject.life.clone() };
                    let is_it = match (logical, &owner) {
                        (Some(owner), _) => Some(owner == subject.name),
                        (None, Value::Text(text)) => Some(subject.physical.as_deref() == Some(&**text)),
                        // A stack cannot import what it exports.
                        (None, Value::Map(map)) if map.contains_key("Fn::ImportValue") => Some(false),
                        _ => None,
                    };
                    let what = (part.read)(name, properties);
                    let gift = Gift::of(facet, &what, node);
                    match (is_it, what) {
                        (Some(false), _) => continue,
                        (Some(true), Given::Whole(state)) => writer.state(facet, state),
                        (Some(true), Given::Entries(state)) => writer.add(facet, state),
                        (None, Given::Whole(_)) => writer.open(facet),
                        (None, Given::Entries(_)) => writer.add(facet, State::Unread(Why::Unresolved)),
                    }
                    subject.life = writer.life;
                    subject.places.give(gift);
                    given |= is_it == Some(true);
                }
            }
        }
        given
    }
}

impl Subject<'_> {
    fn judge(&self, options: &Options<'_>, context: &Context<'_>, rows: &mut Vec<Row>) {
        let Options { settings, today, account, explicit } = *options;
        let id = ResourceId {
            partition: "aws".into(),
            account: account.unwrap_or(NO_ACCOUNT).into(),
            region: NO_ACCOUNT.into(),
            kind: self.life.kind,
            id: self.name.into(),
        };
        let surroundings = Surroundings::of(&id);
        let snapshot = Snapshot::new(&id, today, &self.life, &surroundings);
        for (rule_id, rule) in
            trailhound_rules::of_kind(self.life.kind).iter().filter(|(id, rule)| settings.is_on(id, rule))
        {
            if self.only.is_some_and(|facet| !rule.reads.iter().any(|read| std::ptr::eq(*read, facet))) {
                continue;
            }
            let mut verdict = rule.verdict(&snapshot, settings);
            if account.is_none() && NEED_ACCOUNT.contains(rule_id) && matches!(verdict, Verdict::Fail(_)) {
                verdict = Verdict::Unknown(Why::DependsOn("the account it is deployed to".into()));
            }
            if explicit && self.only.is_none() && verdict == Verdict::Pass {
                verdict = explicit::judge(rule.reads, &self.life, |life| {
                    rule.verdict(&Snapshot::new(&id, today, life, &surroundings), settings) == Verdict::Pass
                });
            }
            let word = verdict.word();
            let (message, evidence) = match verdict {
                Verdict::Pass => (String::new(), Vec::new()),
                Verdict::Fail(failure) => (failure.message.to_string(), failure.evidence),
                Verdict::NotApplicable(why) => (why.to_string(), Vec::new()),
                Verdict::Unknown(why) => (why.to_string(), Vec::new()),
            };
            let keys: Vec<&str> = evidence.iter().map(|entry| &*entry.key).collect();
            let place = self.places.at_fault(rule.reads, &keys, context);
            rows.push(Row {
                resource: self.name.to_owned(),
                kind: self.life.kind,
                rule: rule_id,
                verdict: word,
                message,
                line: place.line,
                column: place.column,
                severity: rule.severity,
                evidence,
            });
        }
    }
}

/// What stands around a template's resource. A template cannot rely on a block that somebody set on the account, so there is
/// none; of all else around it nothing is known.
struct Surroundings {
    account: (ResourceId, Life),
}

impl Surroundings {
    fn of(id: &ResourceId) -> Self {
        let kind = Kind::of(&account::ACCOUNT);
        let mut life = Life::unseen(kind);
        let position = kind.position(account::PUBLIC_ACCESS_BLOCK.name);
        if let Some(slot) = position.and_then(|position| life.slots.get_mut(position)) {
            *slot = Slot { state: State::Absent, origin: Origin::Default }.into();
        }
        Self { account: (ResourceId { kind, id: id.account.clone(), ..id.clone() }, life) }
    }
}

impl Relatives for Surroundings {
    fn related(&self, relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool) {
        match relation.link {
            Link::Account => (vec![(&self.account.0, &self.account.1)], true),
            _ => (Vec::new(), false),
        }
    }
}

#[cfg(test)]
mod tests;
