//! Judging a resource: its rules over its history, and the timeline that follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use trailhound_model::kinds::account::SELF;
use trailhound_model::{
    Base, Cause, Episode, Evidence, FacetDef, Failure, Finding, Kind, Ledger, Life, Link, Map, Origin, Presence,
    RelationDef, ResourceId, Second, Slot, Snapshot, State, Status, Step, Text, Timeline, Transition, Value, Verdict,
    Why, kinds,
};
use trailhound_rules::{Rule, Settings};

use crate::fold::{FacetSet, Fold, Moment, Notes};
use crate::history::{Histories, History, is_lender};

/// More of a facet than this is cut from a transition's before and after.
const SHOWN_MAX: usize = 8_192;

/// A rule that is on, with what it reads as sets of positions.
struct Active {
    id: &'static str,
    rule: &'static Rule,
    own: FacetSet,
}

/// The rules of a kind that are on.
struct OfKind {
    active: Vec<Active>,
    /// The relations that they borrow through, by name.
    relations: BTreeMap<&'static str, &'static RelationDef>,
    /// Whether some of them can change their answer with time alone.
    timed: bool,
}

/// Of a kind that no rule is about.
static NO_RULES: OfKind = OfKind { active: Vec::new(), relations: BTreeMap::new(), timed: false };

/// Judges resources by the rules that the settings switch on.
pub struct Judge {
    settings: Settings,
    by_kind: HashMap<Kind, OfKind>,
}

/// What judging a resource gave.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What is known at the end.
    pub life: Life,
    /// The findings, in the order of their rules.
    pub findings: Vec<Finding>,
    /// The rules that have failed since their first sight and rest on a default or on absence, or are about the account or
    /// a region, which nobody makes: what was so before anybody looked.
    pub first_sight: Vec<&'static str>,
    /// The rules that cannot be told at the end and never could, with why.
    pub unknown: Vec<(&'static str, Why)>,
    /// What the fold noticed.
    pub notes: Notes,
}

