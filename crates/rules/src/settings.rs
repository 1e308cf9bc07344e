//! What an organisation may decide for itself. The same settings hold in every mode.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use crate::policy::Parties;
use crate::timing::Timing;

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
    /// When people are told of a failure, by its severity.
    pub alerts: Timing,
    /// What is known of the organisation. No setting: whoever judges says what could be read.
    #[serde(skip)]
    pub organisation: Organisation,
}

/// What is known of the accounts that belong to the same organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Organisation {
    /// Nobody can ask, as in a replay or about a template: the trusted accounts are all.
    #[default]
    NotAsked,
    /// It was to be read and was not: with no account trusted either, none can be called a third party.
    Unread,
    /// Its accounts.
    Accounts(BTreeSet<String>),
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
            alerts: Timing::default(),
            organisation: Organisation::NotAsked,
        }
    }
}

/// A settings file that cannot be used: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SettingsError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl SettingsError {
    /// An error at a byte of the text.
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let (line, column) = place_of(text, offset);
        Self {
            line,
            column,
            // The parser's own messages may go over several lines.
            message: message.into().trim_end().replace('\n', ", "),
        }
    }
}

/// The line and column of a byte of the text, from 1, columns in characters.
pub(crate) fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The settings whose entries are checked against what exists, with the place of each entry.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Placed {
    trusted_accounts: Vec<Spanned<String>>,
    switched_on: Vec<Spanned<String>>,
    switched_off: Vec<Spanned<String>>,
}

impl Settings {
    /// Reads settings from TOML. What the text leaves out keeps its default; a list that it states replaces the default.
    ///
    /// # Errors
    /// Text that is not TOML, a key that does not exist, a value of the wrong type, an account that is not twelve digits, a
    /// rule that does not exist or that is switched both on and off. The first of these, with its place.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let place = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
        let settings: Self =
            toml::from_str(text).map_err(|error| SettingsError::at(text, place(&error), error.message()))?;
        let placed: Placed =
            toml::from_str(text).map_err(|error| SettingsError::at(text, place(&error), error.message()))?;
        for account in &placed.trusted_accounts {
            let id = account.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!("`{id}` is not an account id: twelve digits");
                return Err(SettingsError::at(text, account.span().start, message));
            }
        }
        for entry in placed.switched_on.iter().chain(&placed.switched_off) {
            let id = entry.get_ref();
            if crate::named(id).is_none() {
                return Err(SettingsError::at(text, entry.span().start, no_such_rule(id)));
            }
        }
        for entry in &placed.switched_off {
            let id = entry.get_ref();
            if settings.switched_on.contains(id) {
                let message = format!("`{id}` is switched both on and off");
                return Err(SettingsError::at(text, entry.span().start, message));
            }
        }
        Ok(settings)
    }

    /// The accounts that are no third party to one that owns a resource.
    #[must_use]
    pub fn parties<'a>(&'a self, own: &'a str) -> Parties<'a> {
        let (organisation, complete) = match &self.organisation {
            Organisation::NotAsked => (None, true),
            Organisation::Unread => (None, !self.trusted_accounts.is_empty()),
            Organisation::Accounts(accounts) => (Some(accounts), true),
        };
        Parties { own, trusted: &self.trusted_accounts, organisation, complete }
    }

    /// Whether a rule is on.
    #[must_use]
    pub fn is_on(&self, id: &str, rule: &crate::Rule) -> bool {
        !self.switched_off.contains(id) && (!rule.optional || self.switched_on.contains(id))
    }
}

