use trailhound_model::Verdict;
use trailhound_model::kinds::sagemaker::{DIRECT_INTERNET_ACCESS, NOTEBOOK};

use crate::rule;

rule! {
    /// Notebook instances have no way to the internet of their own.
    ///
    /// ## Why
    /// A notebook runs whatever its users paste, with its role's rights, next to data. With direct internet access SageMaker gives
    /// it a way out past the network: no security group, endpoint policy or flow log of the account sees what leaves.
    ///
    /// ## Fix
    /// - Console: an instance cannot be changed: create one in a VPC with Direct internet access disabled, move the files, delete
    ///   this one.
    /// - CLI: `aws sagemaker create-notebook-instance --direct-internet-access Disabled --subnet-id ID --security-group-ids ID ...`
    /// - CloudFormation: `DirectInternetAccess: Disabled` with `SubnetId` on `AWS::SageMaker::NotebookInstance`; the change
    ///   replaces the instance.
    ///
    /// ## Limits
    /// Does not ask whether the subnet has a way to the internet. Studio domains are not looked at.
    item: PrivateNetwork,
    severity: High,
    kinds: [NOTEBOOK],
    reads: [DIRECT_INTERNET_ACCESS],
    opens_on: ["CreateNotebookInstance"],
    closes_on: ["DeleteNotebookInstance"],
    controls: [(SecurityHub, "SageMaker.1"), (Nist80053, "AC-4"), (Nist80053, "SC-7"), (AwsConfig, "sagemaker-notebook-no-direct-internet-access")],
    judge: |notebook, _| {
        let access = notebook.get(&DIRECT_INTERNET_ACCESS).known()?;
        Ok(match access.as_deref() {
            Some("Disabled") => Verdict::Pass,
            _ => Verdict::fail("DirectInternetAccess", "the instance reaches the internet past the network"),
        })
    },
}
