//! The ports: to whatever keeps records, to whatever reads AWS, to whoever publishes. Adapters implement them; the engine
//! knows none of them.

use std::collections::BTreeMap;
use std::future::Future;

use serde::{Deserialize, Serialize};
use trailhound_model::{Alias, FacetDef, Finding, Kind, Ledger, ResourceId, Second, Severity, State, Status};

use crate::announce::Announced;
use crate::names::Names;
use crate::told::{FindingKey, Told};
use crate::view::ResourceView;
use crate::work::Work;

/// What the store holds of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Grows with every commit; 0 for a resource that was never stored.
    pub version: u64,
    /// Its entries.
    pub ledger: Ledger,
    /// What was last told about each of its rules.
    pub announced: Vec<Announced>,
    /// The resources that it borrowed from when it was last judged, with their versions then.
    pub seen: Vec<Sight>,
    /// What is to be done about it and may not be in the queue yet.
    pub outbox: Vec<Work>,
}

/// The version of a resource that another has seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sight {
    /// The resource.
    pub resource: ResourceId,
    /// Its version.
    pub version: u64,
}

/// A resource as it shall be stored.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Which.
    pub resource: ResourceId,
    /// The version that was loaded: if another is stored by now, nothing is written.
    pub expected: u64,
    /// The whole ledger.
    pub ledger: Ledger,
    /// What is known at its end.
    pub view: ResourceView,
    /// All its findings, with their transitions.
    pub findings: Vec<Finding>,
    /// What has been told after this commit.
    pub announced: Vec<Announced>,
    /// The resources that it borrowed from, with their versions.
    pub seen: Vec<Sight>,
    /// What is to be done about it, in place of what the record held: each item's [`Work::keeper`] is this resource.
    pub outbox: Vec<Work>,
}

/// An alias as it shall be stored.
#[derive(Clone, Debug)]
pub struct NameRevision {
    /// Which.
    pub alias: Alias,
    /// The version that was loaded.
    pub expected: u64,
    /// All that is known about it.
    pub names: Names,
}

/// What is written together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Resources.
    pub resources: Vec<Revision>,
    /// Aliases.
    pub names: Vec<NameRevision>,
    /// What to tell about these resources: pending until published, so that a crash before it is sent loses nothing.
    pub alerts: Vec<Told>,
    /// The latest event time that the store has seen after this commit.
    pub until: Option<Second>,
}

/// Why a store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first: load again and repeat.
    #[error("another writer changed `{0}` in between")]
    Conflict(Box<ResourceId>),
    /// As for [`StoreError::Conflict`], for an alias.
    #[error("another writer changed the alias `{0}` in between")]
    NameConflict(Box<Alias>),
    /// The store cannot be used.
    #[error("{doing}")]
    Failed {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store is overloaded or out of reach, and has been asked for as long as may be. Nothing was lost: repeating later
    /// may help.
    #[error("{doing}")]
    Busy {
        /// What was being done.
        doing: String,
        /// The last fault.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store holds something that this version does not understand.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// Which findings to list. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Only these states.
    pub status: Vec<Status>,
    /// Only at least this severe.
    pub severity: Option<Severity>,
    /// Only this rule.
    pub rule: Option<String>,
    /// Only this account.
    pub account: Option<String>,
    /// Only resources of this id or ARN.
    pub resource: Option<String>,
    /// Only the first so many, in the order of listing.
    pub limit: Option<usize>,
}

impl FindingQuery {
    /// Whether a finding is asked for.
    #[must_use]
    pub fn matches(&self, finding: &Finding) -> bool {
        (self.status.is_empty() || self.status.contains(&finding.status))
            && self.severity.is_none_or(|severity| finding.severity >= severity)
            && self.rule.as_deref().is_none_or(|rule| *finding.rule == *rule)
            && self.account.as_deref().is_none_or(|account| *finding.resource.account == *account)
            && self.resource.as_deref().is_none_or(|name| is_named(&finding.resource, name))
    }
}

/// Whether a person's name for a resource, its id or its ARN, means this one.
#[must_use]
pub fn is_named(resource: &ResourceId, name: &str) -> bool {
    *resource.id == *name || resource.arn().is_some_and(|arn| arn == name)
}

/// How much a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Resources, deleted ones included.
    pub resources: u64,
    /// Findings by status and severity.
    pub findings: BTreeMap<(Status, Severity), u64>,
    /// Boundaries on all findings' timelines.
    pub transitions: u64,
}

