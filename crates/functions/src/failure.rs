//! Failures of two kinds: those that may pass, and those that repetition cannot mend.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trailhound_engine::port::StoreError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It may succeed when it is tried again: a throttle, a lost connection.
    #[error("{doing}: {why}")]
    Retryable {
        /// What was being done.
        doing: &'static str,
        /// A few words; never a value from an event, never an address that is secret.
        why: String,
    },
    /// It will fail again: malformed input, a missing permission. It is kept, with its reason, where people look.
    #[error("{doing}: {why}")]
    Permanent {
        /// What was being done.
        doing: &'static str,
        /// See above.
        why: String,
    },
}

/// The codes of refusals that pass, besides what the status says.
const PASSING: [&str; 8] = [
    "InternalError",
    "InternalFailure",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttled",
    "TransactionConflictException",
];

impl Failure {
    /// One that may pass.
    pub fn retryable(doing: &'static str, why: impl Into<String>) -> Self {
        Self::Retryable { doing, why: why.into() }
    }

    /// One that stays.
    pub fn permanent(doing: &'static str, why: impl Into<String>) -> Self {
        Self::Permanent { doing, why: why.into() }
    }

    /// What a call to AWS failed with. The answer's own message may quote what was sent, so that only its code is kept.
    #[must_use]
    pub fn of_call<E: ProvideErrorMetadata>(doing: &'static str, error: &SdkError<E, Response>) -> Self {
        match error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status().as_u16();
                let code = refusal.err().code().unwrap_or("unnamed");
                let why = format!("{code} (HTTP {status})");
                let passes = status >= 500 || status == 429 || code.contains("Throttl") || PASSING.contains(&code);
                if passes { Self::Retryable { doing, why } } else { Self::Permanent { doing, why } }
            }
            SdkError::ConstructionFailure(_) => Self::permanent(doing, "the request could not be made"),
            SdkError::TimeoutError(_) => Self::retryable(doing, "no answer in time"),
            SdkError::DispatchFailure(_) => Self::retryable(doing, "no connection"),
            _ => Self::retryable(doing, "an answer that cannot be read"),
        }
    }

    /// What the store failed with.
    #[must_use]
    pub fn of_store(doing: &'static str, error: &StoreError) -> Self {
        match error {
            StoreError::Corrupt(_) => Self::permanent(doing, "the store holds something unreadable"),
            StoreError::Conflict(_) | StoreError::NameConflict(_) => {
                Self::retryable(doing, "another writer was faster")
            }
            StoreError::Failed { source, .. } => Self::permanent(doing, format!("the store refused: {source}")),
            StoreError::Busy { source, .. } => Self::retryable(doing, format!("the store did not answer: {source}")),
        }
    }

    /// Whether it may pass.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Retryable { .. })
    }

    /// A short stable word for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Retryable { .. } => "retryable",
            Self::Permanent { .. } => "permanent",
        }
    }
}
