use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::pipeline::{PARTS, Part};
use trailhound_model::{Evidence, Verdict};

use crate::signs::listed;
use crate::{Settings, rule};

rule! {
    /// The pipeline that watches the account is as it was deployed.
    ///
    /// ## Why
    /// Whoever means to do something unseen blinds the watcher first: disables its rule, takes its targets away, empties its
    /// function or stops the trail that feeds it. That call is the last thing it sees.
    ///
    /// ## Fix
    /// - Console: EventBridge → Rules → enable the rule; CloudTrail → Trails → start logging. Then find out who did it.
    /// - CLI: `aws events enable-rule --name NAME`, `aws cloudtrail start-logging --name NAME`; for anything else deploy the
    ///   pipeline's stack again.
    /// - CloudFormation: update the pipeline's stack with its own template: drift is put right and counts as a deployment.
    ///
    /// ## Limits
    /// Parts are known by the beginning of their names, `pipeline_prefix` in the settings; the trail too has to be named so.
    /// What `deployment_roles` do is a deployment; while none is named, what CloudFormation does is one, whoever asked it. The
    /// roles and keys that the functions use are not looked at.
    item: Pipeline,
    severity: Critical,
    kinds: [REGION],
    reads: [PARTS],
    opens_on: [
        "DeleteEventSourceMapping20150331",
        "DeleteFunction20150331",
        "DeleteQueue",
        "DeleteRule",
        "DeleteTable",
        "DeleteTopic",
        "DeleteTrail",
        "DisableRule",
        "PutEventSelectors",
        "PutFunctionConcurrency20171031",
        "PutRule",
        "PutTargets",
        "RemovePermission",
        "RemovePermission20150331v2",
        "RemoveTargets",
        "SetQueueAttributes",
        "SetTopicAttributes",
        "StopLogging",
        "Unsubscribe",
        "UpdateEventSourceMapping20150331",
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration20150331v2",
        "UpdateTable",
        "UpdateTrail",
    ],
    closes_on: [
        "DeleteEventSourceMapping20150331",
        "DeleteFunction20150331",
        "DeleteQueue",
        "DeleteRule",
        "DeleteTable",
        "DeleteTopic",
        "DeleteTrail",
        "EnableRule",
        "PutEventSelectors",
        "PutFunctionConcurrency20171031",
        "PutRule",
        "PutTargets",
        "RemovePermission",
        "RemovePermission20150331v2",
        "RemoveTargets",
        "SetQueueAttributes",
        "SetTopicAttributes",
        "StartLogging",
        "Unsubscribe",
        "UpdateEventSourceMapping20150331",
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration20150331v2",
        "UpdateTable",
        "UpdateTrail",
    ],
    controls: [],
    judge: |region, settings| {
        let parts = region.entries(&PARTS)?;
        let is_ours = |part: &Part| part.name.starts_with(&*settings.pipeline_prefix);
        if !parts.any(|_, part| is_ours(part)).known()? {
            return Ok(Verdict::not_applicable("no part of the pipeline is in this region"));
        }
        let touched = parts.matching(|_, part| is_ours(part) && !is_intact(part, settings))?;
        let words = |part: &Part| {
            let (event, by) = (part.event.as_deref(), part.by.as_deref());
            format!("`{}` by `{}`", event.unwrap_or("a call"), by.unwrap_or("somebody"))
        };
        let touched = touched.into_iter().map(|(key, part)| Evidence::new(key, words(part))).collect();
        Ok(Verdict::unless(touched, |touched| {
            format!("the pipeline was tampered with: {}", listed(touched.iter().map(|entry| &*entry.key)))
        }))
    },
}

/// What is switched on is intact whoever did it, and what is switched off is not; anything else only a deployment may do.
fn is_intact(part: &Part, settings: &Settings) -> bool {
    let roles = &settings.deployment_roles;
    part.enabled.unwrap_or_else(|| match (&part.event, &part.role) {
        (None, _) => true,
        _ if roles.is_empty() => part.via.as_deref() == Some("cloudformation.amazonaws.com"),
        (_, role) => role.as_ref().is_some_and(|role| roles.contains(role)),
    })
}
