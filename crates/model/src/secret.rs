//! Text that may hold a secret.

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