impl Judge {
    /// A judge with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let by_kind = kinds::ALL
            .iter()
            .map(|def| {
                let kind = Kind::of(def);
                let active: Vec<Active> = trailhound_rules::of_kind(kind)
                    .iter()
                    .filter(|(id, rule)| settings.is_on(id, rule))
                    .map(|(id, rule)| Active { id, rule, own: positions(kind, rule.reads) })
                    .collect();
                let borrows = active.iter().flat_map(|active| active.rule.borrows);
                let relations = borrows.map(|(relation, _)| (relation.name, *relation)).collect();
                let timed = active.iter().any(|active| active.rule.timed);
                (kind, OfKind { active, relations, timed })
            })
            .collect();
        Self { settings, by_kind }
    }

    fn of(&self, kind: Kind) -> &OfKind {
        self.by_kind.get(&kind).unwrap_or(&NO_RULES)
    }

    /// The relations that rules of a kind borrow through.
    pub(crate) fn relations(&self, kind: Kind) -> &BTreeMap<&'static str, &'static RelationDef> {
        &self.of(kind).relations
    }

    /// Whether some rule judges a kind.
    pub(crate) fn has_rules(&self, kind: Kind) -> bool {
        !self.of(kind).active.is_empty()
    }

    /// The rules of a kind that are on.
    pub fn rules(&self, kind: Kind) -> impl Iterator<Item = (&'static str, &'static Rule)> {
        self.of(kind).active.iter().map(|active| (active.id, active.rule))
    }

    /// The facets of a kind that some rule reads, on the resource itself.
    pub(crate) fn reads(&self, kind: Kind) -> FacetSet {
        let mut reads = FacetSet::default();
        for active in &self.of(kind).active {
            reads.add(active.own);
        }
        reads
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether some rule of this kind can change its answer with time alone.
    #[must_use]
    pub fn is_timed(&self, kind: Kind) -> bool {
        self.of(kind).timed
    }

    /// Folds a ledger and judges the resource at the end of every second that touched what its rules read. Rules that
    /// depend on time are judged at midnights (UTC) up to `until` besides.
    #[must_use]
    pub fn judge(&self, resource: &ResourceId, ledger: &Ledger, histories: &Histories, until: Second) -> Judged {
        let active = &self.of(resource.kind).active;
        let owner_deaths = histories.owner_deaths(resource);
        let (fold, tracks) = self.run(resource, ledger, histories, (until, false), &owner_deaths);
        let mut findings = Vec::new();
        let (mut unknown, mut first_sight) = (Vec::new(), Vec::new());
        for (active, Track { line }) in active.iter().zip(tracks) {
            if let (None, Some(why)) = (line.status, &line.unknown) {
                unknown.push((active.id, why.clone()));
            }
            first_sight
                .extend((line.first_sight && (line.rests_on_default || *resource.id == *SELF)).then_some(active.id));
            findings.extend(finding(line, resource, active));
        }
        cover(&mut findings);
        Judged { life: fold.life, findings, first_sight, unknown, notes: fold.notes }
    }

    /// Folds the entries up to a second into the ledger's base, from which judging goes on as if they were still kept.
    /// Of timelines that are longer than anybody reads, the oldest part goes. Says whether there was anything to fold.
    pub fn compact(&self, resource: &ResourceId, ledger: &mut Ledger, histories: &Histories, upto: Second) -> bool {
        if ledger.entries.keys().next().is_none_or(|(time, _)| *time > upto) {
            return false;
        }
        let owner_deaths = histories.owner_deaths(resource);
        let base = {
            let (Fold { life, ended, .. }, tracks) = self.run(resource, ledger, histories, (upto, true), &owner_deaths);
            let mut deaths = Vec::new();
            if is_lender(resource.kind) {
                deaths = History::of(resource.kind, ledger, &owner_deaths).deaths();
                deaths.retain(|cause| cause.time <= upto);
            }
            let active = &self.of(resource.kind).active;
            let timelines = active.iter().zip(tracks).map(|(active, track)| track.shortened(active.id)).collect();
            Base { time: upto, life, ended, deaths, timelines }
        };
        ledger.base = Some(base);
        ledger.entries.retain(|(time, _), _| *time > upto);
        true
    }

    /// Folds a ledger, and moves the timelines of its rules. With `true` beside it, `until` ends the fold too.
    fn run<'l>(
        &self,
        resource: &ResourceId,
        ledger: &'l Ledger,
        histories: &Histories,
        (until, stop): (Second, bool),
        owner_deaths: &'l [Arc<Cause>],
    ) -> (Fold<'l>, Vec<Track>) {
        let OfKind { active, relations, timed } = self.of(resource.kind);
        let mut fold = Fold::new(resource.kind, ledger, owner_deaths);
        let mut now = ledger.base.as_ref().map(|base| base.time);
        let told = ledger.base.as_ref().map_or(&[][..], |base| &base.timelines);
        let mut loans: Vec<Loan> = relations
            .values()
            .map(|relation| {
                let next = now.and_then(|now| histories.next_change(resource, &fold.life, relation, now));
                Loan { relation, next }
            })
            .collect();
        let mut tracks = Vec::with_capacity(active.len());
        for active in active {
            let told = told.iter().find(|line| *line.rule == *active.id);
            let mut track = Track { line: told.cloned().unwrap_or_default() };
            if let (Some(time), None) = (now, told) {
                // A rule that is newer than the base begins with what the base knows.
                let instant = Instant {
                    resource,
                    time,
                    moment: None,
                    changed: FacetSet::default(),
                    lent: &[],
                    life: &fold.life,
                    histories,
                    ticking: false,
                    since: None,
                };
                instant.observe(active, &mut track, &self.settings);
            }
            tracks.push(track);
        }
        loop {
            let own = fold.next_second();
            let related = loans.iter().filter_map(|loan| loan.next).min();
            let tick = now
                .filter(|_| *timed && fold.life.presence != Presence::Gone)
                .map(Second::next_midnight)
                .filter(|tick| *tick <= until);
            let Some(time) = [own, related, tick].into_iter().flatten().min() else { break };
            if stop && time > until {
                break;
            }
            let moment = if own == Some(time) { fold.step() } else { None };
            let mut lent = Vec::new();
            for loan in &mut loans {
                let named_anew = moment.is_some() && matches!(loan.relation.link, Link::Named(_));
                if let (Some(now), true) = (now, named_anew) {
                    loan.next = histories.next_change(resource, &fold.life, loan.relation, now);
                }
                let due = loan.next.is_some_and(|next| next <= time);
                lent.extend(due.then_some(loan.relation));
                if due || named_anew || now.is_none() {
                    loan.next = histories.next_change(resource, &fold.life, loan.relation, time);
                }
            }
            let instant = Instant {
                resource,
                time,
                moment: moment.as_ref(),
                changed: moment.as_ref().map(|moment| moment.changed(&fold.life)).unwrap_or_default(),
                lent: &lent,
                life: &fold.life,
                histories,
                ticking: tick == Some(time),
                since: now,
            };
            for (active, track) in active.iter().zip(&mut tracks) {
                instant.observe(active, track, &self.settings);
            }
            now = Some(time);
        }
        (fold, tracks)
    }
}

