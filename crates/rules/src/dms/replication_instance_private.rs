use trailhound_model::Verdict;
use trailhound_model::kinds::dms::{PUBLICLY_ACCESSIBLE, REPLICATION_INSTANCE};

use crate::rule;

rule! {
    /// Replication instances have no public address.
    ///
    /// ## Why
    /// A replication instance holds the passwords of the databases at both ends and copies all that is in them. With a public
    /// address only its security group stands before that, and AWS gives it one unless asked not to.
    ///
    /// ## Fix
    /// - Console: an instance cannot be moved: create one without Public accessible, move its tasks, delete the public one.
    /// - CLI: `aws dms create-replication-instance --no-publicly-accessible ...`
    /// - CloudFormation: `PubliclyAccessible: false` on `AWS::DMS::ReplicationInstance`; the change replaces the instance.
    ///
    /// ## Limits
    /// Does not ask what the security groups let in. Serverless replications are not looked at.
    item: PrivateNetwork,
    severity: Critical,
    kinds: [REPLICATION_INSTANCE],
    reads: [PUBLICLY_ACCESSIBLE],
    opens_on: ["CreateReplicationInstance"],
    closes_on: ["DeleteReplicationInstance"],
    controls: [(SecurityHub, "DMS.1"), (PciDss, "1.4.4"), (Nist80053, "AC-4"), (Nist80053, "SC-7"), (AwsConfig, "dms-replication-not-public")],
    judge: |instance, _| {
        let private = instance.get(&PUBLICLY_ACCESSIBLE).known()? == Some(false);
        Ok(if private { Verdict::Pass } else { Verdict::fail("PubliclyAccessible", "the instance has a public address") })
    },
}
