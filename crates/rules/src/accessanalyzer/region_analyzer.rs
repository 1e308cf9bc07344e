use trailhound_model::Verdict;
use trailhound_model::kinds::accessanalyzer::{ANALYZERS, Analyzer};
use trailhound_model::kinds::account::REGION;

use crate::rule;

rule! {
    /// The region has an active analyzer of access from outside.
    ///
    /// ## Why
    /// Access Analyzer works out from every policy whether somebody outside the account gets in, in more services than
    /// anybody checks by hand.
    ///
    /// ## Fix
    /// - Console: IAM → Access Analyzer → Create analyzer → External access analysis, in each region.
    /// - CLI: `aws accessanalyzer create-analyzer --analyzer-name NAME --type ACCOUNT`
    /// - CloudFormation: `AWS::AccessAnalyzer::Analyzer` with `Type: ACCOUNT`.
    ///
    /// ## Limits
    /// Analyzers of unused or internal access do not count. Events do not show that there is no other analyzer: when one is
    /// deleted, only a read tells whether the region is left without. An organisation's analyzer is seen in its own account.
    item: Guardduty,
    severity: Low,
    kinds: [REGION],
    reads: [ANALYZERS],
    opens_on: ["DeleteAnalyzer", "DeleteServiceLinkedAnalyzer"],
    closes_on: ["CreateAnalyzer", "CreateServiceLinkedAnalyzer"],
    controls: [
        (SecurityHub, "IAM.28"),
        (CisV3, "1.20"),
        (CisV5, "1.19"),
        (Nist80053, "AC-3"),
        (AwsConfig, "iam-external-access-analyzer-enabled"),
    ],
    judge: |region, _| {
        let active = region.entries(&ANALYZERS)?.any(|_, analyzer: &Analyzer| analyzer.watches_outside()).known()?;
        Ok(if active {
            Verdict::Pass
        } else {
            Verdict::fail("analyzer", "no active analyzer looks for access from outside")
        })
    },
}
