//! Verdicts that hang on what is decided at deployment, though the rule that gave them could not see it.
//!
//! A rule reads a policy with its open parts once as widely and once as narrowly as they can be. Whom a trust policy means,
//! what a Deny refuses and what a block blocks are not of that sort: there an open part may turn the answer around.

use trailhound_model::kinds::s3;
use trailhound_model::{FacetDef, Life, State, Value, Verdict, Why};
use trailhound_rules::Rule;

use crate::resolve::is_open;

/// Rules that may pass because a part of a document says nothing yet.
const PASS_NEEDS_ALL: [&str; 3] =
    ["iam-policy-service-scoped", "iam-role-trust-external-id", "iam-role-trust-service-source"];

/// Rules that may fail because of it.
const FAIL_NEEDS_ALL: [&str; 1] = ["iam-role-trust-oidc-subject"];

/// Rules that may fail because a Deny says nothing yet, or speaks of a bucket by the name that this one will have.
const FAIL_NEEDS_DENIES: [&str; 4] =
    ["efs-file-system-tls-only", "s3-bucket-tls-only", "sns-topic-tls-only", "sqs-queue-tls-only"];

/// The verdict, or *unknown* where an open part may turn it around. `is_named_later` says that the resource's name is
/// decided at deployment.
pub(crate) fn of(id: &str, rule: &Rule, life: &Life, is_named_later: bool, verdict: Verdict) -> Verdict {
    let known = || rule.reads.iter().filter_map(|facet| known(life, facet));
    let turns = match &verdict {
        Verdict::Pass => PASS_NEEDS_ALL.contains(&id) && known().any(is_open),
        Verdict::Fail(_) => {
            FAIL_NEEDS_ALL.contains(&id) && known().any(is_open)
                || FAIL_NEEDS_DENIES.contains(&id) && known().any(|document| may_deny(document, is_named_later))
                || rule.reads.iter().any(|facet| is_open_block(life, facet)) && reads_grants(rule)
        }
        Verdict::NotApplicable(_) | Verdict::Unknown(_) => false,
    };
    if turns { Verdict::Unknown(Why::Unresolved) } else { verdict }
}

fn known<'l>(life: &'l Life, facet: &FacetDef) -> Option<&'l Value> {
    match &life.slot(facet)?.state {
        State::Known(value) => Some(value),
        State::Partial(..) | State::Absent | State::Unread(_) => None,
    }
}

/// Whether a document has a Deny of which nobody knows yet what it refuses.
fn may_deny(document: &Value, is_named_later: bool) -> bool {
    let statements =
        document.get("Statement").map_or(&[][..], |one| one.as_list().unwrap_or(std::slice::from_ref(one)));
    let is_deny = |statement: &&Value| statement.get("Effect").and_then(Value::as_str) != Some("Allow");
    statements.iter().filter(is_deny).any(|deny| is_named_later || is_open(deny))
}

/// Whether a facet is a block on public access that is decided at deployment.
fn is_open_block(life: &Life, facet: &FacetDef) -> bool {
    let blocks = [&s3::PUBLIC_ACCESS_BLOCK.def, &s3::ACCESS_POINT_PUBLIC_ACCESS_BLOCK.def];
    blocks.iter().any(|block| std::ptr::eq(*block, facet))
        && life.slot(facet).is_some_and(|slot| slot.state == State::Unread(Why::Unresolved))
}

/// Whether a rule is about a grant that a block may excuse.
fn reads_grants(rule: &Rule) -> bool {
    let grants = [&s3::GRANTS.def, &s3::POLICY.def, &s3::ACCESS_POINT_POLICY.def];
    rule.reads.iter().any(|facet| grants.iter().any(|grant| std::ptr::eq(*grant, *facet)))
}
