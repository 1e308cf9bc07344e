//! Findings that their owners accept. An exception belongs to the present, not to the ledger: it is weighed when findings are
//! listed, so that the day of the listing decides what has expired.

use trailhound_model::{Finding, Ledger, Life, Second, Status, Step, Transition, Value};
use trailhound_rules::exception::{Case, Doubt, fingerprint};
use trailhound_rules::{Exception, Exceptions};

use crate::Fold;

/// Whether some exception concerns a finding: an open one, of a rule and a resource that it names.
#[must_use]
pub fn is_concerned(finding: &Finding, exceptions: &Exceptions) -> bool {
    finding.status == Status::Open && with_case(finding, |case| exceptions.concern(case))
}

/// Weighs a finding on a day. One that is accepted gets a last transition that says by whom, and stays open; one whose
/// acceptance has expired gets one that says so. Gives the exceptions that concern it, as they stand.
pub fn except<'e>(
    finding: &mut Finding,
    ledger: &Ledger,
    exceptions: &'e Exceptions,
    today: Second,
) -> Vec<(&'e Exception, Option<Doubt>)> {
    if !is_concerned(finding, exceptions) {
        return Vec::new();
    }
    let Some(rule) = trailhound_rules::named(&finding.rule) else { return Vec::new() };
    let (life, _): (Life, _) = Fold::new(finding.resource.kind, ledger, &[]).finish();
    let print = |evidence: &[_]| fingerprint(&finding.rule, rule, &life, evidence);
    let weighed = with_case(finding, |case| exceptions.weigh(case, today, print));
    let over = weighed.concerned.iter().find(|(_, doubt)| *doubt == Some(Doubt::Over));
    let step = match (weighed.accepted, over) {
        (Some(exception), _) => Some((Step::Excepted, today, exception.acceptance().to_string())),
        (None, Some((exception, _))) => {
            Some((Step::Lapsed, exception.ends(), format!("no longer {}", exception.acceptance())))
        }
        (None, None) => None,
    };
    if let Some((step, time, message)) = step {
        finding.transitions.push(Transition {
            step,
            time,
            cause: None,
            before: Value::Null,
            after: Value::Null,
            message: message.into(),
            evidence: finding.evidence.clone(),
        });
        finding.transitions.sort_by_key(|transition| transition.time);
    }
    weighed.concerned
}

fn with_case<T>(finding: &Finding, ask: impl FnOnce(&Case<'_>) -> T) -> T {
    let arn = finding.resource.arn();
    let names: Vec<&str> = [&*finding.resource.id].into_iter().chain(arn.as_deref()).collect();
    ask(&Case { rule: &finding.rule, account: &finding.resource.account, names: &names, evidence: &finding.evidence })
}
