//! What is to be done later. In an account it waits in a queue; until it is surely there, it waits with a record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trailhound_model::{Cause, Kind, ResourceId, Second, Text};

/// Something to do at or after a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Read a resource in full, and confirm what events said. A record has one of these at most.
    Settle {
        /// Which.
        resource: ResourceId,
        /// When it is due. It moves on while events keep coming.
        due: Second,
        /// When it was asked for first: it does not move on for ever.
        since: Second,
        /// How often the resource was found in transition; 0 at first.
        attempt: u8,
        /// Whether it repeats a read that contradicted a recent event, and is believed.
        #[serde(default)]
        confirms: bool,
    },
    /// Judge again what borrows from a resource.
    FanOut {
        /// The resource that was borrowed from.
        lender: ResourceId,
        /// Its version; who has seen this or a later one is skipped.
        version: u64,
        /// The event that changed it.
        cause: Option<Arc<Cause>>,
        /// When it is due.
        due: Second,
        /// Whether this is the second time, for those that were being written during the first.
        again: bool,
        /// Go on after this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ResourceId>,
    },
    /// Tell together what was so already when the resources of an account were first seen.
    FirstSight {
        /// One of them.
        resource: ResourceId,
        /// When it is due.
        due: Second,
    },
    /// Ingest an event that could not be ingested at once.
    Change {
        /// The raw CloudTrail record, as JSON text.
        event: String,
        /// How often it was tried; 0 at first.
        attempt: u8,
        /// When it is due.
        due: Second,
    },
    /// Read and judge all resources of a kind in an account.
    Sweep {
        /// The kind.
        kind: Kind,
        /// The account.
        account: Text,
        /// When it is due.
        due: Second,
        /// Go on after this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ResourceId>,
    },
}

impl Work {
    /// The longest time, in seconds, for which a queue can hold a message back (SQS `DelaySeconds`).
    pub const MAX_DELAY: i64 = 900;

    /// When it is due.
    #[must_use]
    pub const fn due(&self) -> Second {
        match self {
            Self::Settle { due, .. }
            | Self::FanOut { due, .. }
            | Self::FirstSight { due, .. }
            | Self::Change { due, .. }
            | Self::Sweep { due, .. } => *due,
        }
    }

    /// The resource with whose record it is kept until it is done; `None` for what is never kept.
    #[must_use]
    pub const fn keeper(&self) -> Option<&ResourceId> {
        match self {
            Self::Settle { resource, .. } | Self::FirstSight { resource, .. } => Some(resource),
            Self::FanOut { lender, .. } => Some(lender),
            Self::Change { .. } | Self::Sweep { .. } => None,
        }
    }

    /// For how many seconds a queue is to hold it back, at most [`Self::MAX_DELAY`]. What comes out of the queue before it
    /// is due goes in again.
    #[must_use]
    pub fn delay(&self, now: Second) -> i64 {
        self.due().since(now).clamp(0, Self::MAX_DELAY)
    }
}