/// Says that there is no such rule, and names up to three that may have been meant.
pub(crate) fn no_such_rule(id: &str) -> String {
    const ALIKE: f64 = 0.6;
    let mut near: Vec<(f64, &str)> = crate::all()
        .map(|(known, _)| (strsim::normalized_damerau_levenshtein(id, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<String> = near.iter().take(3).map(|(_, known)| format!("`{known}`")).collect();
    if near.is_empty() {
        return format!("there is no rule `{id}`; `trailhound rules` lists them");
    }
    format!("there is no rule `{id}`; did you mean {}?", near.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_keeps_its_default() {
        assert_eq!(Settings::from_toml(""), Ok(Settings::default()));
        let settings =
            Settings::from_toml("authorised_tcp_ports = [443]\nswitched_on = [\"s3-bucket-mfa-delete\"]\n").unwrap();
        let expected = Settings {
            authorised_tcp_ports: [443].into(),
            switched_on: ["s3-bucket-mfa-delete".to_owned()].into(),
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        let rule = crate::named("s3-bucket-mfa-delete").unwrap();
        assert!(settings.is_on("s3-bucket-mfa-delete", rule));
        assert!(!Settings::default().is_on("s3-bucket-mfa-delete", rule));
    }

    /// Who is a third party hangs on what could be asked: with nothing read and nothing configured, nobody is for certain.
    #[test]
    fn an_unread_organisation_leaves_third_parties_open() {
        let trust =
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}]}"#;
        let policy = crate::policy::Policy::from_value(&trust.into()).unwrap();
        let accounts = |id: &str| BTreeSet::from([id.to_owned()]);
        let ours = || Organisation::Accounts(accounts("444455556666"));
        for (trusted, organisation, third, unclear) in [
            (None, Organisation::NotAsked, true, false),
            (Some("444455556666"), Organisation::NotAsked, false, false),
            (None, Organisation::Unread, false, true),
            (Some("777788889999"), Organisation::Unread, true, false),
            (Some("444455556666"), Organisation::Unread, false, false),
            (None, ours(), false, false),
            (None, Organisation::Accounts(accounts("777788889999")), true, false),
            (Some("777788889999"), ours(), false, false),
        ] {
            let told = format!("{trusted:?} {organisation:?}");
            let trusted_accounts = trusted.map(accounts).unwrap_or_default();
            let settings = Settings { trusted_accounts, organisation, ..Settings::default() };
            let signs = policy.third_party_without_external_id(&settings.parties("111122223333"));
            assert_eq!((signs.is_certain(), !signs.unclear.is_empty()), (third, unclear), "{told}");
        }
    }

    #[test]
    fn a_fault_is_named_with_its_place() {
        for (text, line, column, says) in [
            ("high_risk_ports = [22\n", 1, 22, "unclosed array"),
            ("high_risk_ports = [22]\nhigh_risk_port = [23]\n", 2, 1, "unknown field `high_risk_port`"),
            ("high_risk_ports = [\n  22,\n  \"ssh\",\n]\n", 3, 3, "invalid type: string \"ssh\""),
            ("authorised_tcp_ports = [65536]", 1, 25, "65536"),
            ("high_risk_ports = 22", 1, 19, "invalid type: integer `22`"),
            ("trusted_accounts = [\"11112222333\"]", 1, 21, "twelve digits"),
            ("trusted_accounts = [\"é\", \"111122223333\"]", 1, 21, "`é` is not an account id"),
            ("switched_off = [\"s3-bucket-versionning\"]", 1, 17, "did you mean `s3-bucket-versioning`"),
            ("alerts = { high = \"soon\" }", 1, 19, "unknown variant `soon`"),
            ("[alerts]\nurgent = \"at_once\"", 2, 1, "unknown field `urgent`"),
            ("switched_on = [\n  \"zzzzzz\",\n]", 2, 3, "`trailhound rules` lists them"),
            (
                "switched_on = [\"s3-bucket-mfa-delete\"]\nswitched_off = [\"s3-bucket-mfa-delete\"]",
                2,
                17,
                "both on and off",
            ),
        ] {
            let error = Settings::from_toml(text).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
            assert!(error.message.contains(says), "{text}: {error}");
            assert!(!error.message.contains('\n'), "{error}");
        }
    }

    /// The page lists every key with its default in one block, which is thus a settings file that changes nothing.
    #[test]
    fn the_page_states_every_key_and_its_default() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let blocks: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let [defaults, examples @ ..] = &*blocks else { panic!("no block of defaults in {path}") };
        assert_eq!(Settings::from_toml(defaults), Ok(Settings::default()));
        let Err(error) = Settings::from_toml("no_such_key = 1") else { panic!("it exists?") };
        let keys: Vec<&str> = error.message.split('`').skip(3).step_by(2).collect();
        assert!(keys.contains(&"switched_off"), "{keys:?}");
        for key in keys {
            assert!(defaults.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key} is not on the page");
            assert!(page.contains(&format!("| `{key}` |")), "{key} is not in the table");
        }
        assert!(!examples.is_empty());
        for example in examples {
            let settings = Settings::from_toml(example).unwrap();
            assert_ne!(settings, Settings::default(), "the example changes nothing: {example}");
        }
    }
}
