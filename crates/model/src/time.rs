//! Event time: whole seconds, which is all CloudTrail records.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, de};

/// A second of Universal Time, counted from 1970. The same event has the same second wherever it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Second(pub i64);

/// Seconds in one day.
pub const DAY: i64 = 86_400;

/// Text that is not a time. The message holds the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as 2026-01-31T23:59:59Z")]
pub struct TimeError(String);

impl Second {
    /// Parses an ISO 8601 time with an offset, such as CloudTrail's `2023-07-10T12:10:08Z`. Fractions are cut.
    ///
    /// # Errors
    /// When the text is not such a time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Self(t.as_second()))
            .map_err(|_| TimeError(text.chars().take(64).collect()))
    }

    /// The start of a day, for the dates from which AWS changed a default. Months and days count from 1.
    #[must_use]
    pub const fn date(year: i64, month: i64, day: i64) -> Self {
        // Days from 0000-03-01 in the proleptic Gregorian calendar: starting years in March puts leap days last.
        let years = if month <= 2 { year - 1 } else { year };
        let months = (month + 9) % 12;
        let days = 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1;
        const EPOCH: i64 = 719_468;
        Self((days - EPOCH) * DAY)
    }

    /// The first midnight (UTC) after this second.
    #[must_use]
    pub const fn next_midnight(self) -> Self {
        Self((self.0.div_euclid(DAY) + 1) * DAY)
    }

    /// This second and some more.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from an earlier time to this one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

impl Serialize for Second {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Second {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_cloudtrail_writes() {
        let second = Second::parse("2023-07-10T12:10:08Z").unwrap();
        assert_eq!(second.to_string(), "2023-07-10T12:10:08Z");
        assert_eq!(Second::parse("2023-07-10T12:10:08.999Z").unwrap(), second);
        assert_eq!(second.next_midnight().to_string(), "2023-07-11T00:00:00Z");
        for date in ["2023-07-10", "2024-02-29", "2000-03-01", "1970-01-01", "2026-12-31"] {
            let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
            assert_eq!(Second::date(parts[0], parts[1], parts[2]).to_string(), format!("{date}T00:00:00Z"));
        }
    }

    #[test]
    fn refuses_the_placeholders_seen_in_the_wild() {
        for text in ["...", "", "Jul 10, 2023 12:24:29 PM", "2023-07-10"] {
            assert!(Second::parse(text).is_err(), "{text}");
        }
    }
}
