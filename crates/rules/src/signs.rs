//! What an analysis of a policy or a group of network rules answers with.

use std::borrow::Cow;

use trailhound_model::{Answer, Evidence, Verdict, Why};

/// The entries that show a fault, and those that may show one.
///
/// An entry is *unclear* when it rests on something not known: a value that a template leaves open, a prefix list nobody
/// has read. Unclear entries never pass for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Faults whatever the unknown parts turn out to be.
    pub certain: Vec<Evidence>,
    /// Faults only if the unknown parts turn out badly.
    pub unclear: Vec<Evidence>,
    /// Why the unclear ones are.
    pub why: Option<Why>,
}

impl Signs {
    /// Nothing was found and nothing is unclear.
    #[must_use]
    pub const fn is_clear(&self) -> bool {
        self.certain.is_empty() && self.unclear.is_empty()
    }

    /// A fault was found.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        !self.certain.is_empty()
    }

    /// Puts a name before every key, so that the entries of several documents of one resource stay apart.
    #[must_use]
    pub fn under(mut self, name: &str) -> Self {
        for entry in self.certain.iter_mut().chain(&mut self.unclear) {
            entry.key = format!("{name}/{}", entry.key).into();
        }
        self
    }

    /// Adds what another analysis found.
    pub fn extend(&mut self, other: Self) {
        self.certain.extend(other.certain);
        self.unclear.extend(other.unclear);
        self.why = self.why.take().or(other.why);
    }

    /// The certain entries, to be settled with the entries that the analysis was made of.
    ///
    /// # Errors
    /// The reason, when there are only unclear entries.
    pub fn found(self) -> Result<Vec<Evidence>, Why> {
        if self.certain.is_empty() && !self.unclear.is_empty() {
            return Err(self.why.unwrap_or(Why::Unresolved));
        }
        Ok(self.certain)
    }

    /// A rule's answer: fails on certain entries, cannot tell on unclear ones, else passes.
    ///
    /// # Errors
    /// The reason, when there are only unclear entries.
    pub fn answer(self, message: impl FnOnce(&[Evidence]) -> String) -> Answer {
        Ok(Verdict::unless(self.found()?, message))
    }
}

/// At most four names in backticks, and how many more.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let mut words = String::new();
    let mut more = 0;
    for (at, name) in names.enumerate() {
        if at >= SHOWN {
            more += 1;
            continue;
        }
        if at > 0 {
            words.push_str(", ");
        }
        words.push('`');
        words.push_str(&clipped(name));
        words.push('`');
    }
    if more > 0 {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

/// The beginning of a text that may be as long as whoever wrote it liked.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN).and_then(|(end, _)| text.get(..end)) {
        Some(start) => format!("{start}…").into(),
        None => text.into(),
    }
}

/// The keys of entries as a message lists them.
pub(crate) fn keys(entries: &[Evidence]) -> String {
    listed(entries.iter().map(|entry| &*entry.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(certain: &[&str], unclear: &[&str]) -> Signs {
        let entries = |keys: &[&str]| keys.iter().map(|key| Evidence::new(*key, "words")).collect();
        let why = (!unclear.is_empty()).then_some(Why::NotSeen);
        Signs { certain: entries(certain), unclear: entries(unclear), why }
    }

    fn word(signs: Signs) -> &'static str {
        signs.answer(|entries| format!("{} found", entries.len())).map_or("unknown", |verdict| verdict.word())
    }

    #[test]
    fn unclear_entries_never_pass_and_never_hide_certain_ones() {
        assert_eq!(word(signs(&[], &[])), "pass");
        assert_eq!(word(signs(&["a"], &[])), "fail");
        assert_eq!(word(signs(&[], &["b"])), "unknown");
        assert_eq!(word(signs(&["a"], &["b"])), "fail");
        assert_eq!(signs(&[], &["b"]).answer(|_| String::new()), Err(Why::NotSeen));
    }

    #[test]
    fn documents_of_one_resource_stay_apart() {
        let mut both = signs(&["S1"], &[]).under("first");
        both.extend(signs(&["S1"], &["S2"]).under("second"));
        let keys = |entries: &[Evidence]| entries.iter().map(|entry| entry.key.to_string()).collect::<Vec<_>>();
        assert_eq!(keys(&both.certain), ["first/S1", "second/S1"]);
        assert_eq!(keys(&both.unclear), ["second/S2"]);
        assert_eq!(both.why, Some(Why::NotSeen));
        assert!(both.is_certain() && !both.is_clear());
    }
}
