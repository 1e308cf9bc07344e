use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{ENGINE, INSTANCE, PUBLICLY_ACCESSIBLE, SUBNET_GROUP_NAME};

use crate::rule;

rule! {
    /// Database instances have no public address.
    ///
    /// ## Why
    /// An instance that is publicly accessible has a name that resolves to a public address: one careless security
    /// group rule and the whole internet can try passwords on it.
    ///
    /// ## Fix
    /// - Console: instance → Modify → Connectivity → Not publicly accessible.
    /// - CLI: `aws rds modify-db-instance --db-instance-identifier ID --no-publicly-accessible`
    /// - CloudFormation: `PubliclyAccessible: false` on `AWS::RDS::DBInstance`.
    ///
    /// ## Limits
    /// Does not ask whether the subnets have a route to the internet or what the security groups let in. Where the
    /// creator left the choice to AWS and no response shows it, it is taken from the subnet group: none, or the default
    /// one, makes an instance public, except for Aurora without one.
    item: PrivateNetwork,
    severity: Critical,
    kinds: [INSTANCE],
    reads: [ENGINE, PUBLICLY_ACCESSIBLE, SUBNET_GROUP_NAME],
    opens_on: [
        "CreateDBInstance",
        "CreateDBInstanceReadReplica",
        "ModifyDBInstance",
        "RestoreDBInstanceFromDBSnapshot",
        "RestoreDBInstanceToPointInTime",
    ],
    closes_on: ["ModifyDBInstance"],
    controls: [
        (SecurityHub, "RDS.2"),
        (CisV3, "2.3.3"),
        (CisV5, "2.2.3"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "rds-instance-public-access-check"),
    ],
    judge: |instance, _| {
        let public = match instance.get(&PUBLICLY_ACCESSIBLE).known()? {
            Some(public) => public,
            None => match instance.get(&SUBNET_GROUP_NAME).known()? {
                Some(group) => group == "default",
                None => !instance.get(&ENGINE).known()?.is_some_and(|engine| engine.starts_with("aurora")),
            },
        };
        Ok(if public {
            Verdict::fail("PubliclyAccessible", "the instance is publicly accessible")
        } else {
            Verdict::Pass
        })
    },
}
