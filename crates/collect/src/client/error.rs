//! Why a call was not answered.

use std::borrow::Cow;

use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use trailhound_model::Why;

use super::call::{Call, Said};

/// Why a read gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such resource.
    #[error("there is no such resource")]
    Gone,
    /// The resource is being deleted.
    #[error("it is being deleted")]
    Deleting,
    /// The resource exists and has nothing of the kind that was asked for.
    #[error("it is not set")]
    Absent,
    /// AWS refused the call, or the role to make it with.
    #[error("access denied")]
    AccessDenied,
    /// AWS said that there were too many calls, or too many of our own are waiting.
    #[error("throttled")]
    Throttled,
    /// No answer in time.
    #[error("timed out")]
    Timeout,
    /// Anything else: AWS's error code, or what was wrong with the answer.
    #[error("{0}")]
    Other(Cow<'static, str>),
}

impl Error {
    /// An answer that is not what the API promises.
    pub(crate) const fn malformed(what: &'static str) -> Self {
        Self::Other(Cow::Borrowed(what))
    }

    /// As a facet's state has it.
    pub(crate) fn why(&self) -> Why {
        match self {
            Self::AccessDenied => Why::AccessDenied,
            other => Why::ReadFailed(other.to_string().into()),
        }
    }
}

/// An error that AWS, or something before it, answered with.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{meta}")]
pub(crate) struct Failure {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The code and message; both come from the network and are shown to nobody as they are.
    pub(crate) meta: Box<ErrorMetadata>,
    /// The region to ask instead, where S3 names one.
    pub(crate) region: Option<Box<str>>,
}

impl ProvideErrorMetadata for Failure {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// Codes by which services refuse a call. Most say `AccessDenied` or `AccessDeniedException`.
const REFUSALS: [&str; 14] = [
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "Forbidden",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "NotAuthorized",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// Codes that ask for fewer calls, beside those that contain `Throttl`.
const TOO_MANY: [&str; 6] = [
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "TooManyRequestsException",
    "LimitExceededException",
];

impl Failure {
    /// What the failure means for a call that knows its own errors.
    pub(crate) fn meaning(&self, call: &Call) -> Error {
        let message = self.meta.message().unwrap_or_default().to_ascii_lowercase();
        let is_one_of = |errors: &[Said]| {
            errors.iter().any(|(code, part)| self.meta.code() == Some(*code) && message.contains(part))
        };
        if is_one_of(call.absent) {
            return Error::Absent;
        }
        if is_one_of(call.gone) {
            return Error::Gone;
        }
        match self.meta.code() {
            Some(code) if code.contains("AccessDenied") || REFUSALS.contains(&code) => Error::AccessDenied,
            Some(code) if code.contains("Throttl") || TOO_MANY.contains(&code) => Error::Throttled,
            Some("RequestTimeout" | "RequestTimeoutException") => Error::Timeout,
            Some(code) => Error::Other(plain(code).into()),
            None if self.status == 429 => Error::Throttled,
            None => Error::Other(format!("HTTP {} with no error of AWS", self.status).into()),
        }
    }
}

/// A code as it may be shown: whatever answered may have written anything there.
fn plain(code: &str) -> String {
    code.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::super::call::{Protocol, Service};
    use super::*;

    static SERVICE: Service = Service::new("x", Protocol::RestJson);
    static CALL: Call =
        Call::new(&SERVICE, "X", "x:X").absent(&[("NoSuchEntity", "login profile")]).gone(&[("NoSuchEntity", "")]);

    fn failure(status: u16, code: Option<&str>, message: &str) -> Error {
        let mut meta = ErrorMetadata::builder().message(message);
        if let Some(code) = code {
            meta = meta.code(code);
        }
        Failure { status, meta: Box::new(meta.build()), region: None }.meaning(&CALL)
    }

    #[test]
    fn a_code_means_what_the_call_says_and_then_what_all_services_say() {
        for (status, code, message, expected) in [
            (404, Some("NoSuchEntity"), "Login Profile for User x cannot be found.", Error::Absent),
            (404, Some("NoSuchEntity"), "The user with name x cannot be found.", Error::Gone),
            (403, Some("UnauthorizedOperation"), "", Error::AccessDenied),
            (400, Some("KMSAccessDeniedException"), "", Error::AccessDenied),
            (400, Some("ThrottledException"), "", Error::Throttled),
            (503, Some("SlowDown"), "", Error::Throttled),
            (429, None, "", Error::Throttled),
            (403, None, "", Error::Other("HTTP 403 with no error of AWS".into())),
            (400, Some("Bad<b>Code\n"), "", Error::Other("BadbCode".into())),
        ] {
            assert_eq!(failure(status, code, message), expected, "{status} {code:?} {message}");
        }
    }
}