/// A relation, and when what it lends changes next.
struct Loan {
    relation: &'static RelationDef,
    next: Option<Second>,
}

/// One second at which a resource is judged.
struct Instant<'a> {
    resource: &'a ResourceId,
    time: Second,
    moment: Option<&'a Moment>,
    /// The facets that have another value than before.
    changed: FacetSet,
    /// The relations that lend something else than before.
    lent: &'a [&'static RelationDef],
    life: &'a Life,
    histories: &'a Histories,
    ticking: bool,
    /// The second judged before this one.
    since: Option<Second>,
}

impl Instant<'_> {
    /// Judges one rule if anything it reads has changed, and moves its timeline.
    fn observe(&self, active: &Active, track: &mut Track, settings: &Settings) {
        let touched = self.moment.is_some_and(|moment| moment.touched.meets(active.own));
        let own = self.changed.meets(active.own) || touched && active.rule.timed;
        let lent_now: Vec<&'static RelationDef> = active
            .rule
            .borrows
            .iter()
            .map(|(relation, _)| *relation)
            .filter(|relation| self.lent.iter().any(|lent| std::ptr::eq(*lent, *relation)))
            .collect();
        let ticking = self.ticking && active.rule.timed;
        // At the first sight of a resource every rule is asked, so that what cannot be told is counted.
        let whole = self.since.is_none() || self.moment.is_some_and(|moment| moment.touched == FacetSet::ALL);
        if !(own || whole || ticking || !lent_now.is_empty()) {
            return;
        }
        if self.life.presence == Presence::Gone {
            let cause = self.moment.and_then(|moment| moment.cause(FacetSet::ALL)).cloned();
            track.retire(self.time, cause);
            return;
        }
        let relatives = self.histories.at(self.resource, self.life, self.time);
        let snapshot = Snapshot::new(self.resource, self.time, self.life, &relatives);
        let verdict = active.rule.verdict(&snapshot, settings);
        let rests_on_default = active.rule.reads.iter().all(|facet| {
            self.life.slot(facet).is_some_and(|slot| slot.origin == Origin::Default || slot.state == State::Absent)
        });
        track.advance(verdict, rests_on_default, || self.boundary(active, &lent_now));
    }

    /// When, why, and what the rule reads before and after.
    fn boundary(&self, active: &Active, lent_now: &[&'static RelationDef]) -> Boundary {
        let own_cause = self.moment.and_then(|moment| moment.cause(active.own).or_else(|| moment.cause(FacetSet::ALL)));
        let cause = own_cause.or_else(|| {
            lent_now.iter().find_map(|relation| self.histories.cause(self.resource, self.life, relation, self.time))
        });
        let (mut before, mut after) = (Map::new(), Map::new());
        if let Some(moment) = self.moment {
            let born = self.life.born == Some(self.time);
            for facet in active.rule.reads {
                let Some(position) = self.life.kind.position(facet.name) else { continue };
                let old = moment.before.iter().find(|(before, _)| *before == position).map(|(_, old)| old);
                let (Some(old), Some(new)) = (old, self.life.slots.get(position)) else { continue };
                let old = old.slot(new);
                if old.state != new.state {
                    before.insert(facet.name.into(), if born { BEFORE_BIRTH.into() } else { shown(&old) });
                    after.insert(facet.name.into(), shown(new));
                }
            }
        }
        for (relation, facets) in active
            .rule
            .borrows
            .iter()
            .filter(|(relation, _)| lent_now.iter().any(|lent| std::ptr::eq(*lent, *relation)))
        {
            let view = |time| {
                let relatives = self.histories.at(self.resource, self.life, time);
                let (lives, _) = trailhound_model::Relatives::related(&relatives, relation);
                lives.into_iter().map(|(_, life)| life.clone()).next()
            };
            let (old, new) = (view(self.time.plus(-1)), view(self.time));
            for facet in *facets {
                let name = format!("{}.{}", relation.name, facet.name);
                let slot = |life: &Option<Life>| life.as_ref().and_then(|life| life.slot(facet).map(shown));
                let (old, new) = (slot(&old), slot(&new));
                if old != new {
                    before.insert(name.as_str().into(), old.unwrap_or_default());
                    after.insert(name.into(), new.unwrap_or_default());
                }
            }
        }
        Boundary { time: self.time, cause: cause.cloned(), before: before.into(), after: after.into() }
    }
}

