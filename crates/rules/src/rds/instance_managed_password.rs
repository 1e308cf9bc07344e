use trailhound_model::kinds::rds::{
    CLUSTER, CLUSTER_IDENTIFIER, ENGINE, IAM_AUTHENTICATION, INSTANCE, MANAGED_PASSWORD,
};
use trailhound_model::{Kind, Verdict};

use crate::rule;

rule! {
    /// Databases keep their master password in Secrets Manager, or sign users in with IAM.
    ///
    /// ## Why
    /// A master password that people set is known to people, stands in pipelines and is never changed. RDS can make it,
    /// keep it in Secrets Manager and rotate it; with IAM authentication users need none.
    ///
    /// ## Fix
    /// - Console: database → Modify → Credentials management → Managed in AWS Secrets Manager.
    /// - CLI: `aws rds modify-db-instance --db-instance-identifier ID --manage-master-user-password
    ///   --apply-immediately`
    /// - CloudFormation: `ManageMasterUserPassword: true` on `AWS::RDS::DBInstance` or `AWS::RDS::DBCluster`.
    ///
    /// ## Limits
    /// Members of a cluster are left to the cluster. Does not know whether applications still use a password.
    item: SecretsManaged,
    severity: Low,
    kinds: [INSTANCE, CLUSTER],
    reads: [CLUSTER_IDENTIFIER, ENGINE, IAM_AUTHENTICATION, MANAGED_PASSWORD],
    opens_on: ["CreateDBCluster", "CreateDBInstance", "ModifyDBCluster", "ModifyDBInstance"],
    closes_on: ["ModifyDBCluster", "ModifyDBInstance"],
    controls: [
        (SecurityHub, "~RDS.10"),
        (SecurityHub, "~RDS.12"),
        (AwsConfig, "~rds-instance-iam-authentication-enabled"),
    ],
    judge: |database, _| {
        let managed = database.get(&MANAGED_PASSWORD).known();
        let iam = database.get(&IAM_AUTHENTICATION).known();
        if matches!(managed, Ok(Some(true))) || matches!(iam, Ok(Some(true))) {
            return Ok(Verdict::Pass);
        }
        if database.resource.kind == Kind::of(&INSTANCE) && database.get(&CLUSTER_IDENTIFIER).known()?.is_some() {
            return Ok(Verdict::not_applicable("the cluster that it belongs to is judged"));
        }
        if database.get(&ENGINE).known()?.as_deref() == Some("neptune") {
            return Ok(Verdict::not_applicable("Neptune has no master password"));
        }
        managed.and(iam)?;
        Ok(Verdict::fail("password", "the master password is set by hand"))
    },
}
