//! Environment variables at the door: what looks like a secret is kept by its name, and no value is kept.

use trailhound_model::secret::{Secret, detect};
use trailhound_model::{Map, State, Value, Why};

use crate::life::Said;
use crate::resolve::{is_intrinsic, is_open, scalar};

/// The variables that look like secrets, and whether there may be more.
#[derive(Default)]
pub(crate) struct Variables {
    found: Map,
    open: bool,
}

impl Variables {
    /// Looks at one variable. Its key begins with `prefix`.
    pub(crate) fn look(&mut self, prefix: &str, name: &str, value: &Value) {
        let text = rough(value);
        match detect(name, &Secret::new(&text)) {
            Some(detector) => {
                let entry = Value::map([("Name", Some(name.into())), ("Detector", Some(detector.name().into()))]);
                self.found.insert(format!("{prefix}{name}").into(), entry);
            }
            // A reference to a secret is no secret, but a parameter may be one.
            None => self.open |= value.as_map().is_some() && is_open(value) && is_telling(name),
        }
    }

    /// Looks at a list of `{Name, Value}`, leaving out those that `counts` refuses.
    pub(crate) fn look_at(&mut self, prefix: &str, list: Said, counts: impl Fn(&Value) -> bool) {
        let items = match list {
            Said::Nothing => return,
            Said::Value(Value::List(items)) => items,
            Said::Value(_) | Said::Open => {
                self.open = true;
                return;
            }
        };
        for item in items.iter().filter(|item| counts(item)) {
            match (item.get("Name").and_then(Value::as_str), item.get("Value")) {
                (Some(name), Some(value)) => self.look(prefix, name, value),
                (Some(_), None) => {}
                (None, _) => self.open = true,
            }
        }
    }

    /// Looks at a map from name to value.
    pub(crate) fn look_at_map(&mut self, map: Said) {
        match map {
            Said::Nothing => {}
            Said::Value(Value::Map(map)) if !is_intrinsic(&map) => {
                for (name, value) in &map {
                    self.look("", name, value);
                }
            }
            Said::Value(_) | Said::Open => self.open = true,
        }
    }

    /// The state of the facet that holds them.
    pub(crate) fn state(self) -> State {
        if self.open { State::Partial(self.found, Why::Unresolved) } else { State::Known(self.found.into()) }
    }
}

/// Whether a variable of this name holds a secret unless its value says otherwise.
fn is_telling(name: &str) -> bool {
    const RANDOM: &str = "q7Xw2Lk9Vb4Zt6Rn1Mc8Hd3Js5";
    detect(name, &Secret::new(RANDOM)).is_some()
}

/// The text of a value, with a reference where a part is decided at deployment.
pub(crate) fn rough(value: &Value) -> String {
    const OPEN: &str = "${OPEN}";
    let list = |name: &str| value.get(name).and_then(Value::as_list);
    if let Some(text) = scalar(value) {
        return text;
    }
    if let Some(text) = value.get("Fn::Sub") {
        let text = text.as_str().or_else(|| text.as_list()?.first()?.as_str());
        return text.unwrap_or(OPEN).to_owned();
    }
    if let Some([between, Value::List(parts)]) = list("Fn::Join") {
        let parts: Vec<String> = parts.iter().map(rough).collect();
        return parts.join(between.as_str().unwrap_or_default());
    }
    if let Some(inner) = value.get("Fn::Base64") {
        return rough(inner);
    }
    OPEN.to_owned()
}
