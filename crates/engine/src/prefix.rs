//! What the entries before a second come to, so that what goes on from there need not fold them again: an event mostly adds
//! one entry at the end of a ledger that may have hundreds.

use trailhound_model::{Kind, Ledger, Life, Second};

use crate::fold::Fold;
use crate::history::{History, is_lender};
use crate::reading::Known;

/// A ledger folded up to a second. Deaths of an owner are not in it.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    kind: Kind,
    /// The first second that is not folded.
    upto: Second,
    known: Known,
    ended: Option<Life>,
    /// Of a kind from which others borrow or that owns others.
    history: Option<History>,
}

impl Prefix {
    /// Folds the entries before a second. Where an entry corrects another one, which may be any, it folds none.
    pub(crate) fn of(kind: Kind, ledger: &Ledger, upto: Second) -> Self {
        let corrects = ledger.entries.values().any(|entry| entry.replaces.is_some());
        let upto = if corrects { Second(i64::MIN) } else { upto };
        let mut fold = Fold::new(kind, ledger, &[]);
        let mut known = Known { life: Life::unseen(kind), events: Vec::new() };
        let mut history = is_lender(kind).then(|| History::beginning(ledger));
        while fold.next_second().is_some_and(|next| next < upto) {
            let Some(moment) = fold.step() else { break };
            known.note(&moment);
            if let Some(history) = &mut history {
                history.note(moment, &fold.life);
            }
        }
        known.life = fold.life;
        Self { kind, upto, known, ended: fold.ended, history }
    }

    /// Whether a ledger that differs from the folded one from a second on goes on from here.
    pub(crate) fn holds(&self, from: Second) -> bool {
        from >= self.upto
    }

    /// Goes on with the other entries of a ledger.
    fn go_on<'l>(&self, ledger: &'l Ledger) -> Fold<'l> {
        Fold::resume(self.kind, ledger, self.known.life.clone(), self.ended.clone(), self.upto)
    }

    /// What is known by a ledger.
    pub(crate) fn known(&self, ledger: &Ledger) -> Known {
        let mut known = self.known.clone();
        let mut fold = self.go_on(ledger);
        while let Some(moment) = fold.step() {
            known.note(&moment);
        }
        known.life = fold.life;
        known
    }

    /// What others may borrow by a ledger, if they may borrow anything.
    pub(crate) fn history(&self, ledger: &Ledger) -> Option<History> {
        let mut history = self.history.clone()?;
        let mut fold = self.go_on(ledger);
        while let Some(moment) = fold.step() {
            history.note(moment, &fold.life);
        }
        Some(history)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trailhound_model::kinds::account::{ACCOUNT, PUBLIC_ACCESS_BLOCK};
    use trailhound_model::{Base, Birth, Cause, Entry, Operation, Value};

    use super::*;

    fn entry(time: i64, operation: Operation) -> Entry {
        let cause = Cause {
            time: Second(time),
            event_id: format!("event-{time}").into(),
            source: "s3.amazonaws.com".into(),
            name: "Call".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            actor: Arc::default(),
        };
        Entry { cause: Arc::new(cause), operations: vec![operation], replaces: None }
    }

    /// A block that is set, deleted and made again; `base` says whether the first of it is folded for good.
    fn ledger(base: bool) -> Ledger {
        let set =
            |on: bool| Operation::set(&PUBLIC_ACCESS_BLOCK.def, Value::map([("BlockPublicAcls", Some(on.into()))]));
        let create = || Operation::Create { birth: Birth::Certain, stated: Vec::new() };
        let mut ledger = Ledger::default();
        let operations = [create(), set(true), set(false), set(false), Operation::Delete, create(), set(true)];
        for (time, operation) in (10..).step_by(10).zip(operations) {
            ledger.insert(entry(time, operation));
        }
        if base {
            let mut fold = Fold::new(Kind::of(&ACCOUNT), &ledger, &[]);
            while fold.next_second().is_some_and(|next| next <= Second(20)) {
                fold.step();
            }
            let (life, ended) = (fold.life, fold.ended);
            ledger.base = Some(Base { time: Second(20), life, ended, deaths: Vec::new(), timelines: Vec::new() });
            ledger.entries.retain(|(time, _), _| *time > Second(20));
        }
        ledger
    }

    #[test]
    fn going_on_from_anywhere_is_folding_everything() {
        let kind = Kind::of(&ACCOUNT);
        for (base, upto, late) in [false, true]
            .into_iter()
            .flat_map(|base| (0..90).step_by(5).flat_map(move |upto| [(base, upto, false), (base, upto, true)]))
        {
            let mut ledger = ledger(base);
            let prefix = Prefix::of(kind, &ledger, Second(upto));
            assert!(prefix.holds(Second(upto)) && !prefix.holds(Second(upto - 1)));
            if late {
                ledger.insert(entry(upto, Operation::set(&PUBLIC_ACCESS_BLOCK.def, Value::Null)));
            }
            let (mut whole, mut fold) = (Vec::new(), Fold::new(kind, &ledger, &[]));
            while let Some(moment) = fold.step() {
                whole.extend(moment.causes.iter().map(|(touched, _)| (moment.time, *touched)));
            }
            let known = prefix.known(&ledger);
            assert_eq!((known.life, known.events), (fold.life, whole), "{base} {upto} {late}");
            assert_eq!(prefix.history(&ledger), Some(History::of(kind, &ledger, &[])), "{base} {upto} {late}");
        }
    }

    #[test]
    fn a_correction_may_concern_what_is_folded() {
        let kind = Kind::of(&ACCOUNT);
        let mut ledger = ledger(false);
        let correction = Entry { replaces: Some("event-20".into()), ..entry(80, Operation::Delete) };
        ledger.insert(correction);
        let prefix = Prefix::of(kind, &ledger, Second(60));
        assert_eq!(prefix.history(&ledger), Some(History::of(kind, &ledger, &[])));
    }
}
