//! Environment variables at the door: what looks like a secret is kept by its name, and no value is kept.

use trailhound_model::secret::{Secret, detect};
use trailhound_model::{FacetDef, Map, State, Value, Why};

use super::body::{Body, is_hidden};
use super::draft::{On, Stated};

/// The variables of a list that look like secrets, and whether some value was hidden.
#[derive(Default)]
pub struct Variables {
    found: Map,
    hidden: bool,
}

impl Variables {
    /// Looks at variables, each `{"name": ..., "value": ...}`. Their keys begin with `prefix`.
    pub fn look<'a>(&mut self, prefix: &str, variables: impl IntoIterator<Item = Body<'a>>) {
        for variable in variables {
            // Some records have a word in the place of the list.
            let Some(name) = variable.text("name") else {
                self.hidden = true;
                continue;
            };
            match variable.at(&["value"]).as_str() {
                Some(value) if !is_hidden(value) => self.look_at(prefix, name, &Secret::new(value)),
                _ => self.hidden = true,
            }
        }
    }

    /// Looks at one variable.
    pub fn look_at(&mut self, prefix: &str, name: &str, value: &Secret<'_>) {
        if let Some(detector) = detect(name, value) {
            let entry = Value::map([("Name", Some(name.into())), ("Detector", Some(detector.name().into()))]);
            self.found.insert(format!("{prefix}{name}").into(), entry);
        }
    }

    /// What a read that showed them says.
    #[must_use]
    pub fn into_state(self) -> State {
        if self.hidden { State::Partial(self.found, Why::Hidden) } else { State::Known(self.found.into()) }
    }

    /// Adds them to what a creating call states.
    pub(super) fn state(self, stated: Stated, facet: &'static FacetDef) -> Stated {
        if self.hidden { stated.partial(facet, self.found, Why::Hidden) } else { stated.value(facet, self.found) }
    }

    /// Puts them in the place of what was known.
    pub(super) fn set(self, on: &mut On<'_>, facet: &'static FacetDef) {
        if self.hidden {
            on.stale(facet, Why::Hidden);
            for (key, entry) in self.found {
                on.put(facet, key, entry);
            }
        } else {
            on.set(facet, self.found);
        }
    }
}
