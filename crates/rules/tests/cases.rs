//! Runs the cases of every rule: `src/<service>/<stem>.cases.json`, each a patch over the kind's baseline in `baselines/`.
//!
//! A baseline is a complete, realistic resource that passes: a map from facet name to value. A case changes facets of it:
//! `{"name": "...", "patch": {...}, "verdict": "fail", "message": "..."}`. In a baseline and in a patch
//! - a value is the facet's value; in a patch an object is merged into the baseline's object, `null` removes a member;
//! - `{"$absent": true}` means that it does not exist, `{"$unread": "why"}` that it is not known;
//! - `{"$partial": {...}}` gives the entries of a keyed facet that were seen, `{"$exactly": ...}` replaces without merging;
//! - `{"$default": true}` is what a new resource has when its creator states nothing;
//! - `"@relation"` holds the facets of a related resource, or a list of them;
//! - `"$id"`, `"$account"`, `"$as_of"`, `"$born"` set the identity and times, `"$settings"` the configurable lists.
//!
//! A case may name its `"kind"` where the rule judges several. Every rule is swept besides: with each facet that it reads
//! made unread in turn it must answer unknown, unless the case file names that facet under `"settled_by"` with the reason;
//! with every other facet made unread its answers must stay; with keyed facets cut to the entries seen, a fail stays and a
//! pass turns into unknown.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use trailhound_model::{
    Asked, FacetDef, Kind, Life, Map, Origin, Presence, RelationDef, Relatives, ResourceId, Second, Shape, Slot,
    Snapshot, State, Value, Verdict, Why,
};
use trailhound_rules::{Rule, Settings};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    cases: Vec<Case>,
    /// Facets (or `relation.facet`) whose absence from sight another facet can settle, with the reason.
    #[serde(default)]
    settled_by: BTreeMap<String, String>,
    /// Why no events can make the rule fail, if so; for the end-to-end tests.
    #[serde(default)]
    #[expect(dead_code, reason = "only the shape is checked here")]
    log_cannot_tell: Option<String>,
    /// Sequences of events; run by the end-to-end tests.
    #[serde(default)]
    #[expect(dead_code, reason = "only the shape is checked here")]
    stories: Vec<Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    patch: Map,
    verdict: String,
    #[serde(default)]
    message: Option<String>,
    /// The keys of the evidence, if the case cares.
    #[serde(default)]
    evidence: Option<Vec<String>>,
}

/// A resource under test with its relatives.
#[derive(Clone)]
struct Subject {
    id: ResourceId,
    as_of: Second,
    life: Life,
    relatives: BTreeMap<&'static str, Vec<(ResourceId, Life)>>,
    settings: Settings,
}

impl Relatives for Subject {
    fn related(&self, relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool) {
        match self.relatives.get(relation.name) {
            Some(list) => (list.iter().map(|(id, life)| (id, life)).collect(), true),
            None => (Vec::new(), false),
        }
    }
}

impl Subject {
    fn verdict(&self, rule: &Rule) -> Verdict {
        rule.verdict(&Snapshot::new(&self.id, self.as_of, &self.life, self), &self.settings)
    }

    fn asked(&self, rule: &Rule) -> BTreeSet<Asked> {
        let asked = RefCell::default();
        let _ = rule.verdict(&Snapshot::new(&self.id, self.as_of, &self.life, self).recording(&asked), &self.settings);
        asked.into_inner()
    }

