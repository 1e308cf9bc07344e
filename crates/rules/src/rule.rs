//! What a rule is: a pure function from a snapshot to a verdict, with its page.

use std::collections::HashMap;
use std::sync::LazyLock;

use trailhound_model::{Answer, FacetDef, Kind, KindDef, RelationDef, Severity, Snapshot, Verdict};

use crate::Settings;

/// An item of the security checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Versioning of buckets.
    S3Versioning,
    /// No public access to data unless needed.
    S3PublicAccess,
    /// Encryption at rest.
    EncryptionAtRest,
    /// Encryption in transit.
    EncryptionInTransit,
    /// Least privilege in IAM.
    IamLeastPrivilege,
    /// No long-term credentials.
    NoLongTermCredentials,
    /// Secrets are managed, not in variables or code.
    SecretsManaged,
    /// Private networks.
    PrivateNetwork,
    /// Security groups.
    SecurityGroups,
    /// The audit trail.
    Cloudtrail,
    /// Threat detection.
    Guardduty,
    /// Trailhound's own pipeline.
    Pipeline,
}

impl Item {
    /// All of them, in the checklist's order.
    pub const ALL: [Self; 12] = [
        Self::S3Versioning,
        Self::S3PublicAccess,
        Self::EncryptionAtRest,
        Self::EncryptionInTransit,
        Self::IamLeastPrivilege,
        Self::NoLongTermCredentials,
        Self::SecretsManaged,
        Self::PrivateNetwork,
        Self::SecurityGroups,
        Self::Cloudtrail,
        Self::Guardduty,
        Self::Pipeline,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S3Versioning => "s3-versioning",
            Self::S3PublicAccess => "s3-public-access",
            Self::EncryptionAtRest => "encryption-at-rest",
            Self::EncryptionInTransit => "encryption-in-transit",
            Self::IamLeastPrivilege => "iam-least-privilege",
            Self::NoLongTermCredentials => "no-long-term-credentials",
            Self::SecretsManaged => "secrets-managed",
            Self::PrivateNetwork => "private-network",
            Self::SecurityGroups => "security-groups",
            Self::Cloudtrail => "cloudtrail",
            Self::Guardduty => "guardduty",
            Self::Pipeline => "pipeline",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::S3Versioning => "S3 versioning",
            Self::S3PublicAccess => "No public access",
            Self::EncryptionAtRest => "Encryption at rest",
            Self::EncryptionInTransit => "Encryption in transit",
            Self::IamLeastPrivilege => "Least privilege in IAM",
            Self::NoLongTermCredentials => "No long-term credentials",
            Self::SecretsManaged => "Managed secrets",
            Self::PrivateNetwork => "Private networks",
            Self::SecurityGroups => "Security groups",
            Self::Cloudtrail => "CloudTrail",
            Self::Guardduty => "GuardDuty",
            Self::Pipeline => "Trailhound's pipeline",
        }
    }
}

/// A framework whose requirements rules give evidence for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// AWS Security Hub control ids.
    SecurityHub,
    /// CIS AWS Foundations Benchmark v3.0.0.
    CisV3,
    /// CIS AWS Foundations Benchmark v5.0.0.
    CisV5,
    /// PCI DSS v4.0.
    PciDss,
    /// NIST SP 800-53 revision 5.
    Nist80053,
    /// AWS Config managed rule names.
    AwsConfig,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::SecurityHub, Self::CisV3, Self::CisV5, Self::PciDss, Self::Nist80053, Self::AwsConfig];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SecurityHub => "security_hub",
            Self::CisV3 => "cis_aws_v3",
            Self::CisV5 => "cis_aws_v5",
            Self::PciDss => "pci_dss_v4",
            Self::Nist80053 => "nist_800_53_r5",
            Self::AwsConfig => "aws_config",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SecurityHub => "AWS Security Hub",
            Self::CisV3 => "CIS AWS Foundations v3.0",
            Self::CisV5 => "CIS AWS Foundations v5.0",
            Self::PciDss => "PCI DSS v4.0",
            Self::Nist80053 => "NIST SP 800-53 r5",
            Self::AwsConfig => "AWS Config",
        }
    }
}

/// A requirement, by identifier only. `~` before it means that the rule is partial evidence.
pub type Control = (Framework, &'static str);

/// A built-in rule. Declared once, by [`crate::rule!`], in a file of its own.
#[derive(Debug)]
pub struct Rule {
    /// The module that declares it; the id is computed from its last two parts.
    pub module: &'static str,
    /// The page: its doc comment.
    pub page: &'static str,
    /// The checklist item.
    pub item: Item,
    /// How much a failure matters.
    pub severity: Severity,
    /// The kinds that it judges.
    pub kinds: &'static [&'static KindDef],
    /// The facets of the resource itself that it reads.
    pub reads: &'static [&'static FacetDef],
    /// The facets of related resources that it reads.
    pub borrows: &'static [(&'static RelationDef, &'static [&'static FacetDef])],
    /// Calls that can make it fail; each is run by its cases. Empty only if time alone can.
    pub opens_on: &'static [&'static str],
    /// Calls that can make it pass again; each is run by its cases. Empty only if time alone can.
    pub closes_on: &'static [&'static str],
    /// The requirements it gives evidence for.
    pub controls: &'static [Control],
    /// The rules whose failure on the same resource covers this one's, entry by entry.
    pub covered_by: &'static [&'static str],
    /// Whether the answer can change with time alone.
    pub timed: bool,
    /// Whether it is off until switched on by configuration.
    pub optional: bool,
    /// The version that brought it.
    pub since: &'static str,
    /// Judges a snapshot.
    pub judge: fn(&Snapshot<'_>, &Settings) -> Answer,
}