/// Keeps ledgers and what follows from them. All methods may be called from several places at once.
pub trait Store: Sync {
    /// Loads records, in the order asked. A resource never stored has an empty record of version 0.
    fn load(&self, resources: &[ResourceId]) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Loads aliases with their versions, in the order asked. One never stored is empty, of version 0.
    fn names(&self, aliases: &[Alias]) -> impl Future<Output = Result<Vec<(u64, Names)>, StoreError>> + Send;

    /// Writes everything or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::NameConflict`] if an expected version is not the stored one.
    fn commit(&self, commit: Commit) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Prepares for filling a store that holds nothing yet: all commits up to [`Store::filled`] may be kept as one, and an
    /// interruption before that may lose them all. A store that holds something takes no notice.
    fn fill(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Says that all is there.
    fn filled(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// The stored resources of these kinds, in all accounts or in one, sorted.
    fn of_kinds(
        &self,
        kinds: &[Kind],
        account: Option<&str>,
    ) -> impl Future<Output = Result<Vec<ResourceId>, StoreError>> + Send;

    /// The findings asked for: open ones first, then by severity from the worst, rule, resource.
    fn findings(&self, query: &FindingQuery) -> impl Future<Output = Result<Vec<Finding>, StoreError>> + Send;

    /// How much it holds.
    fn counts(&self) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// What is known of every resource whose id or ARN is `name`, or of all, sorted.
    fn resources(&self, name: Option<&str>) -> impl Future<Output = Result<Vec<ResourceView>, StoreError>> + Send;

    /// The latest event time that the store has seen.
    fn until(&self) -> impl Future<Output = Result<Option<Second>, StoreError>> + Send;
}

/// Whether AWS has a resource, as a read found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It exists.
    Present,
    /// It is being deleted, or shown only as deleted.
    Deleting,
    /// AWS says that there is none.
    NotFound,
    /// Nothing that was read said whether it exists.
    Unproven,
}

/// What reading a resource gave.
#[derive(Clone, Debug)]
pub struct Reading {
    /// When the first read began.
    pub started: Second,
    /// Whether it exists.
    pub presence: Presence,
    /// The facets that were asked for, each with its state or with why it could not be read.
    pub facets: Vec<(&'static FacetDef, State)>,
}

/// Reads the present state of resources.
pub trait Collector: Sync {
    /// Reads these facets of a resource, all at once. It never fails: what could not be read is said per facet. A facet
    /// that is about to change (a pending modification, a resource still being made) is unread as pending, and is asked
    /// for again later.
    fn read(&self, resource: &ResourceId, facets: &[&'static FacetDef]) -> impl Future<Output = Reading> + Send;
}

/// Whether an alert is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has published it or a newer one of its finding.
    Send,
    /// A newer one of its finding was published: this one would only confuse.
    Superseded,
    /// It was published.
    AlreadyPublished,
}

/// What is committed and still to be sent.
pub trait Outbox: Sync {
    /// Alerts committed before a second and not published, nor superseded by a published one: those of one finding by
    /// number.
    fn pending(&self, before: Second, limit: usize) -> impl Future<Output = Result<Vec<Told>, StoreError>> + Send;

    /// Asks whether to send an alert. Asking changes nothing that stops others from sending it: whoever dies between
    /// sending and [`Outbox::published`] causes a double, never a loss.
    fn claim(&self, finding: &FindingKey, number: u64) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Notes that an alert was published. It and those with lower numbers are not pending any more.
    fn published(&self, finding: &FindingKey, number: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Work kept with records that was due before a second: it was lost, or its turn has not come yet.
    fn overdue(&self, before: Second, limit: usize) -> impl Future<Output = Result<Vec<Work>, StoreError>> + Send;

    /// Takes work from its record that was sent again and leaves no other trace when done: a fan-out.
    fn forget(&self, work: &Work) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Keeps what owners accept beside what it is about.
pub trait Accepted: Sync {
    /// The text of the file of exceptions, as it was kept; `None` if none is.
    fn exceptions(&self) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Keeps a file of exceptions in the place of the last one; `None` keeps none.
    fn keep_exceptions(&self, text: Option<&str>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The order in which findings are listed everywhere.
pub fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        a.status
            .cmp(&b.status)
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.resource.cmp(&b.resource))
    });
}