/// What a facet was before its resource was made.
const BEFORE_BIRTH: &str = "did not exist";

/// A facet's state as a reader sees it in a transition.
fn shown(slot: &Slot) -> Value {
    let value = match &slot.state {
        State::Known(value) => value.clone(),
        State::Partial(map, _) => Value::Map(map.clone()),
        State::Absent => Value::Null,
        State::Unread(why) => format!("unknown: {why}").into(),
    };
    if value.json_length_at_most() <= SHOWN_MAX {
        return value;
    }
    let json = value.to_json();
    if json.len() <= SHOWN_MAX {
        return value;
    }
    let cut: String = json.chars().take(SHOWN_MAX / 4).collect();
    format!("{cut}… (cut: {} bytes)", json.len()).into()
}

/// What a transition tells beside its step.
struct Boundary {
    time: Second,
    cause: Option<Arc<Cause>>,
    before: Value,
    after: Value,
}

/// How many episodes of a timeline are kept when its entries are not.
const EPISODES_KEPT: usize = 20;

/// How many boundaries of a timeline are kept when its entries are not.
const TRANSITIONS_KEPT: usize = 60;

/// A rule's timeline on one resource in the making.
#[derive(Default)]
struct Track {
    line: Timeline,
}

impl Track {
    fn advance(&mut self, verdict: Verdict, rests_on_default: bool, boundary: impl FnOnce() -> Boundary) {
        self.line.unknown = None;
        match verdict {
            Verdict::Fail(failure) => {
                self.fail(failure, rests_on_default, boundary);
                self.line.answered = true;
            }
            Verdict::Pass | Verdict::NotApplicable(_) => {
                self.line.answered |= matches!(verdict, Verdict::Pass);
                let message: Text = match verdict {
                    Verdict::NotApplicable(why) => why,
                    _ => "passes".into(),
                };
                match self.line.status {
                    Some(Status::Open | Status::Unknown) => {
                        self.close(Step::Resolved, Status::Resolved, boundary(), message);
                        self.line.message =
                            self.line.failure.as_ref().map_or_else(|| "passes".into(), |f| f.message.clone());
                    }
                    Some(Status::Resolved) | None => {}
                }
            }
            Verdict::Unknown(why) => {
                let lost = match self.line.status {
                    Some(Status::Open) => true,
                    Some(Status::Unknown) => false,
                    Some(Status::Resolved) | None => self.line.answered,
                };
                let message: Text = format!("cannot be told: {why}").into();
                if lost {
                    self.close(Step::LostSight, Status::Unknown, boundary(), message.clone());
                }
                if self.line.status == Some(Status::Unknown) {
                    self.line.message = message;
                }
                self.line.unknown = Some(why);
            }
        }
    }

    fn fail(&mut self, failure: Failure, rests_on_default: bool, boundary: impl FnOnce() -> Boundary) {
        let step = match self.line.status {
            Some(Status::Open) => {
                let known: BTreeSet<&str> =
                    self.line.failure.iter().flat_map(|failure| &failure.evidence).map(|entry| &*entry.key).collect();
                failure.evidence.iter().any(|entry| !known.contains(&*entry.key)).then_some(Step::Widened)
            }
            _ if self.line.episodes.is_empty() => Some(Step::Opened),
            _ => Some(Step::Reopened),
        };
        if let Some(step) = step {
            let boundary = boundary();
            let by_read = boundary.cause.as_ref().is_some_and(|cause| cause.is_read());
            let first = step == Step::Opened && !self.line.answered;
            self.line.first_sight = by_read && (first || step == Step::Widened && self.line.first_sight);
            if step != Step::Widened {
                self.line.episodes.push(Episode {
                    opened_at: boundary.time,
                    opened_by: boundary.cause.clone(),
                    closed_at: None,
                    closed_by: None,
                    closed_as: None,
                });
            }
            self.record(step, boundary, failure.message.clone(), failure.evidence.clone());
        }
        self.line.status = Some(Status::Open);
        self.line.rests_on_default = rests_on_default;
        self.line.message = failure.message.clone();
        self.line.failure = Some(failure);
    }

