//! What an organisation may decide for itself. The same settings hold in every mode.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The configurable lists.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// TCP ports that may be open to the internet.
    pub authorised_tcp_ports: BTreeSet<u16>,
    /// UDP ports that may be open to the internet.
    pub authorised_udp_ports: BTreeSet<u16>,
    /// Ports of databases, consoles and cleartext protocols, TCP and UDP, that are dangerous to open.
    pub high_risk_ports: BTreeSet<u16>,
    /// Accounts that are no third party.
    pub trusted_accounts: BTreeSet<String>,
    /// Policies whose attachment makes an administrator, beside AWS's own.
    pub administrator_policies: BTreeSet<String>,
    /// Roles that may be administrators, by name or by path with a slash at its end.
    pub administrator_roles: BTreeSet<String>,
    /// The services for which a network in use wants interface endpoints.
    pub endpoint_services: BTreeSet<String>,
    /// Detector features wanted beside the built-in ones.
    pub detector_features: BTreeSet<String>,
    /// How the names of the pipeline's own parts begin; wherever they do, they hold the word `trailhound`.
    pub pipeline_prefix: String,
    /// Roles that deploy the pipeline, by name. With none named, what CloudFormation does is a deployment.
    pub deployment_roles: BTreeSet<String>,
    /// Optional rules that are switched on.
    pub switched_on: BTreeSet<String>,
    /// Rules that are switched off.
    pub switched_off: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Self {
            authorised_tcp_ports: [80, 443].into(),
            authorised_udp_ports: BTreeSet::new(),
            high_risk_ports: [
                20, 21, 23, 25, 110, 135, 143, 445, 1433, 1434, 1521, 2049, 2375, 2376, 2379, 3000, 3306, 4333, 5000,
                5432, 5439, 5500, 5601, 5900, 5985, 5986, 6379, 6443, 8080, 8088, 8888, 9042, 9092, 9200, 9300, 10250,
                11211, 27017, 27018,
            ]
            .into(),
            trusted_accounts: BTreeSet::new(),
            administrator_policies: BTreeSet::new(),
            administrator_roles: BTreeSet::new(),
            endpoint_services: texts(&[
                "ec2",
                "ecr.api",
                "ecr.dkr",
                "kms",
                "logs",
                "secretsmanager",
                "sns",
                "sqs",
                "ssm",
                "sts",
            ]),
            detector_features: BTreeSet::new(),
            pipeline_prefix: "trailhound".to_owned(),
            deployment_roles: BTreeSet::new(),
            switched_on: BTreeSet::new(),
            switched_off: BTreeSet::new(),
        }
    }
}

impl Settings {
    /// Whether a rule is on.
    #[must_use]
    pub fn is_on(&self, id: &str, rule: &crate::Rule) -> bool {
        !self.switched_off.contains(id) && (!rule.optional || self.switched_on.contains(id))
    }
}
