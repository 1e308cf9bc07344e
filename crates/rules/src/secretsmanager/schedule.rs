//! How long a rotation schedule may leave a secret as it is.

use trailhound_model::Why;
use trailhound_model::kinds::secretsmanager::RotationRules;

/// The days in the longest possible run of so many months.
const LONGEST: [i64; 12] = [31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337, 366];

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// The longest time between two rotations, in days.
///
/// # Errors
/// The schedule is not understood.
pub(super) fn longest_interval(rules: &RotationRules) -> Result<i64, Why> {
    let expression = match rules {
        RotationRules { automatically_after_days: Some(days), .. } => return Ok(*days),
        RotationRules { schedule_expression: Some(expression), .. } => expression,
        _ => return Err(Why::NotUnderstood("a rotation schedule without an interval".into())),
    };
    rate(expression)
        .or_else(|| cron(expression))
        .ok_or_else(|| Why::NotUnderstood("a rotation schedule that is no rate() or cron()".into()))
}

/// `rate(10 days)` or `rate(12 hours)`; hours count as the day they end in.
fn rate(expression: &str) -> Option<i64> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let number: i64 = number.parse().ok()?;
    match unit.trim() {
        "day" | "days" => Some(number),
        "hour" | "hours" => Some(number.div_euclid(24) + i64::from(number % 24 != 0)),
        _ => None,
    }
}

/// `cron(minutes hours day-of-month month day-of-week year)`. A rotation comes at least once in each of its months, so the
/// longest gap between these decides.
fn cron(expression: &str) -> Option<i64> {
    let fields: Vec<&str> = expression.strip_prefix("cron(")?.strip_suffix(')')?.split_ascii_whitespace().collect();
    let [_, _, _, month, _, "*"] = fields[..] else { return None };
    let months = months(month)?;
    // From each month to the next, from the last to the first of the next year.
    let next = months.iter().skip(1).copied().chain(months.first().map(|first| first + 12));
    let gap = months.iter().zip(next).map(|(from, to)| to - from).max()?;
    LONGEST.get(gap.checked_sub(1)?).copied()
}

/// The months, from 0, that a field names: `*`, `*/2`, `1/3`, `1,4,7,10`, `JAN-JUN`.
fn months(field: &str) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (0, 11),
            Some((first, last)) => (month(first)?, month(last)?),
            None if part.contains('/') => (month(range)?, 11),
            None => (month(range)?, month(range)?),
        };
        found.extend((first..=last).step_by(step));
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn month(text: &str) -> Option<usize> {
    MONTHS.iter().position(|name| text.eq_ignore_ascii_case(name)).or_else(|| {
        let number: usize = text.parse().ok()?;
        number.checked_sub(1).filter(|month| *month < 12)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(expression: &str) -> Option<i64> {
        let rules = RotationRules { automatically_after_days: None, schedule_expression: Some(expression.to_owned()) };
        longest_interval(&rules).ok()
    }

    #[test]
    fn expressions() {
        for (expression, expected) in [
            ("rate(10 days)", Some(10)),
            ("rate(1 day)", Some(1)),
            ("rate(4 hours)", Some(1)),
            ("rate(25 hours)", Some(2)),
            ("cron(0 8 * * ? *)", Some(31)),
            ("cron(0 8 1 * ? *)", Some(31)),
            ("cron(0 8 ? * SUN *)", Some(31)),
            ("cron(0 8 1 */2 ? *)", Some(62)),
            ("cron(0 8 1 1/3 ? *)", Some(92)),
            ("cron(0 8 1 JAN,APR,JUL,OCT ? *)", Some(92)),
            ("cron(0 8 1 1-6 ? *)", Some(215)),
            ("cron(0 8 1 JAN ? *)", Some(366)),
            ("cron(0 8 1 13 ? *)", None),
            ("cron(0 8 1 */0 ? *)", None),
            ("cron(0 8 1 * ? 2026)", None),
            ("cron(0 8 1 *)", None),
            ("rate(ten days)", None),
            ("rate(10 weeks)", None),
            ("", None),
        ] {
            assert_eq!(days(expression), expected, "{expression}");
        }
    }

    #[test]
    fn days_need_no_expression_and_nothing_is_not_understood() {
        let rules = |days| RotationRules { automatically_after_days: days, schedule_expression: None };
        assert_eq!(longest_interval(&rules(Some(30))), Ok(30));
        assert!(longest_interval(&rules(None)).is_err());
    }
}
