//! What an analysis of a policy or a group of network rules answers with.

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

    /// A rule's answer: fails on certain entries, cannot tell on unclear ones, else passes.
    ///
    /// # Errors
    /// The reason, when there are only unclear entries.
    pub fn answer(self, message: impl FnOnce(&[Evidence]) -> String) -> Answer {
        if self.certain.is_empty() && !self.unclear.is_empty() {
            return Err(self.why.unwrap_or(Why::Unresolved));
        }
        Ok(Verdict::unless(self.certain, message))
    }
}
