//! Why something was not read as an event. Every reason has a stable code, because people count and compare them.

use std::fmt;

/// Why a record, or a file that should have held records, was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// The text is not JSON.
    NotJson,
    /// The file or stream ends inside a record.
    Cut,
    /// The compressed stream is damaged.
    BadGzip,
    /// The inflated content exceeds the limit.
    TooLarge,
    /// The file cannot be opened or read.
    Unreadable,
    /// A CloudTrail digest file, which lists log files and holds no event.
    Digest,
    /// A CloudTrail Insights event: statistics about calls, not a call.
    Insight,
    /// A data event: work with a resource's content, not with its settings.
    DataEvent,
    /// A network activity event: traffic through a VPC endpoint.
    NetworkActivity,
    /// JSON, but not a CloudTrail record: a required field is missing or has the wrong type.
    NotARecord,
    /// The event time is not a time.
    BadTime,
    /// An EventBridge event that does not carry a CloudTrail record.
    BadEnvelope,
    /// A file in a folder whose name is not that of a log. Such a file holds no records, so none is counted.
    OtherFile,
}

impl SkipReason {
    /// All reasons, in the order of their codes' importance to a reader of the tally.
    pub const ALL: [Self; 13] = [
        Self::NotJson,
        Self::Cut,
        Self::BadGzip,
        Self::TooLarge,
        Self::Unreadable,
        Self::Digest,
        Self::Insight,
        Self::DataEvent,
        Self::NetworkActivity,
        Self::NotARecord,
        Self::BadTime,
        Self::BadEnvelope,
        Self::OtherFile,
    ];

    /// The stable code, such as `not_json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Cut => "cut",
            Self::BadGzip => "bad_gzip",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Digest => "digest",
            Self::Insight => "insight",
            Self::DataEvent => "data_event",
            Self::NetworkActivity => "network_activity",
            Self::NotARecord => "not_a_record",
            Self::BadTime => "bad_time",
            Self::BadEnvelope => "bad_envelope",
            Self::OtherFile => "other_file",
        }
    }

    /// Whether the skip is by design: a healthy archive holds such records, and nobody has to act on them.
    #[must_use]
    pub const fn is_expected(self) -> bool {
        matches!(self, Self::Digest | Self::Insight | Self::DataEvent | Self::NetworkActivity)
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NotJson => "check that the file is a CloudTrail log",
            Self::Cut | Self::BadGzip => "copy the file from its bucket again",
            Self::TooLarge => "raise the size limit if the file is trusted, or split it",
            Self::Unreadable => "check that the file exists and may be read",
            Self::Digest | Self::Insight | Self::DataEvent | Self::NetworkActivity => {
                "nothing: such records say nothing about configuration"
            }
            Self::NotARecord => "check where the record comes from: CloudTrail always writes the field",
            Self::BadTime => "check where the record comes from: CloudTrail writes times such as 2026-01-31T23:59:59Z",
            Self::BadEnvelope => "check the EventBridge rule: `detail` must hold the CloudTrail record unchanged",
            Self::OtherFile => "name the file itself to have it read",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let mut codes: Vec<&str> = SkipReason::ALL.iter().map(|reason| reason.code()).collect();
        assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{codes:?}");
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), SkipReason::ALL.len());
    }
}
