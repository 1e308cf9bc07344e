//! CloudFront distributions.

mod distribution_https;
mod distribution_tls_policy;
mod origin_https;

use trailhound_model::kinds::cloudfront::{Behavior, CACHE_BEHAVIORS, DEFAULT_CACHE_BEHAVIOR};
use trailhound_model::{Snapshot, Why};

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&distribution_https::RULE, &distribution_tls_policy::RULE, &origin_https::RULE];

/// What the console calls the behaviour of all other paths.
const DEFAULT: &str = "Default (*)";

/// The behaviours that are known, and why others are not.
fn behaviors(distribution: &Snapshot<'_>) -> (Vec<Behavior>, Option<Why>) {
    let mut known = Vec::new();
    let mut doubt = None;
    match distribution.get(&DEFAULT_CACHE_BEHAVIOR).known() {
        Ok(behavior) => known.extend(behavior),
        Err(why) => doubt = Some(why),
    }
    match distribution.get(&CACHE_BEHAVIORS).known() {
        Ok(behaviors) => known.extend(behaviors.unwrap_or_default()),
        Err(why) => doubt = Some(why),
    }
    (known, doubt)
}

/// Whether a behaviour answers plain HTTP.
fn is_plain(behavior: &Behavior) -> bool {
    !matches!(&*behavior.viewer_protocol_policy, "redirect-to-https" | "https-only")
}
