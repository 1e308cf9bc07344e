use trailhound_model::kinds::guardduty::{DETECTOR, FILTERS, Filter};
use trailhound_model::{Evidence, Truth, Verdict, Why};

use crate::rule;

/// Fields that nearly every finding of an account matches.
const BROAD: [&str; 9] = [
    "accountId",
    "createdAt",
    "partition",
    "region",
    "service.archived",
    "service.eventFirstSeen",
    "service.eventLastSeen",
    "severity",
    "updatedAt",
];

rule! {
    /// GuardDuty suppression rules name what they suppress.
    ///
    /// ## Why
    /// A filter with the action to archive hides findings from everybody. One that goes by severity, region, account or time
    /// only hides attacks of every kind: a quiet way to switch the alarm off.
    ///
    /// ## Fix
    /// - Console: GuardDuty → Findings → Suppression rules → edit or delete the rule; name finding types or resources.
    /// - CLI: `aws guardduty delete-filter --detector-id ID --filter-name NAME`, or `update-filter` with narrower criteria.
    /// - CloudFormation: `FindingCriteria` of `AWS::GuardDuty::Filter`, with `type` or a resource in it.
    ///
    /// ## Limits
    /// Any other field counts as naming something, however many findings match it.
    item: Guardduty,
    severity: Medium,
    kinds: [DETECTOR],
    reads: [FILTERS],
    opens_on: ["CreateFilter", "UpdateFilter"],
    closes_on: ["DeleteFilter", "UpdateFilter"],
    controls: [(Nist80053, "SI-4")],
    judge: |detector, _| {
        let filters = detector.entries(&FILTERS)?;
        let (mut broad, mut doubt) = (Vec::new(), None);
        for (name, filter) in filters.seen() {
            match hides_nearly_all(filter) {
                Truth::Yes => broad.push(Evidence::new(name, "archives findings without naming a type or a resource")),
                Truth::Unknown(why) => doubt = Some(why),
                Truth::No => {}
            }
        }
        if let (true, Some(why)) = (broad.is_empty(), doubt) {
            return Err(why);
        }
        Ok(Verdict::unless(filters.settle(broad)?, |broad| {
            let names: Vec<_> = broad.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("findings are suppressed without naming a type or a resource: {}", names.join(", "))
        }))
    },
}

/// Whether a filter archives findings by nothing but [`BROAD`] fields. An update may have shown one half of it only.
fn hides_nearly_all(filter: &Filter) -> Truth {
    let archives = filter.action.as_deref().map(|action| action == "ARCHIVE");
    let broad = filter
        .finding_criteria
        .as_ref()
        .map(|criteria| criteria.criterion.keys().all(|field| BROAD.contains(&&**field)));
    match (archives, broad) {
        (Some(false), _) | (_, Some(false)) => Truth::No,
        (Some(true), Some(true)) => Truth::Yes,
        _ => Truth::Unknown(Why::SeenInPart),
    }
}
