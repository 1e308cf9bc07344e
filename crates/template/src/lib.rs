//! CloudFormation templates, judged before they are deployed by the rules that judge what is.
//!
//! A template says what a resource will be: what it states is known, what it leaves out has AWS's default for a resource
//! made today, and what is decided only at deployment is unread, so that rules answer *unknown* where it matters. Parameters
//! have their defaults. Pure: the caller reads files and knows the date.

mod around;
mod doubt;
mod explicit;
mod life;
mod names;
mod part;
mod place;
mod resolve;
mod serverless;
mod service;
mod source;
mod stack;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use trailhound_model::kinds::account::{ACCOUNT, REGION, SELF};
use trailhound_model::kinds::cloudtrail::{ACCOUNT_TRAILS, TRAIL};
use trailhound_model::kinds::rds::CLUSTER;
use trailhound_model::{
    Evidence, FacetDef, Kind, Life, Origin, RelationDef, Second, Severity, Snapshot, Text, Value, Verdict, Why,
};
use trailhound_rules::exception::{self, Case, Doubt};
use trailhound_rules::{Acceptance, Exception, Exceptions, Settings};

use crate::around::Around;
use crate::life::{Said, Writer};
use crate::names::{Made, Names};
use crate::part::{Given, PARTS, Part, Source};
use crate::place::{Gift, Places};
use crate::resolve::Context;
use crate::serverless::Becomes;
use crate::service::rds;
use crate::service::region::SETTINGS;
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
    /// The fingerprint of the values that it fails on, for an exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Who accepts the failure, why, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excepted: Option<Acceptance>,
    /// The lines of the exceptions that concern the failure, each with why it does not hold, or could hold better.
    #[serde(skip)]
    pub concerned: Vec<(usize, Option<Doubt>)>,
}

impl Row {
    /// Whether it fails and nobody accepts it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.verdict == "fail" && self.excepted.is_none()
    }
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
    /// What owners accept.
    pub exceptions: Option<&'a Exceptions>,
}

/// Checks a template, taking AWS's defaults for what it leaves out.
///
/// # Errors
/// A text that is no template, with the place.
pub fn check(text: &str, settings: &Settings, today: Second, account: Option<&str>) -> Result<Checked, TemplateError> {
    Options { settings, today, account, explicit: false, exceptions: None }.check(text)
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
    let mut checked = Checked::default();
    let context = Context::of(&root);
    let made = made(&context, &root, resources, &mut checked)?;
    let names = Names::of(&context, &made, options.account.unwrap_or(SOME_ACCOUNT));
    let properties: Vec<Value> = made.iter().map(|made| names.stand_in(&made.properties)).collect();
    let template = Template { names: &names, today: options.today };
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    for (made, properties) in made.iter().zip(&properties) {
        subjects.extend(template.subject(made, properties));
        if Kind::named(&made.kind).is_none_or(|kind| trailhound_rules::of_kind(kind).is_empty()) && !is_read(&made.kind)
        {
            checked.pass_over("no rule judges its type", &made.kind, made.node);
        }
    }
    let mut alone = Vec::new();
    for (made, properties) in made.iter().zip(&properties) {
        if !template.give(made, properties, &mut subjects) {
            let owners = template.alone(made, properties);
            if owners.is_empty() && Kind::named(&made.kind).is_none() {
                let names_some =
                    PARTS.iter().any(|part| part.name == &*made.kind && !self::owners(part, properties).is_empty());
                let why = if names_some {
                    "its owner is not in the template"
                } else {
                    "it belongs to nothing that is judged"
                };
                checked.pass_over(why, &made.kind, made.node);
            }
            alone.push(owners);
        }
    }
    let is_judged = |subject: &&Subject<'_>| !trailhound_rules::of_kind(subject.life.kind).is_empty();
    checked.judged =
        subjects.iter().filter(is_judged).count() + alone.iter().filter(|owners| !owners.is_empty()).count();
    alone.push(template.region(&made, &properties));
    alone.push(template.account(&made));
    subjects.extend(stack::subject(&root, &names, options.today));
    let around = Around::of(&subjects, &names);
    let judge = Judge { options, macros: foreign_macros(&root), names: &names, around: &around };
    for name in &judge.macros {
        checked.pass_over("a macro may change everything before it is deployed", name, &root);
    }
    for subject in &subjects {
        checked.rows.extend(judge.rows(subject));
    }
    for owners in &alone {
        // A rule that judges several kinds of owners says the same of each.
        let mut told = BTreeSet::new();
        let rows = owners.iter().flat_map(|owner| judge.rows(owner));
        checked.rows.extend(rows.filter(|row| told.insert(row.rule)));
    }
    Ok(checked)
}