impl Rule {
    /// The id: directory and file stem, for example `s3-bucket-versioning`.
    #[must_use]
    pub fn id(&self) -> String {
        let mut parts = self.module.rsplit("::");
        let stem = parts.next().unwrap_or_default();
        let service = parts.next().unwrap_or_default();
        format!("{service}-{stem}").replace('_', "-")
    }

    /// The first line of the page: the state that passes.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.page.trim().lines().next().unwrap_or_default().trim()
    }

    /// Judges a snapshot: every outcome is an answer.
    #[must_use]
    pub fn verdict(&self, snapshot: &Snapshot<'_>, settings: &Settings) -> Verdict {
        (self.judge)(snapshot, settings).unwrap_or_else(Verdict::Unknown)
    }
}

/// What the rules of one question have in common: what they judge and read, and which calls turn their answers.
#[derive(Debug)]
pub struct Family {
    /// As of a [`Rule`].
    pub kinds: &'static [&'static KindDef],
    /// As of a [`Rule`].
    pub reads: &'static [&'static FacetDef],
    /// As of a [`Rule`].
    pub borrows: &'static [(&'static RelationDef, &'static [&'static FacetDef])],
    /// As of a [`Rule`].
    pub opens_on: &'static [&'static str],
    /// As of a [`Rule`].
    pub closes_on: &'static [&'static str],
}

/// Declares a rule as one static, `RULE`. The doc comment is the page. In place of `kinds` to `closes_on`, `family` names what
/// the rule shares with others.
///
/// ```text
/// rule! {
///     /// Buckets keep old versions of their objects.
///     ///
///     /// ## Why
///     /// ...
///     item: S3Versioning,
///     severity: Medium,
///     kinds: [BUCKET],
///     reads: [VERSIONING],
///     opens_on: ["PutBucketVersioning"],
///     closes_on: ["PutBucketVersioning"],
///     controls: [(SecurityHub, "S3.14")],
///     judge: |bucket, _| { ... }
/// }
/// ```
#[macro_export]
macro_rules! rule {
    (
        $(#[doc = $line:literal])+
        item: $item:ident,
        severity: $severity:ident,
        family: $family:expr,
        controls: [$(($framework:ident, $control:literal)),* $(,)?],
        $(covered_by: [$($cover:literal),+ $(,)?],)?
        $(timed: $timed:literal,)?
        $(optional: $optional:literal,)?
        judge: $judge:expr $(,)?
    ) => {
        static FAMILY: &$crate::Family = &$family;

        $(#[doc = $line])+
        pub(crate) static RULE: $crate::Rule = $crate::Rule {
            module: module_path!(),
            page: concat!($($line, "\n"),+),
            item: $crate::Item::$item,
            severity: ::trailhound_model::Severity::$severity,
            kinds: FAMILY.kinds,
            reads: FAMILY.reads,
            borrows: FAMILY.borrows,
            opens_on: FAMILY.opens_on,
            closes_on: FAMILY.closes_on,
            controls: &[$(($crate::Framework::$framework, $control)),*],
            covered_by: &[$($($cover),+)?],
            timed: false $(|| $timed)?,
            optional: false $(|| $optional)?,
            since: "0.1.0",
            judge: $judge,
        };
    };
    (
        $(#[doc = $line:literal])+
        item: $item:ident,
        severity: $severity:ident,
        kinds: [$($kind:path),+ $(,)?],
        reads: [$($facet:path),* $(,)?],
        $(borrows: [$($relation:path => [$($borrowed:path),+ $(,)?]),+ $(,)?],)?
        opens_on: [$($opener:literal),* $(,)?],
        closes_on: [$($closer:literal),* $(,)?],
        $($rest:tt)+
    ) => {
        $crate::rule! {
            $(#[doc = $line])+
            item: $item,
            severity: $severity,
            family: $crate::Family {
                kinds: &[$(&$kind),+],
                reads: &[$(&$facet.def),*],
                borrows: &[$($((&$relation, &[$(&$borrowed.def),+])),+)?],
                opens_on: &[$($opener),*],
                closes_on: &[$($closer),*],
            },
            $($rest)+
        }
    };
}

static BY_KIND: LazyLock<HashMap<Kind, Vec<(&'static str, &'static Rule)>>> = LazyLock::new(|| {
    let mut by_kind: HashMap<Kind, Vec<(&'static str, &'static Rule)>> = HashMap::new();
    for (id, rule) in all() {
        for kind in rule.kinds {
            by_kind.entry(Kind::of(kind)).or_default().push((id, rule));
        }
    }
    by_kind
});

static ALL: LazyLock<Vec<(String, &'static Rule)>> = LazyLock::new(|| {
    let mut rules: Vec<_> =
        crate::RULES.iter().flat_map(|service| service.iter()).map(|rule| (rule.id(), *rule)).collect();
    rules.sort_by(|a, b| a.0.cmp(&b.0));
    rules
});

/// Every built-in rule with its id, sorted by id.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Rule)> {
    ALL.iter().map(|(id, rule)| (id.as_str(), *rule))
}

/// The rules that judge a kind, with their ids.
#[must_use]
pub fn of_kind(kind: Kind) -> &'static [(&'static str, &'static Rule)] {
    BY_KIND.get(&kind).map_or(&[], Vec::as_slice)
}

/// The rule with this id.
#[must_use]
pub fn named(id: &str) -> Option<&'static Rule> {
    ALL.binary_search_by(|(name, _)| name.as_str().cmp(id)).ok().and_then(|at| ALL.get(at)).map(|(_, rule)| *rule)
}
