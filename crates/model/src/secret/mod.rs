//! Text that may hold a secret.

mod detector;

pub use detector::{Detector, detect, is_secret_name, known_format};

use serde::Deserialize;

/// Raw text that may hold a secret, between the door and the detector. It cannot be printed, stored or compared: there
/// is no `Debug`, no `Display` and no `Serialize`. What leaves the door is a detector's name and a keyed fingerprint.
pub struct Secret<'a>(&'a str);

impl<'a> Secret<'a> {
    /// Wraps raw text.
    #[must_use]
    pub const fn new(raw: &'a str) -> Self {
        Self(raw)
    }

    /// The raw text, for a detector. Never format, store or return it.
    #[must_use]
    pub const fn expose(&self) -> &'a str {
        self.0
    }
}

/// A variable, a parameter or a line that looks like a secret: all that is ever kept of it. An entry of a keyed facet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecretLooking {
    /// The variable's or parameter's name, or the line's number.
    pub name: String,
    /// The detector that took it for a secret, in a few words.
    pub detector: String,
}