/// The most resources that are checked in a template: five times what CloudFormation takes, since some are checked before a
/// tool divides them.
const MAX_RESOURCES: usize = 2_500;

/// The account of a template that is meant for none in particular: an id that nobody has.
const SOME_ACCOUNT: &str = "000000000000";

/// The region, which no template knows.
const NO_REGION: &str = "<region>";

/// Rules that tell the own account from others.
const NEED_ACCOUNT: [&str; 2] = ["iam-role-trust-external-id", "s3-bucket-policy-account-scoped"];

/// Rules that judge by the resource's name.
const NEED_NAME: [&str; 1] = ["ssm-parameter-secure-string"];

/// The macros that AWS hosts. What they make of a template is known, or is said where they stand.
const MACROS: [&str; 6] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::Include",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::Serverless-2016-10-31",
];

/// The macros of other makers that run over the whole template.
fn foreign_macros(root: &Node) -> Vec<String> {
    let name = |node: &Node| node.as_str().or_else(|| node.get("Name")?.as_str()).unwrap_or("Transform").to_owned();
    let names: Vec<String> = match root.get("Transform").map(|transform| (&transform.content, transform)) {
        None => Vec::new(),
        Some((Content::List(items), _)) => items.iter().map(name).collect(),
        Some((_, one)) => vec![name(one)],
    };
    names.into_iter().filter(|name| !MACROS.contains(&&**name)).collect()
}

/// Whether a type is read for the sake of others.
fn is_read(kind: &str) -> bool {
    PARTS.iter().any(|part| part.name == kind)
        || SETTINGS.iter().any(|setting| setting.kind == kind)
        || Kind::named(kind).is_some_and(around::is_lender)
        || ["AWS::EC2::InternetGateway", "AWS::EC2::RouteTable", "AWS::Lambda::Alias", "AWS::Lambda::Version"]
            .contains(&kind)
        || kind == "AWS::SecretsManager::SecretTargetAttachment"
}

