//! Who made a call: the human or program behind the identity that CloudTrail records.

use trailhound_model::{Actor, Text};

use crate::Record;

/// User agents are chosen by the caller and can be long; more than this tells nobody more.
const USER_AGENT_MAX: usize = 256;

/// The actor of a record.
#[must_use]
pub(super) fn actor(record: &Record<'_>) -> Actor {
    let identity = &record.user_identity;
    let session = identity.session_context.as_ref();
    let issuer = session.and_then(|session| session.session_issuer.as_ref());
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(Text::from);
    let kind = identity.kind.as_deref().unwrap_or("Unknown");
    Actor {
        identity: kind.into(),
        name: name(record).into(),
        arn: text(identity.arn.as_deref()),
        account: text(identity.account_id.as_deref()),
        role: text(issuer.and_then(|issuer| issuer.arn.as_deref())).filter(|_| kind == "AssumedRole"),
        invoked_by: text(identity.invoked_by.as_deref()),
        source_ip: text(record.source_ip_address.as_deref()),
        user_agent: text(record.user_agent.as_deref()).map(|agent| match agent.char_indices().nth(USER_AGENT_MAX) {
            Some((end, _)) => agent.get(..end).unwrap_or_default().into(),
            None => agent,
        }),
    }
}

/// The name a reader would use. For a role session it is the session's name, which Identity Center sets to the person's
/// user name; `sourceIdentity` wins where it was set, because the caller cannot change it.
fn name(record: &Record<'_>) -> String {
    let identity = &record.user_identity;
    let session = identity.session_context.as_ref();
    let kind = identity.kind.as_deref().unwrap_or("Unknown");
    if kind == "Root" {
        return "root".to_owned();
    }
    if let Some(source) = session.and_then(|session| session.source_identity.as_deref()) {
        return source.to_owned();
    }
    if matches!(kind, "AssumedRole" | "FederatedUser")
        && let Some((_, session_name)) = identity.arn.as_deref().and_then(|arn| arn.rsplit_once('/'))
    {
        return session_name.to_owned();
    }
    [
        identity.user_name.as_deref(),
        identity.arn.as_deref().and_then(|arn| arn.rsplit(['/', ':']).next()),
        identity.on_behalf_of.as_ref().and_then(|user| user.user_id.as_deref()),
        identity.invoked_by.as_deref(),
        identity.principal_id.as_deref(),
        identity.account_id.as_deref(),
    ]
    .into_iter()
    .flatten()
    .find(|name| !name.is_empty())
    .unwrap_or("unknown")
    .to_owned()
}
