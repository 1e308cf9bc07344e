//! What a parameter group says about one parameter.

use serde::de::DeserializeOwned;
use trailhound_model::{Entries, Why};

/// Whether a parameter was set, and if so whether it is on.
///
/// # Errors
/// Why it may have been set without being seen.
pub(crate) fn set<T: DeserializeOwned>(
    entries: &Entries<'_, T>,
    name: &str,
    is_on: impl Fn(&T) -> bool,
) -> Result<Option<bool>, Why> {
    if let Some((_, value)) = entries.seen().find(|(key, _)| *key == name) {
        return Ok(Some(is_on(value)));
    }
    entries.any(|key, _| key == name).known()?;
    Ok(None)
}