/// The resources that a template makes.
fn made<'a>(
    context: &Context<'a>,
    root: &'a Node,
    resources: &'a Node,
    checked: &mut Checked,
) -> Result<Vec<Made<'a>>, TemplateError> {
    if resources.members().len() > MAX_RESOURCES {
        return Err(resources.error(format!(
            "it has more than {MAX_RESOURCES} resources, and CloudFormation takes 500: check its parts apart"
        )));
    }
    let globals = root.get("Globals").and_then(|globals| context.value(globals));
    let size = globals.as_ref().map_or(0, |globals| globals.to_json().len());
    let mut all = Vec::new();
    for (name, node) in resources.members() {
        if name.starts_with("Fn::") {
            checked.pass_over("a macro makes it at deployment", name, node);
            continue;
        }
        let Content::Map(_) = &node.content else {
            return Err(node.error(format!("the resource `{name}` must be a map")));
        };
        let Some(kind) = node.get("Type").and_then(Node::as_str) else {
            return Err(node.error(format!("the resource `{name}` has no `Type`")));
        };
        let condition = node.get("Condition").and_then(Node::as_str);
        let holds = condition.map_or(Some(true), |condition| context.condition(condition));
        if holds == Some(false) {
            checked.pass_over("its condition is false", kind, node);
            continue;
        }
        let properties = match node.get("Properties") {
            None => Value::default(),
            Some(properties) if matches!(properties.content, Content::Map(_) | Content::Scalar(Value::Null)) => {
                context.value(properties).unwrap_or_default()
            }
            Some(properties) => return Err(properties.error("`Properties` must be a map")),
        };
        let made =
            |name: Text, kind: Text, properties| Made { name, kind, node, certain: holds == Some(true), properties };
        if let Some(engine) = rds::engine_of(kind) {
            all.push(made(name.clone(), CLUSTER.name.into(), rds::of_engine(properties, engine)));
            continue;
        }
        if !serverless::is_serverless(kind) {
            all.push(made(name.clone(), kind.into(), properties));
            continue;
        }
        if context.spend(size).is_none() {
            checked.pass_over("what all share is too large to be merged", kind, node);
            continue;
        }
        match serverless::expand(name, kind, properties, globals.as_ref()) {
            Becomes::Resources(plain, left) => {
                all.extend(
                    plain.into_iter().map(|(name, kind, properties)| made(name.into(), kind.into(), properties)),
                );
                left.iter().for_each(|(why, what)| checked.pass_over(why, what, node));
            }
            Becomes::Nothing(why) => checked.pass_over(why, kind, node),
        }
    }
    Ok(all)
}

/// A resource that rules judge, or that is asked about when others are judged.
struct Subject<'a> {
    name: &'a str,
    /// What identifies it.
    id: Text,
    life: Life,
    places: Places<'a>,
    asked: Asked,
}