    fn retire(&mut self, time: Second, cause: Option<Arc<Cause>>) {
        if matches!(self.line.status, Some(Status::Open | Status::Unknown)) {
            let boundary = Boundary { time, cause, before: Value::Null, after: Value::Null };
            self.close(Step::Retired, Status::Resolved, boundary, "the resource was deleted".into());
        }
        self.line.answered = false;
        self.line.unknown = None;
    }

    fn close(&mut self, step: Step, status: Status, boundary: Boundary, message: Text) {
        if let Some(episode) = self.line.episodes.last_mut().filter(|episode| episode.closed_at.is_none()) {
            episode.closed_at = Some(boundary.time);
            episode.closed_by = boundary.cause.clone();
            episode.closed_as = Some(step);
        }
        self.line.status = Some(status);
        self.line.first_sight = false;
        self.record(step, boundary, message, Vec::new());
    }

    fn record(&mut self, step: Step, boundary: Boundary, message: Text, evidence: Vec<Evidence>) {
        let Boundary { time, cause, before, after } = boundary;
        self.line.transitions.push(Transition { step, time, cause, before, after, message, evidence });
    }

    /// The timeline of a rule without its oldest part.
    fn shortened(self, rule: &'static str) -> Timeline {
        let mut line = Timeline { rule: rule.into(), ..self.line };
        line.episodes.drain(..line.episodes.len().saturating_sub(EPISODES_KEPT));
        line.transitions.drain(..line.transitions.len().saturating_sub(TRANSITIONS_KEPT));
        line
    }
}

/// What a timeline says at its end; nothing if the rule never failed and never lost sight.
fn finding(line: Timeline, resource: &ResourceId, active: &Active) -> Option<Finding> {
    Some(Finding {
        resource: resource.clone(),
        rule: active.id.into(),
        item: active.rule.item.name().into(),
        severity: active.rule.severity,
        status: line.status?,
        episodes: line.episodes,
        message: line.message,
        evidence: line.failure.map(|failure| failure.evidence).unwrap_or_default(),
        rests_on_default: line.rests_on_default,
        covered_by: Vec::new(),
        transitions: line.transitions,
    })
}

/// Marks the findings whose every entry is also an entry of a finding that subsumes them: for open ones, of an open one;
/// for resolved ones, of one that was open all the time that they were.
fn cover(findings: &mut [Finding]) {
    let covers: Vec<Cover> = findings.iter().map(Cover::of).collect();
    for finding in findings {
        let (Some(rule), Some(episode)) = (trailhound_rules::named(&finding.rule), finding.last_episode()) else {
            continue;
        };
        if finding.status == Status::Unknown || rule.covered_by.is_empty() {
            continue;
        }
        finding.covered_by = covers
            .iter()
            .filter(|cover| {
                rule.covered_by.contains(&&*cover.rule)
                    && finding.evidence.iter().all(|entry| cover.keys.contains(&entry.key))
                    && match finding.status {
                        Status::Open => cover.open,
                        _ => cover.episodes.iter().any(|(opened, closed)| {
                            *opened <= episode.opened_at
                                && closed.is_none_or(|closed| Some(closed) >= episode.closed_at)
                        }),
                    }
            })
            .map(|cover| cover.rule.clone())
            .collect();
    }
}

/// What a finding may cover: its last entries, while it was open.
struct Cover {
    rule: Text,
    open: bool,
    keys: BTreeSet<Text>,
    episodes: Vec<(Second, Option<Second>)>,
}

impl Cover {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            open: finding.status == Status::Open,
            keys: finding.evidence.iter().map(|entry| entry.key.clone()).collect(),
            episodes: finding.episodes.iter().map(|episode| (episode.opened_at, episode.closed_at)).collect(),
        }
    }
}

fn positions(kind: Kind, facets: &[&FacetDef]) -> FacetSet {
    FacetSet::of(facets.iter().filter_map(|facet| kind.position(facet.name)))
}
