use trailhound_model::Verdict;
use trailhound_model::kinds::redshiftserverless::{PUBLICLY_ACCESSIBLE, WORKGROUP};

use crate::rule;

rule! {
    /// Workgroups of Redshift Serverless have no public address.
    ///
    /// ## Why
    /// A warehouse collects the data of every other system. With a public address, one careless security group rule puts it on
    /// the internet.
    ///
    /// ## Fix
    /// - Console: Redshift Serverless → the workgroup → Data access → Network and security → Edit → clear Turn on publicly
    ///   accessible.
    /// - CLI: `aws redshift-serverless update-workgroup --workgroup-name NAME --no-publicly-accessible`
    /// - CloudFormation: `PubliclyAccessible: false` on `AWS::RedshiftServerless::Workgroup`.
    ///
    /// ## Limits
    /// Does not ask what the security groups let in. An update counts from the call on, minutes before it is in force.
    item: PrivateNetwork,
    severity: Critical,
    kinds: [WORKGROUP],
    reads: [PUBLICLY_ACCESSIBLE],
    opens_on: ["CreateWorkgroup", "UpdateWorkgroup"],
    closes_on: ["DeleteWorkgroup", "UpdateWorkgroup"],
    controls: [(SecurityHub, "RedshiftServerless.3"), (Nist80053, "AC-4"), (Nist80053, "SC-7"), (AwsConfig, "redshift-serverless-workgroup-no-public-access")],
    judge: |workgroup, _| {
        let public = workgroup.get(&PUBLICLY_ACCESSIBLE).known()? == Some(true);
        Ok(if public { Verdict::fail("PubliclyAccessible", "the workgroup has a public address") } else { Verdict::Pass })
    },
}