/// Which rules are asked about a resource.
enum Asked {
    /// All on its kind.
    All,
    /// Those that read a facet: the template speaks about no other.
    On(&'static FacetDef),
    /// Those that borrow from others.
    Through(&'static RelationDef),
}

struct Template<'m> {
    names: &'m Names<'m>,
    today: Second,
}

impl<'m> Template<'m> {
    fn subject(&self, made: &'m Made<'m>, properties: &'m Value) -> Option<Subject<'m>> {
        let kind = Kind::named(&made.kind)?;
        let id = self.names.id(&made.name);
        let life = if properties.as_map().is_some_and(resolve::is_intrinsic) {
            let mut life = Life::born(kind, self.today);
            life.forget(&Why::Unresolved);
            life
        } else {
            Writer::new(kind, id.clone(), properties, self.names, self.today).life
        };
        Some(Subject { name: &made.name, id, life, places: Places::of(made.node), asked: Asked::All })
    }

    fn source(&self, made: &'m Made<'m>, properties: &'m Value) -> Source<'m> {
        Source { name: &made.name, id: self.names.id(&made.name), properties, names: self.names, today: self.today }
    }

    /// Gives a part to its owners. Where it is open which resource it belongs to, it may be any of the kind. Says whether
    /// there is nothing left to say of it: an owner is certainly in the template, or it is no part.
    fn give(&self, made: &'m Made<'m>, properties: &'m Value, subjects: &mut [Subject<'m>]) -> bool {
        let parts: Vec<&Part> = PARTS.iter().filter(|part| part.name == &*made.kind).collect();
        let source = self.source(made, properties);
        let mut given = parts.is_empty();
        for part in parts {
            let what = (part.read)(&source);
            for owner in owners(part, properties) {
                let owner = self.names.means(owner);
                for subject in subjects.iter_mut().filter(|subject| subject.life.kind.name() == part.owner) {
                    let is_it = self.names.names(&owner, subject.name);
                    if is_it == Some(false) {
                        continue;
                    }
                    given |= is_it == Some(true);
                    let (life, facet) = (&mut subject.life, part.facet);
                    match (is_it.filter(|_| made.certain), &what) {
                        (_, Given::Nothing) => continue,
                        (Some(_), Given::Whole(state)) => {
                            life::put(life, facet, state.clone(), Origin::Stated);
                        }
                        (Some(_), Given::Entries(state)) => life::add(life, facet, state.clone()),
                        (None, Given::Whole(_)) => life::open(life, facet),
                        (None, Given::Entries(_)) => life::doubt(life, facet),
                    }
                    // One that may belong to any of many points to none of them.
                    if is_it == Some(true) {
                        subject.places.give(Gift::of(facet, &what, made.node));
                    }
                }
            }
        }
        given
    }

    /// A part whose owner stands elsewhere, as that owner of which nothing else is known. Where it names no owner at all,
    /// it could be any.
    fn alone(&self, made: &'m Made<'m>, properties: &'m Value) -> Vec<Subject<'m>> {
        let parts = || PARTS.iter().filter(|part| part.name == &*made.kind && part.alone);
        let mut owned: Vec<&Part> = parts().filter(|part| !owners(part, properties).is_empty()).collect();
        if owned.is_empty() {
            owned = parts().take(1).collect();
        }
        let source = self.source(made, properties);
        let subject = |part: &&Part| {
            let given = (part.read)(&source);
            let mut places = Places::of(made.node);
            places.give(Gift::of(part.facet, &given, made.node));
            let mut life = Life::unseen(Kind::named(part.owner)?);
            let (Given::Whole(state) | Given::Entries(state)) = given else { return None };
            life::put(&mut life, part.facet, state, Origin::Stated);
            Some(Subject { name: &made.name, id: source.id.clone(), life, places, asked: Asked::On(part.facet) })
        };
        owned.iter().filter_map(subject).collect()
    }

    /// The region, once for each resource that sets something for all of it.
    fn region(&self, made: &'m [Made<'m>], properties: &'m [Value]) -> Vec<Subject<'m>> {
        let mut life = Life::unseen(Kind::of(&REGION));
        let mut set = Vec::new();
        for (made, properties) in made.iter().zip(properties).filter(|(made, _)| made.certain) {
            for setting in SETTINGS.iter().filter(|setting| setting.kind == &*made.kind) {
                match (setting.read)(&self.source(made, properties)) {
                    Given::Nothing => {}
                    Given::Whole(state) => life::put(&mut life, setting.facet, state, Origin::Stated),
                    Given::Entries(state) => life::add(&mut life, setting.facet, state),
                }
                set.push((made, setting.facet));
            }
        }
        let subject = |(made, facet): (&'m Made<'m>, _)| Subject {
            name: &made.name,
            id: made.name.clone(),
            life: life.clone(),
            places: Places::of(made.node),
            asked: Asked::On(facet),
        };
        set.into_iter().map(subject).collect()
    }

    /// The account, for which a trail may speak.
    fn account(&self, made: &'m [Made<'m>]) -> Vec<Subject<'m>> {
        let trail = made.iter().find(|made| made.certain && &*made.kind == TRAIL.name);
        let subject = |made: &'m Made<'m>| Subject {
            name: &made.name,
            id: SELF.into(),
            life: Life::unseen(Kind::of(&ACCOUNT)),
            places: Places::of(made.node),
            asked: Asked::Through(&ACCOUNT_TRAILS),
        };
        trail.map(subject).into_iter().collect()
    }
}

/// The values by which a part names its owners.
fn owners(part: &Part, properties: &Value) -> Vec<Value> {
    match life::at(properties, part.property) {
        Said::Nothing => Vec::new(),
        Said::Value(Value::List(list)) => list,
        Said::Value(one) => vec![one],
        Said::Open => properties.get(part.property).cloned().into_iter().collect(),
    }
}

/// What all answers hang on.
struct Judge<'m> {
    options: &'m Options<'m>,
    macros: Vec<String>,
    names: &'m Names<'m>,
    around: &'m Around<'m>,
}

