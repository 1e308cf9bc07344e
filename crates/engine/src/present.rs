//! A resource as it is now, told by reads alone: nothing is stored, and nothing is held against what was before.

use std::collections::BTreeSet;

use trailhound_model::{
    FacetDef, Ledger, Life, Presence as Alive, ResourceId, Second, Severity, Snapshot, State, Text, Verdict,
};

use crate::fold::Fold;
use crate::history::{Histories, lender, lent_by};
use crate::judge::Judge;
use crate::port::{Collector, Presence, Reading};
use crate::reading::{Known, take};

/// What reading a resource showed, and what its rules say to it.
#[derive(Clone, Debug)]
pub struct Present {
    /// Whether it exists. If it does not, or nothing could be read of it, there are no answers.
    pub presence: Presence,
    /// What the rules answer, in their order. Those that do not apply are among them.
    pub answers: Vec<Answer>,
    /// What else was read because rules borrow from it.
    pub lenders: Vec<ResourceId>,
    /// Why facets of the resource are not known, by their names.
    pub unread: Vec<(&'static str, Text)>,
}

/// What one rule says.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The rule's id.
    pub rule: &'static str,
    /// How much a failure matters.
    pub severity: Severity,
    /// What it says.
    pub verdict: Verdict,
}

/// Reads a resource, and what its rules borrow from as far as its own facets name it, and asks its rules. What is borrowed
/// from whatever there is of a kind (all trails of an account, say) is not looked for: such rules say what they do not know.
pub async fn present<C: Collector>(judge: &Judge, collector: &C, resource: &ResourceId, now: Second) -> Present {
    let readable: Vec<&'static FacetDef> =
        resource.kind.def().facets.iter().copied().filter(|facet| !facet.reads.is_empty()).collect();
    let reading = collector.read(resource, &readable).await;
    let unread = reading.facets.iter().filter_map(|(facet, state)| match state {
        State::Unread(why) | State::Partial(_, why) => Some((facet.name, why.to_string().into())),
        State::Known(_) | State::Absent => None,
    });
    let mut present =
        Present { presence: reading.presence, answers: Vec::new(), lenders: Vec::new(), unread: unread.collect() };
    let (ledger, life) = learn(resource, &reading);
    if life.presence != Alive::Live {
        return present;
    }
    let mut ledgers = vec![(resource.clone(), ledger)];
    for lender in lenders(judge, resource, &life) {
        let lent = lent_by(lender.kind);
        let facets = lender.kind.def().facets.iter().enumerate();
        let facets: Vec<&'static FacetDef> =
            facets.filter(|(at, facet)| lent.has(*at) && !facet.reads.is_empty()).map(|(_, facet)| *facet).collect();
        let reading = collector.read(&lender, &facets).await;
        ledgers.push((lender.clone(), learn(&lender, &reading).0));
        present.lenders.push(lender);
    }
    let histories = Histories::of(ledgers.iter().map(|(id, ledger)| (id, ledger)));
    let relatives = histories.at(resource, &life, now);
    let snapshot = Snapshot::new(resource, now, &life, &relatives);
    present.answers = judge
        .rules(resource.kind)
        .map(|(id, rule)| Answer {
            rule: id,
            severity: rule.severity,
            verdict: rule.verdict(&snapshot, judge.settings()),
        })
        .collect();
    present
}

/// The ledger that one reading makes, and what is known by it.
fn learn(resource: &ResourceId, reading: &Reading) -> (Ledger, Life) {
    let mut ledger = Ledger::default();
    if let Some(entry) = take(resource, &Known::of(resource.kind, &ledger), reading, true, None).entry {
        ledger.insert(entry);
    }
    let (life, _) = Fold::new(resource.kind, &ledger, &[]).finish();
    (ledger, life)
}

/// What the rules of a resource borrow from by name: its account, its region, and what its own facets name.
fn lenders(judge: &Judge, resource: &ResourceId, life: &Life) -> BTreeSet<ResourceId> {
    judge.relations(resource.kind).values().filter_map(|relation| lender(relation, resource, life)).collect()
}

#[cfg(test)]
mod tests {
    use trailhound_model::kinds::account;
    use trailhound_model::kinds::s3::{self, BUCKET};
    use trailhound_model::{GLOBAL, Kind, Value, Why};
    use trailhound_rules::Settings;

    use super::*;

    /// An AWS in which the account blocks public access or not, and the bucket's own block is off.
    struct Aws {
        account_blocks: bool,
        presence: Presence,
    }

    impl Collector for Aws {
        async fn read(&self, resource: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
            let block = |on: bool| {
                let names = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
                State::Known(Value::map(names.map(|name| (name, Some(Value::from(on))))))
            };
            let state = |facet: &FacetDef| match () {
                () if self.presence != Presence::Present => State::Unread(Why::AccessDenied),
                () if facet.name == account::PUBLIC_ACCESS_BLOCK.def.name && *resource.id == *account::SELF => {
                    block(self.account_blocks)
                }
                () if facet.name == s3::PUBLIC_ACCESS_BLOCK.def.name => block(false),
                () => State::Unread(Why::AccessDenied),
            };
            let facets = facets.iter().map(|facet| (*facet, state(facet))).collect();
            Reading { started: Second(1_800_000_000), presence: self.presence, facets }
        }
    }

    fn ask(account_blocks: bool, presence: Presence) -> Present {
        let bucket = ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: GLOBAL.into(),
            kind: Kind::of(&BUCKET),
            id: "invoices".into(),
        };
        let judge = Judge::new(Settings::default());
        pollster::block_on(present(&judge, &Aws { account_blocks, presence }, &bucket, Second(1_800_000_001)))
    }

    #[test]
    fn a_rule_is_told_what_it_borrows() {
        for (account_blocks, expected) in [(true, "pass"), (false, "fail")] {
            let present = ask(account_blocks, Presence::Present);
            let word = |rule| present.answers.iter().find(|answer| answer.rule == rule).unwrap().verdict.word();
            assert_eq!(word("s3-bucket-public-access-block"), expected);
            assert_eq!(word("s3-bucket-versioning"), "unknown", "what was refused is no pass");
            assert!(present.lenders.iter().any(|lender| *lender.id == *account::SELF), "{:?}", present.lenders);
            assert!(present.unread.iter().any(|(facet, why)| *facet == "VersioningConfiguration" && !why.is_empty()));
        }
    }

    #[test]
    fn what_is_not_there_and_what_cannot_be_read_has_no_answers() {
        for presence in [Presence::NotFound, Presence::Unproven, Presence::Deleting] {
            let present = ask(true, presence);
            assert_eq!((present.presence, present.answers.len()), (presence, 0));
        }
    }
}