    /// Applies `change` to the slot of a facet, of the resource or of all resources of a relation.
    fn alter(&mut self, relation: Option<&str>, facet: &FacetDef, change: impl Fn(&mut Slot)) {
        let lives: Vec<&mut Life> = match relation {
            None => vec![&mut self.life],
            Some(name) => self.relatives.get_mut(name).into_iter().flatten().map(|(_, life)| life).collect(),
        };
        for life in lives {
            let position = life.kind.position(facet.name).unwrap();
            change(Arc::make_mut(&mut life.slots[position]));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What a facet may be instead of a value; nothing is merged into it.
const DIRECTIVES: [&str; 5] = ["$absent", "$default", "$exactly", "$partial", "$unread"];

fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Map(base), Value::Map(patch)) if !patch.keys().any(|key| DIRECTIVES.contains(&&**key)) => {
            for (name, value) in patch {
                match value {
                    Value::Null => {
                        base.remove(name);
                    }
                    value => merge(base.entry(name.clone()).or_default(), value),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

fn slot(facet: &FacetDef, value: &Value, default: &Slot) -> Result<Slot, Failed> {
    let state = match value {
        Value::Map(map) if map.contains_key("$absent") => State::Absent,
        Value::Map(map) if map.contains_key("$default") => return Ok(default.clone()),
        Value::Map(map) if map.contains_key("$unread") => {
            let why = map.get("$unread").unwrap().as_str().ok_or("$unread wants a reason")?;
            let why =
                serde_json::from_value(serde_json::Value::from(why)).map_err(|_| format!("unknown reason {why}"))?;
            return Ok(Slot { state: State::Unread(why), origin: Origin::Nothing });
        }
        Value::Map(map) if map.contains_key("$partial") => {
            let seen = map.get("$partial").unwrap().as_map().ok_or("$partial wants entries")?;
            State::Partial(seen.clone(), Why::SeenInPart)
        }
        Value::Map(map) if map.contains_key("$exactly") => State::Known(map.get("$exactly").unwrap().clone()),
        value => State::Known(value.clone()),
    };
    if let (Shape::Keyed, State::Known(value)) = (facet.shape, &state)
        && value.as_map().is_none()
    {
        return Err(format!("{} is keyed: give a map from key to entry", facet.name).into());
    }
    Ok(Slot { state, origin: Origin::Stated })
}

fn life(kind: Kind, facets: &Map, born: Second) -> Result<Life, Failed> {
    let defaults = Life::born(kind, born);
    let mut life = Life::unseen(kind);
    life.presence = Presence::Live;
    for (name, value) in facets.iter().filter(|(name, _)| !name.starts_with(['$', '@'])) {
        let position = kind.position(name).ok_or_else(|| format!("{kind} has no facet `{name}`"))?;
        life.slots[position] = slot(kind.def().facets[position], value, &defaults.slots[position])?.into();
    }
    Ok(life)
}

fn settings(patch: Option<&Value>) -> Result<Settings, Failed> {
    patch.map_or_else(
        || Ok(Settings::default()),
        |value| value.decode().map_err(|error| Failed::from(error.to_string())),
    )
}

fn subject(kind: Kind, case: &Case) -> Result<Subject, Failed> {
    let baseline = kind.name().replace("AWS::", "").replace("::", "-").to_lowercase();
    let mut resource: Value = read_json(&root().join("baselines").join(format!("{baseline}.json")))?;
    let Value::Map(facets) = &mut resource else { return Err("a baseline is an object".into()) };
    for (name, value) in &case.patch {
        merge(facets.entry(name.clone()).or_default(), value);
    }
    facets.retain(|_, value| *value != Value::Null);
    let facets = &*facets;
    let time = |name: &str, default: &str| {
        Second::parse(facets.get(name).and_then(Value::as_str).unwrap_or(default)).map_err(|error| error.to_string())
    };
    let as_of = time("$as_of", "2026-06-01T12:00:00Z")?;
    let born = time("$born", "2026-01-01T00:00:00Z")?;
    let identity = |kind: Kind, facets: &Map| {
        let text = |name: &str, default: &str| facets.get(name).and_then(Value::as_str).unwrap_or(default).into();
        ResourceId {
            partition: "aws".into(),
            account: text("$account", "111122223333"),
            region: if kind.def().scope == trailhound_model::Scope::Global { "global" } else { "eu-west-1" }.into(),
            kind,
            id: text("$id", "example"),
        }
    };
    let mut relatives = BTreeMap::new();
    for relation in kind.def().relations {
        let Some(related) = facets.get(&*format!("@{}", relation.name)) else { continue };
        let list = match related {
            Value::List(list) => list.clone(),
            one => vec![one.clone()],
        };
        let mut lives = Vec::new();
        for facets in &list {
            let facets = facets.as_map().ok_or("a related resource is an object")?;
            let kind = Kind::of(relation.to);
            lives.push((identity(kind, facets), life(kind, facets, born)?));
        }
        relatives.insert(relation.name, lives);
    }
    for name in facets.keys().filter_map(|name| name.strip_prefix('@')) {
        if !relatives.contains_key(name) {
            return Err(format!("{kind} has no relation `{name}`").into());
        }
    }
    let mut life = life(kind, facets, born)?;
    life.born = Some(born);
    Ok(Subject { id: identity(kind, facets), as_of, life, relatives, settings: settings(facets.get("$settings"))? })
}

fn run_case(rule: &'static Rule, file: &CaseFile, case: &Case, bless: bool) -> Result<(), Failed> {
    let kind = match &case.kind {
        Some(name) => Kind::named(name).ok_or_else(|| format!("no kind `{name}`"))?,
        None => Kind::of(rule.kinds[0]),
    };
    let subject = subject(kind, case)?;
    let verdict = subject.verdict(rule);
    let message = match &verdict {
        Verdict::Fail(failure) => failure.message.to_string(),
        Verdict::NotApplicable(why) => why.to_string(),
        Verdict::Unknown(why) => why.to_string(),
        Verdict::Pass => String::new(),
    };
    if verdict.word() != case.verdict {
        return Err(format!("expected {}, got {}: {message}", case.verdict, verdict.word()).into());
    }
    if !bless
        && let Some(expected) = &case.message
        && *expected != message
    {
        return Err(format!("expected the message\n  {expected}\ngot\n  {message}").into());
    }
    if let Verdict::Fail(failure) = &verdict {
        if failure.evidence.is_empty() {
            return Err("a failure shows at least one entry of evidence".into());
        }
        if !bless && case.message.is_none() {
            return Err(format!("a failing case states its message; it is\n  {message}").into());
        }
        let first = message.chars().next().unwrap_or_default();
        if message.ends_with('.') || first.is_uppercase() && !message.starts_with(char::is_uppercase) {
            return Err(format!("messages start in lower case and have no full stop: {message}").into());
        }
        if let Some(expected) = &case.evidence {
            let keys: Vec<_> = failure.evidence.iter().map(|entry| entry.key.to_string()).collect();
            if keys != *expected {
                return Err(format!("expected evidence {expected:?}, got {keys:?}").into());
            }
        }
    }
    sweep(rule, file, &subject, &verdict)
}

/// The sweeps: what a rule reads is exact, and what it cannot see it never takes for good.
fn sweep(rule: &'static Rule, file: &CaseFile, subject: &Subject, verdict: &Verdict) -> Result<(), Failed> {
    let own: BTreeSet<&str> = rule.reads.iter().map(|facet| facet.name).collect();
    let borrowed: BTreeSet<(&str, &str)> = rule
        .borrows
        .iter()
        .flat_map(|(relation, facets)| facets.iter().map(|facet| (relation.name, facet.name)))
        .collect();
    for (relation, facet) in subject.asked(rule) {
        let declared = match relation {
            None => own.contains(facet),
            Some(relation) => borrowed.contains(&(relation, facet)),
        };
        if !declared {
            return Err(format!("reads {}{facet} and does not declare it", prefix(relation)).into());
        }
    }
    // Undeclared sweep: facets it does not read must not matter.
    let mut blind = subject.clone();
    let kind = subject.id.kind;
    for facet in kind.def().facets.iter().filter(|facet| !own.contains(facet.name)) {
        blind.alter(None, facet, unread);
    }
    if blind.verdict(rule) != *verdict {
        return Err("a facet that it does not declare changes its answer".into());
    }
    let facets =
        rule.reads.iter().filter(|facet| kind.position(facet.name).is_some()).map(|facet| (None, *facet)).chain(
            rule.borrows.iter().flat_map(|(relation, facets)| facets.iter().map(|facet| (Some(relation.name), *facet))),
        );
    for (relation, facet) in facets {
        let name = format!("{}{}", prefix(relation), facet.name);
        let mut cut = subject.clone();
        cut.alter(relation, facet, unread);
        let answer = cut.verdict(rule);
        let settled = file.settled_by.contains_key(&name);
        match (verdict, &answer) {
            (Verdict::Fail(_), Verdict::Pass) => {
                return Err(format!("with {name} unread a fail turns into a pass").into());
            }
            (Verdict::Unknown(_), _) | (_, Verdict::Unknown(_)) => {}
            (before, after) if !settled && before.word() == after.word() && asked(subject, rule, relation, facet) => {
                return Err(
                    format!("with {name} unread it still answers {}; say why under settled_by", after.word()).into()
                );
            }
            _ => {}
        }
        if facet.shape == Shape::Keyed {
            let mut partial = subject.clone();
            partial.alter(relation, facet, |slot| {
                if let State::Known(Value::Map(map)) = &slot.state {
                    slot.state = State::Partial(map.clone(), Why::SeenInPart);
                }
            });
            if let (Verdict::Fail(_), Verdict::Pass) = (verdict, partial.verdict(rule)) {
                return Err(format!("with {name} seen in part a fail turns into a pass").into());
            }
            if let (Verdict::Pass, Verdict::Pass) = (verdict, partial.verdict(rule))
                && !settled
                && asked(subject, rule, relation, facet)
                && partial.life != subject.life
            {
                return Err(format!("with {name} seen in part a pass stays a pass; say why under settled_by").into());
            }
        }
    }
    Ok(())
}

fn asked(subject: &Subject, rule: &Rule, relation: Option<&str>, facet: &FacetDef) -> bool {
    subject.asked(rule).iter().any(|(from, name)| *from == relation && *name == facet.name)
}

fn prefix(relation: Option<&str>) -> String {
    relation.map_or_else(String::new, |name| format!("{name}."))
}

fn unread(slot: &mut Slot) {
    *slot = Slot { state: State::Unread(Why::NotSeen), origin: Origin::Nothing };
}

fn case_file(rule: &Rule) -> PathBuf {
    let mut parts: Vec<&str> = rule.module.split("::").skip(1).collect();
    let stem = parts.pop().unwrap_or_default();
    root().join("src").join(parts.join("/")).join(format!("{stem}.cases.json"))
}

/// Writes the messages that the rule gives now into its case file, and leaves the rest of the text as it is.
fn bless_file(rule: &'static Rule, file: &CaseFile) -> Result<(), Failed> {
    let path = case_file(rule);
    let before = std::fs::read_to_string(&path)?;
    let mut text = before.clone();
    for case in &file.cases {
        let kind = case.kind.as_deref().and_then(Kind::named).unwrap_or(Kind::of(rule.kinds[0]));
        if let Verdict::Fail(failure) = subject(kind, case)?.verdict(rule)
            && case.message.as_deref() != Some(&*failure.message)
        {
            text = with_message(&text, case, &failure.message)
                .ok_or_else(|| format!("cannot find the case `{}`: write its message by hand", case.name))?;
        }
    }
    if text != before {
        std::fs::write(&path, text)?;
    }
    Ok(())
}

/// The text of a case file with another message in one case.
fn with_message(text: &str, case: &Case, message: &str) -> Option<String> {
    let member = |name: &str, value: &str| serde_json::to_string(value).ok().map(|json| format!("\"{name}\": {json}"));
    let (before, rest) = text.split_at(text.find(&member("name", &case.name)?)?);
    let wanted = member("message", message)?;
    let (old, new) = match &case.message {
        Some(old) => (member("message", old)?, wanted),
        None => ("\"verdict\": \"fail\"".into(), format!("\"verdict\": \"fail\", {wanted}")),
    };
    rest.contains(&old).then(|| format!("{before}{}", rest.replacen(&old, &new, 1)))
}

fn page_is_complete(rule: &'static Rule) -> Result<(), Failed> {
    let mut lines = rule.page.trim().lines();
    let title = lines.next().unwrap_or_default().trim();
    if !title.ends_with('.') || title.len() > 120 {
        return Err("the first line is one sentence of at most 120 characters".into());
    }
    if !lines.next().unwrap_or_default().trim().is_empty() {
        return Err("the title stands on one line, with an empty line after it".into());
    }
    for section in ["## Why", "## Fix", "## Limits"] {
        if !rule.page.lines().any(|line| line.trim() == section) {
            return Err(format!("the page has no section `{section}`").into());
        }
    }
    for facet in rule.reads {
        if !rule.kinds.iter().any(|kind| kind.facets.iter().any(|own| std::ptr::eq(*own, *facet))) {
            return Err(format!("reads {}, which none of its kinds has", facet.name).into());
        }
    }
    for (relation, facets) in rule.borrows {
        if !rule.kinds.iter().any(|kind| kind.relations.iter().any(|own| std::ptr::eq(*own, *relation))) {
            return Err(format!("borrows by {}, a relation that none of its kinds has", relation.name).into());
        }
        for facet in *facets {
            if !relation.borrows.iter().any(|own| std::ptr::eq(*own, *facet)) {
                return Err(format!("the relation {} does not lend {}", relation.name, facet.name).into());
            }
        }
    }
    if !rule.timed && (rule.opens_on.is_empty() || rule.closes_on.is_empty()) {
        return Err("only time can open or close a rule without a call, and this one is not timed".into());
    }
    for cover in rule.covered_by {
        if trailhound_rules::named(cover).is_none() {
            return Err(format!("is covered by `{cover}`, which is no rule").into());
        }
    }
    Ok(())
}

fn baseline_passes(kind: Kind) -> Result<(), Failed> {
    let case = Case {
        name: "baseline".into(),
        kind: None,
        patch: Map::new(),
        verdict: "pass".into(),
        message: None,
        evidence: None,
    };
    let subject = subject(kind, &case)?;
    for (id, rule) in trailhound_rules::of_kind(kind) {
        match subject.verdict(rule) {
            Verdict::Pass | Verdict::NotApplicable(_) => {}
            other => return Err(format!("{id} does not pass on the baseline of {kind}: {other:?}").into()),
        }
    }
    Ok(())
}

fn main() {
    let arguments = Arguments::from_args();
    #[expect(clippy::disallowed_methods, reason = "the switch by which `cargo xtask bless` asks for new messages")]
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    let mut trials = Vec::new();
    let mut kinds = BTreeSet::new();
    for (id, rule) in trailhound_rules::all() {
        kinds.extend(rule.kinds.iter().map(|kind| Kind::of(kind)));
        trials.push(Trial::test(format!("{id}::page"), move || page_is_complete(rule)));
        let file: CaseFile = match read_json(&case_file(rule)) {
            Ok(file) => file,
            Err(error) => {
                trials.push(Trial::test(format!("{id}::cases"), move || Err(error)));
                continue;
            }
        };
        let file: &'static CaseFile = Box::leak(Box::new(file));
        let asked = arguments.filter.as_deref().is_none_or(|filter| id.contains(filter));
        if bless
            && asked
            && let Err(error) = bless_file(rule, file)
        {
            trials.push(Trial::test(format!("{id}::bless"), move || Err(error)));
        }
        trials.push(Trial::test(format!("{id}::has cases of both kinds"), move || {
            for verdict in ["pass", "fail"] {
                if !file.cases.iter().any(|case| case.verdict == verdict) {
                    return Err(format!("has no case that expects {verdict}").into());
                }
            }
            Ok(())
        }));
        for case in &file.cases {
            trials.push(Trial::test(format!("{id}::{}", case.name), move || run_case(rule, file, case, bless)));
        }
    }
    for kind in kinds {
        trials.push(Trial::test(format!("baseline::{kind}"), move || baseline_passes(kind)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
