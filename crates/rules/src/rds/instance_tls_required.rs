use trailhound_model::kinds::rds::{
    CLUSTER_IDENTIFIER, ENGINE, INSTANCE, INSTANCE_PARAMETERS, PARAMETER_FAMILY, PARAMETER_GROUP_NAME, PARAMETERS,
};
use trailhound_model::{Verdict, Why};

use crate::parameters::set;
use crate::rule;

rule! {
    /// Database instances refuse connections without TLS.
    ///
    /// ## Why
    /// A client that does not ask for TLS sends passwords, queries and results readable for everyone on the way, and
    /// nobody notices.
    ///
    /// ## Fix
    /// - Console: RDS → Parameter groups → the instance's group → `rds.force_ssl` (PostgreSQL, SQL Server) or
    ///   `require_secure_transport` (MySQL, MariaDB) → 1.
    /// - CLI: `aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters
    ///   ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=immediate`
    /// - CloudFormation: `Parameters` on `AWS::RDS::DBParameterGroup`, and `DBParameterGroupName` on the instance.
    ///
    /// ## Limits
    /// Members of a cluster are left to the cluster's parameter group, which is not judged. What a group does not set
    /// is the engine version's default: on since PostgreSQL 15, MariaDB 11.8 and MySQL 9.7. A change may wait for a
    /// reboot.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [INSTANCE],
    reads: [CLUSTER_IDENTIFIER, ENGINE, PARAMETER_GROUP_NAME],
    borrows: [INSTANCE_PARAMETERS => [PARAMETER_FAMILY, PARAMETERS]],
    opens_on: ["CreateDBInstance", "ModifyDBInstance", "ModifyDBParameterGroup", "ResetDBParameterGroup"],
    closes_on: ["ModifyDBInstance", "ModifyDBParameterGroup"],
    controls: [
        (SecurityHub, "RDS.38"),
        (SecurityHub, "RDS.39"),
        (SecurityHub, "RDS.41"),
        (SecurityHub, "RDS.44"),
        (PciDss, "4.2.1"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "rds-postgres-instance-encrypted-in-transit"),
        (AwsConfig, "rds-mysql-instance-encrypted-in-transit"),
        (AwsConfig, "rds-sqlserver-encrypted-in-transit"),
        (AwsConfig, "rds-mariadb-instance-encrypted-in-transit"),
    ],
    judge: |instance, _| {
        if instance.get(&CLUSTER_IDENTIFIER).known()?.is_some() {
            return Ok(Verdict::not_applicable("the parameter group of its cluster decides"));
        }
        let engine = instance.get(&ENGINE).known()?.unwrap_or_default();
        let Some(parameter) = tls_parameter(&engine) else {
            return Ok(Verdict::not_applicable("its engine has no parameter for it"));
        };
        let Some(group) = instance.get(&PARAMETER_GROUP_NAME).known()? else {
            return Err(Why::DependsOn("the default parameter group of its version".into()));
        };
        let on = match group.strip_prefix("default.") {
            Some(family) => is_default(&engine, family)?,
            None => {
                let group = instance.related(&INSTANCE_PARAMETERS);
                match set(&group.entries(&PARAMETERS)?, parameter, |value| is_on(value))? {
                    Some(on) => on,
                    None => is_default(&engine, &group.get(&PARAMETER_FAMILY).known()?.unwrap_or_default())?,
                }
            }
        };
        Ok(if on {
            Verdict::Pass
        } else {
            Verdict::fail(parameter, format!("connections without TLS are accepted (`{parameter}` is off)"))
        })
    },
}

/// The parameter by which an engine refuses connections without TLS.
fn tls_parameter(engine: &str) -> Option<&'static str> {
    match engine {
        "postgres" => Some("rds.force_ssl"),
        "mysql" | "mariadb" => Some("require_secure_transport"),
        engine if engine.starts_with("sqlserver-") => Some("rds.force_ssl"),
        _ => None,
    }
}

fn is_on(value: &str) -> bool {
    value == "1" || value.eq_ignore_ascii_case("on")
}

/// Whether the engine's version, named by a family such as `postgres16`, requires TLS where nothing is set.
fn is_default(engine: &str, family: &str) -> Result<bool, Why> {
    let since = match engine {
        "postgres" => (15, 0),
        "mariadb" => (11, 8),
        "mysql" => (9, 7),
        _ => return Ok(false),
    };
    let version = family.strip_prefix(engine).and_then(|version| {
        let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    let version = version.ok_or_else(|| Why::NotUnderstood("the family of the parameter group".into()))?;
    Ok(version >= since)
}