impl Judge<'_> {
    fn rows(&self, subject: &Subject<'_>) -> Vec<Row> {
        let kind = subject.life.kind;
        let id = self.names.resource(kind, subject.id.clone());
        let relatives = self.around.near(subject);
        let snapshot = Snapshot::new(&id, self.options.today, &subject.life, &relatives);
        let rules = trailhound_rules::of_kind(kind).iter().filter(|(id, rule)| self.options.settings.is_on(id, rule));
        let is_asked = |rule: &trailhound_rules::Rule| match subject.asked {
            Asked::All => true,
            Asked::On(facet) => rule.reads.iter().any(|read| std::ptr::eq(*read, facet)),
            Asked::Through(relation) => rule.borrows.iter().any(|(borrowed, _)| std::ptr::eq(*borrowed, relation)),
        };
        rules
            .filter(|(_, rule)| is_asked(rule))
            .map(|(rule_id, rule)| {
                let verdict = rule.verdict(&snapshot, self.options.settings);
                let is_named_later = self.names.is_open(subject.name);
                let verdict = doubt::of(rule_id, rule, &subject.life, is_named_later, verdict);
                let mut verdict = self.with_doubts(rule_id, subject, verdict);
                if self.options.explicit && matches!(subject.asked, Asked::All) && verdict == Verdict::Pass {
                    verdict = explicit::judge(rule.reads, &subject.life, |life| {
                        let snapshot = Snapshot::new(&id, self.options.today, life, &relatives);
                        rule.verdict(&snapshot, self.options.settings) == Verdict::Pass
                    });
                }
                let word = verdict.word();
                let (message, evidence) = match verdict {
                    Verdict::Pass => (String::new(), Vec::new()),
                    Verdict::Fail(failure) => (failure.message.to_string(), failure.evidence),
                    Verdict::NotApplicable(why) => (why.to_string(), Vec::new()),
                    Verdict::Unknown(why) => (why.to_string(), Vec::new()),
                };
                let print = |evidence: &[Evidence]| exception::fingerprint(rule_id, rule, &subject.life, evidence);
                let case = Case {
                    rule: rule_id,
                    account: self.options.account.unwrap_or_default(),
                    names: &[subject.name, &id.id],
                    evidence: &evidence,
                };
                let fails = word == "fail";
                let weighed = self.options.exceptions.filter(|_| fails);
                let weighed =
                    weighed.map(|exceptions| exceptions.weigh(&case, self.options.today, print)).unwrap_or_default();
                let keys: Vec<&str> = evidence.iter().map(|entry| &*entry.key).collect();
                let place = subject.places.at_fault(rule.reads, &keys, self.names);
                Row {
                    resource: subject.name.to_owned(),
                    kind,
                    rule: rule_id,
                    verdict: word,
                    message,
                    line: place.line,
                    column: place.column,
                    severity: rule.severity,
                    fingerprint: fails.then(|| print(&evidence)),
                    excepted: weighed.accepted.map(Exception::acceptance),
                    concerned: weighed.concerned.into_iter().map(|(found, doubt)| (found.line, doubt)).collect(),
                    evidence,
                }
            })
            .collect()
    }

    /// The verdict, unless it hangs on what no template tells.
    fn with_doubts(&self, rule: &str, subject: &Subject<'_>, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Fail(_) if self.options.account.is_none() && NEED_ACCOUNT.contains(&rule) => {
                Verdict::Unknown(Why::DependsOn("the account it is deployed to".into()))
            }
            _ if NEED_NAME.contains(&rule) && self.names.is_open(subject.name) => Verdict::Unknown(Why::Unresolved),
            Verdict::Unknown(Why::SeenInPart) => Verdict::Unknown(Why::DependsOn("what other stacks make".into())),
            Verdict::Pass | Verdict::NotApplicable(_) => match self.macros.first() {
                Some(name) => Verdict::Unknown(Why::DependsOn(format!("what the macro `{name}` makes of it").into())),
                None => verdict,
            },
            verdict => verdict,
        }
    }
}

#[cfg(test)]
mod tests;
