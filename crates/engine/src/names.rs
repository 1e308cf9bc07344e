//! Aliases: calls that name a resource by another name, and what teaches the name.
//!
//! Like a ledger, this is a set that is folded: which resource a call meant follows from all bindings known, whatever order
//! they came in. A binding that arrives late may move a call from one resource's ledger to another's.

use std::collections::{BTreeMap, BTreeSet};

use trailhound_model::{Binding, Entry, ResourceId, Second, Text};

/// A time at which an alias was seen to stand for a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// When.
    pub time: Second,
    /// The event that showed it.
    pub event_id: Text,
    /// What it stands for.
    pub resource: ResourceId,
    /// Whether the name began to mean this resource then.
    pub birth: bool,
}

/// All that is known about one alias.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// What it was seen to stand for.
    pub sightings: BTreeSet<Sighting>,
    /// The calls that named a resource by it.
    pub entries: BTreeMap<(Second, Text), Entry>,
}

/// A call that turns out to mean another resource than it was thought to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The call.
    pub entry: Entry,
    /// The resource whose ledger holds it now.
    pub from: Option<ResourceId>,
    /// The resource whose ledger is to hold it.
    pub to: Option<ResourceId>,
}

impl Names {
    /// Adds all that is newly known, and says which calls it moves: those that are new, and those that it explains
    /// differently.
    pub fn learn(&mut self, mut new: Self) -> Vec<Move> {
        let before = self.clone();
        self.sightings.append(&mut new.sightings);
        self.entries.append(&mut new.entries);
        let moves = self.entries.iter().map(|(key, entry)| {
            let from = if before.entries.contains_key(key) { before.meant(key.0) } else { None };
            Move { entry: entry.clone(), from: from.cloned(), to: self.meant(key.0).cloned() }
        });
        moves.filter(|moved| moved.from != moved.to).collect()
    }

    /// Forgets what no later event needs: calls up to a time that were assigned, and what the name stood for before what
    /// it stood for then. No more than `most` sightings and `most` calls are kept, however young.
    pub fn forget(&mut self, upto: Second, most: usize) {
        let nth = |count: usize| count.checked_sub(most + 1);
        let beyond = nth(self.sightings.len()).and_then(|at| self.sightings.iter().nth(at));
        let upto_sighting = upto.max(beyond.map_or(Second(i64::MIN), |sighting| sighting.time));
        let last = self.sightings.iter().rev().find(|sighting| sighting.time <= upto_sighting).cloned();
        if let Some(last) = last {
            self.sightings = self.sightings.split_off(&last);
        }
        let beyond = nth(self.entries.len()).and_then(|at| self.entries.keys().nth(at)).map(|(time, _)| *time);
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|(time, _), _| {
            let explained = self.meant(*time).is_some();
            !(explained && *time <= upto || beyond.is_some_and(|beyond| *time <= beyond))
        });
        self.entries = entries;
    }

    /// How many calls mean nothing yet.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        self.entries.keys().filter(|key| self.meant(key.0).is_none()).count()
    }

    /// Adds what an event teaches. Returns whether it is new.
    pub fn teach(&mut self, time: Second, event_id: &str, binding: &Binding) -> bool {
        self.sightings.insert(Sighting {
            time,
            event_id: event_id.into(),
            resource: binding.resource.clone(),
            birth: binding.birth,
        })
    }

    /// What the alias meant at a time: the last sighting up to then, else the first after it if that one was not the
    /// beginning of the name.
    #[must_use]
    pub fn meant(&self, time: Second) -> Option<&ResourceId> {
        let before = self.sightings.iter().rev().find(|sighting| sighting.time <= time);
        let after = || self.sightings.iter().find(|sighting| sighting.time > time).filter(|sighting| !sighting.birth);
        before.or_else(after).map(|sighting| &sighting.resource)
    }
}

#[cfg(test)]
mod tests {
    use trailhound_model::kinds::s3::BUCKET;
    use trailhound_model::{Alias, GLOBAL, Kind};

    use super::*;

    fn resource(id: &str) -> ResourceId {
        let kind = Kind::of(&BUCKET);
        ResourceId { partition: "aws".into(), account: "1".into(), region: GLOBAL.into(), kind, id: id.into() }
    }

    fn names(sightings: &[(i64, &str, bool)]) -> Names {
        let mut names = Names::default();
        for (time, id, birth) in sightings {
            let resource = resource(id);
            let alias = Alias {
                account: "1".into(),
                region: GLOBAL.into(),
                kind: resource.kind,
                space: "name".into(),
                name: "web".into(),
            };
            names.teach(Second(*time), "event", &Binding { alias, resource, birth: *birth });
        }
        names
    }

    fn meant(names: &Names, time: i64) -> Option<&str> {
        names.meant(Second(time)).map(|resource| &*resource.id)
    }

    #[test]
    fn a_mention_holds_for_the_time_before_it_and_a_birth_does_not() {
        assert_eq!(meant(&names(&[]), 5), None);
        assert_eq!(meant(&names(&[(10, "sg-1", false)]), 5), Some("sg-1"));
        assert_eq!(meant(&names(&[(10, "sg-1", true)]), 5), None);
        assert_eq!(meant(&names(&[(10, "sg-1", true)]), 10), Some("sg-1"));
    }

    #[test]
    fn what_is_forgotten_changes_no_later_answer() {
        let all = names(&[(1, "sg-1", true), (10, "sg-2", true), (11, "sg-2", false), (20, "sg-3", true)]);
        for most in 0..5 {
            for upto in 0..25 {
                let mut kept = all.clone();
                kept.forget(Second(upto), most);
                let later =
                    if most == 0 { 20 } else { upto.max(all.sightings.iter().rev().nth(most).map_or(0, |s| s.time.0)) };
                for time in later..30 {
                    assert_eq!(meant(&kept, time), meant(&all, time), "at {time}, forgetting up to {upto} but {most}");
                }
                assert!(kept.sightings.len() <= most + 1, "{kept:?}");
            }
        }
        let mut many = names(&[]);
        for time in 0..5_000 {
            many.sightings.extend(names(&[(time, "sg-1", false)]).sightings);
        }
        many.forget(Second(-1), 200);
        assert_eq!(many.sightings.len(), 201);
        many.forget(Second(6_000), 200);
        assert_eq!(many.sightings.len(), 1);
    }

    #[test]
    fn a_name_that_was_given_again_means_the_newer_resource() {
        let names = names(&[(1, "sg-1", true), (10, "sg-2", true)]);
        assert_eq!(meant(&names, 9), Some("sg-1"));
        assert_eq!(meant(&names, 10), Some("sg-2"));
    }
}
