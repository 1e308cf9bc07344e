//! Exceptions: what an owner accepts, why, and until when. Pure: the caller reads the file and knows the date.
//!
//! An exception speaks of one rule on the resources it names, and may be bound to entries of evidence and to a fingerprint of
//! the accepted values. It never hides more than it says: an entry that it does not name counts, and so does everything once
//! the values differ or the date has passed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::Spanned;
use trailhound_model::{Evidence, FacetDef, Life, Map, Second, State, Text, Value};

use crate::settings::{no_such_rule, place_of};
use crate::{Rule, SettingsError};

/// One accepted finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The line in its file, from 1.
    pub line: usize,
    /// The rule's id.
    pub rule: String,
    /// The resource's id, ARN or logical name; `*` stands for any letters.
    pub resource: String,
    /// The account, if it is for one only.
    pub account: Option<String>,
    /// The keys of the entries of evidence that are accepted; all if none is named.
    pub entries: BTreeSet<String>,
    /// The fingerprint of the accepted values; without it any value is accepted.
    pub fingerprint: Option<String>,
    /// Who accepted it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: String,
    /// The second from which it holds no more.
    ends: Second,
}

/// Who accepts a finding, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Who accepted it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: String,
}

impl std::fmt::Display for Acceptance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "accepted by {} until {}: {}", self.owner, self.expires, self.reason)
    }
}

impl Exception {
    /// What it says to a reader.
    #[must_use]
    pub fn acceptance(&self) -> Acceptance {
        Acceptance { owner: self.owner.clone(), reason: self.reason.clone(), expires: self.expires.clone() }
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn is_over(&self, today: Second) -> bool {
        today >= self.ends
    }

    /// The second from which it holds no more.
    #[must_use]
    pub const fn ends(&self) -> Second {
        self.ends
    }

    fn concerns(&self, case: &Case<'_>) -> bool {
        self.rule == case.rule
            && self.account.as_deref().is_none_or(|account| account == case.account)
            && case.names.iter().any(|name| is_like(name, &self.resource))
            && (self.entries.is_empty() || !self.named(case.evidence).is_empty())
    }

    /// The entries that it accepts.
    fn named(&self, evidence: &[Evidence]) -> Vec<Evidence> {
        evidence.iter().filter(|entry| self.entries.is_empty() || self.entries.contains(&*entry.key)).cloned().collect()
    }
}

/// A failure that may be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// The account; empty if it is not known.
    pub account: &'a str,
    /// All names of the resource.
    pub names: &'a [&'a str],
    /// What shows the failure.
    pub evidence: &'a [Evidence],
}

/// Why an exception does not hold, or not for all, or more loosely than it could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its last day is over.
    Over,
    /// The values are not those that were accepted; their fingerprint now.
    Changed(String),
    /// No exception names these entries.
    Wider(Vec<Text>),
    /// It accepts any values; the fingerprint that would bind it to these.
    Unbound(String),
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Over => f.write_str("it has expired: the finding counts again"),
            Self::Changed(now) => write!(
                f,
                "the accepted values have changed: the finding counts again; to accept them, write fingerprint = \"{now}\""
            ),
            Self::Wider(entries) => {
                let names: Vec<String> = entries.iter().map(|entry| format!("`{entry}`")).collect();
                write!(f, "it does not name the entries {}: the finding counts", names.join(", "))
            }
            Self::Unbound(now) => {
                write!(f, "it accepts any values; to bind it to those of now, write fingerprint = \"{now}\"")
            }
        }
    }
}

/// What the exceptions say of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed<'a> {
    /// The exception that accepts it, with others if each accepts a part.
    pub accepted: Option<&'a Exception>,
    /// The exceptions that concern it, as they stand.
    pub concerned: Vec<(&'a Exception, Option<Doubt>)>,
}

/// A file of exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    list: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Option<Spanned<String>>,
    resource: Option<Spanned<String>>,
    account: Option<Spanned<String>>,
    #[serde(default)]
    entries: BTreeSet<String>,
    fingerprint: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    expires: Option<Spanned<toml::Value>>,
}

impl Exceptions {
    /// Reads exceptions from TOML, one `[[exception]]` each.
    ///
    /// # Errors
    /// Text that is not TOML or has a key that does not exist; an exception without rule, resource, owner, reason or last
    /// day; a rule or a day that does not exist. All of these, each with its place.
    pub fn from_toml(text: &str) -> Result<Self, Vec<SettingsError>> {
        let file: File = toml::from_str(text).map_err(|error| {
            vec![SettingsError::at(text, error.span().map_or(0, |span| span.start), error.message())]
        })?;
        let mut faults = Vec::new();
        let list: Vec<Exception> =
            file.exception.into_iter().filter_map(|entry| read(text, entry, &mut faults)).collect();
        if faults.is_empty() { Ok(Self { list }) } else { Err(faults) }
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Exception] {
        &self.list
    }

    /// Whether some exception concerns a failure, whatever it says of it.
    #[must_use]
    pub fn concern(&self, case: &Case<'_>) -> bool {
        self.list.iter().any(|exception| exception.concerns(case))
    }

    /// Weighs a failure on a day. `fingerprint` is that of the values behind some of its entries.
    pub fn weigh(&self, case: &Case<'_>, today: Second, fingerprint: impl Fn(&[Evidence]) -> String) -> Weighed<'_> {
        let mut weighed = Weighed::default();
        let mut covered: BTreeSet<Text> = BTreeSet::new();
        let mut first = None;
        for exception in self.list.iter().filter(|exception| exception.concerns(case)) {
            let named = exception.named(case.evidence);
            let now = fingerprint(&named);
            let doubt = match &exception.fingerprint {
                _ if exception.is_over(today) => Some(Doubt::Over),
                Some(accepted) if *accepted != now => Some(Doubt::Changed(now)),
                Some(_) => None,
                None => Some(Doubt::Unbound(now)),
            };
            if matches!(doubt, None | Some(Doubt::Unbound(_))) {
                covered.extend(named.into_iter().map(|entry| entry.key));
                first = first.or(Some(exception));
            }
            weighed.concerned.push((exception, doubt));
        }
        let wider: Vec<Text> =
            case.evidence.iter().map(|entry| &entry.key).filter(|key| !covered.contains(*key)).cloned().collect();
        match first {
            Some(first) if !wider.is_empty() => weighed.concerned.push((first, Some(Doubt::Wider(wider)))),
            first => weighed.accepted = first,
        }
        weighed
    }
}

/// One exception, or its faults.
fn read(text: &str, entry: Spanned<Entry>, faults: &mut Vec<SettingsError>) -> Option<Exception> {
    let start = entry.span().start;
    let entry = entry.into_inner();
    let before = faults.len();
    let mut fault = |offset: usize, message: String| faults.push(SettingsError::at(text, offset, message));
    for (name, value) in
        [("rule", &entry.rule), ("resource", &entry.resource), ("owner", &entry.owner), ("reason", &entry.reason)]
    {
        match value {
            None => fault(start, format!("the exception has no `{name}`")),
            Some(value) if value.get_ref().trim().is_empty() => {
                fault(value.span().start, format!("`{name}` is empty"));
            }
            Some(_) => {}
        }
    }
    if let Some(rule) = &entry.rule
        && !rule.get_ref().trim().is_empty()
        && crate::named(rule.get_ref()).is_none()
    {
        fault(rule.span().start, no_such_rule(rule.get_ref()));
    }
    if let Some(resource) = &entry.resource
        && !resource.get_ref().is_empty()
        && resource.get_ref().bytes().all(|byte| byte == b'*')
    {
        let message = "an exception for every resource: switch the rule off in the settings instead".to_owned();
        fault(resource.span().start, message);
    }
    if let Some(account) = &entry.account
        && (account.get_ref().len() != 12 || !account.get_ref().bytes().all(|byte| byte.is_ascii_digit()))
    {
        fault(account.span().start, format!("`{}` is not an account id: twelve digits", account.get_ref()));
    }
    if let Some(print) = &entry.fingerprint
        && (print.get_ref().len() != FINGERPRINT || !print.get_ref().bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        fault(print.span().start, format!("`{}` is no fingerprint: {FINGERPRINT} hexadecimal digits", print.get_ref()));
    }
    let day = match &entry.expires {
        None => {
            fault(start, "the exception has no `expires`: the last day on which it holds".to_owned());
            None
        }
        Some(day) => {
            let words = match day.get_ref() {
                toml::Value::String(text) => text.clone(),
                toml::Value::Datetime(day) => day.to_string(),
                other => other.type_str().to_owned(),
            };
            let end = Second::parse(&format!("{words}T00:00:00Z")).ok().map(Second::next_midnight);
            if end.is_none() {
                fault(day.span().start, format!("`{words}` is not a day such as 2027-01-31"));
            }
            end.map(|end| (words, end))
        }
    };
    if faults.len() > before {
        return None;
    }
    let (expires, ends) = day?;
    Some(Exception {
        line: place_of(text, start).0,
        rule: entry.rule?.into_inner(),
        resource: entry.resource?.into_inner(),
        account: entry.account.map(Spanned::into_inner),
        entries: entry.entries,
        fingerprint: entry.fingerprint.map(|print| print.into_inner().to_ascii_lowercase()),
        owner: entry.owner?.into_inner(),
        reason: entry.reason?.into_inner(),
        expires,
        ends,
    })
}

/// How many digits a fingerprint has.
const FINGERPRINT: usize = 16;

/// A fingerprint of the values that a rule fails on: of what it reads, and of keyed facets only the entries that the evidence
/// names, so that another entry beside them changes nothing.
#[must_use]
pub fn fingerprint(id: &str, rule: &Rule, life: &Life, evidence: &[Evidence]) -> String {
    let is_named = |key: &str| {
        evidence
            .iter()
            .any(|entry| entry.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    let named = |facet: &FacetDef| -> Option<Map> {
        let (State::Known(Value::Map(map)) | State::Partial(map, _)) = &life.slot(facet)?.state else { return None };
        let map: Map =
            map.iter().filter(|(key, _)| is_named(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
        (facet.shape == trailhound_model::Shape::Keyed && !map.is_empty()).then_some(map)
    };
    let by_entries = rule.reads.iter().any(|facet| named(facet).is_some());
    let mut values = Map::new();
    for facet in rule.reads {
        let value = match life.slot(facet).map(|slot| &slot.state) {
            Some(State::Known(_) | State::Partial(..))
                if by_entries && facet.shape == trailhound_model::Shape::Keyed =>
            {
                named(facet).map(Value::Map)
            }
            Some(State::Known(value)) => Some(value.clone()),
            Some(State::Partial(map, _)) => Some(map.clone().into()),
            Some(State::Absent | State::Unread(_)) | None => None,
        };
        values.insert(facet.name.into(), value.unwrap_or_default());
    }
    let mut hash = Sha256::new();
    hash.update(id);
    hash.update([0]);
    hash.update(Value::Map(values).to_json());
    hash.finalize().iter().take(FINGERPRINT / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a name is as a pattern has it: the whole name, `*` for any letters.
fn is_like(name: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Second = Second::date(2026, 6, 1);

    const FILE: &str = "# Accepted.
[[exception]]
rule = \"ec2-security-group-ssh-closed\"
resource = \"sg-1\"
owner = \"platform\"
reason = \"a bastion\"
expires = 2026-06-01
";

    fn exceptions(text: &str) -> Exceptions {
        Exceptions::from_toml(text).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn evidence(keys: &[&str]) -> Vec<Evidence> {
        keys.iter().map(|key| Evidence::new(*key, "words")).collect()
    }

    #[test]
    fn a_fault_is_named_with_its_place_and_none_hides_another() {
        for (change, faults) in [
            (("owner = \"platform\"\n", ""), vec![(2, "no `owner`")]),
            (("reason = \"a bastion\"\n", "reason = \" \"\n"), vec![(6, "`reason` is empty")]),
            (("expires = 2026-06-01\n", ""), vec![(2, "no `expires`")]),
            (("2026-06-01", "\"2026-06-31\""), vec![(7, "`2026-06-31` is not a day")]),
            (("2026-06-01", "2026-06-01T10:00:00Z"), vec![(7, "is not a day")]),
            (("2026-06-01", "7"), vec![(7, "`integer` is not a day")]),
            (("ssh-closed", "ssh-close"), vec![(3, "did you mean `ec2-security-group-ssh-closed`")]),
            (("sg-1", "**"), vec![(4, "switch the rule off")]),
            (("owner", "account = \"1\"\nowner"), vec![(5, "twelve digits")]),
            (("owner", "fingerprint = \"1\"\nowner"), vec![(5, "no fingerprint")]),
            (("owner", "ower"), vec![(5, "unknown field `ower`")]),
            (("[[exception]]", "[exception]"), vec![(2, "")]),
            (("resource = \"sg-1\"\nowner = \"platform\"\n", ""), vec![(2, "no `resource`"), (2, "no `owner`")]),
        ] {
            let text = FILE.replace(change.0, change.1);
            let found = Exceptions::from_toml(&text).expect_err(&text);
            assert_eq!(found.len(), faults.len(), "{found:?}\n{text}");
            for (found, (line, says)) in found.iter().zip(faults) {
                assert_eq!(found.line, line, "{found}\n{text}");
                assert!(found.message.contains(says), "{found}\n{text}");
            }
        }
        assert_eq!(exceptions("").all(), []);
        assert_eq!(exceptions(&FILE.replace("2026-06-01", "\"2026-06-01\"")), exceptions(FILE), "a day may be quoted");
        assert_eq!(exceptions(FILE).all()[0].line, 2);
    }

    #[test]
    fn it_holds_for_what_it_names_and_no_longer_than_its_last_day() {
        let case = |rule, account, names, evidence| Case { rule, account, names, evidence };
        let two = evidence(&["tcp 22 0.0.0.0/0", "tcp 22 ::/0"]);
        let one = &two[..1];
        let ssh = "ec2-security-group-ssh-closed";
        let day = 86_400;
        let entry = "entries = [\"tcp 22 0.0.0.0/0\"]\nowner";
        for (from, to, case, today, accepted) in [
            ("", "", case(ssh, "1", &["sg-1"], &two), TODAY.0, true),
            ("", "", case(ssh, "1", &["arn:sg-1", "sg-1"], &two), TODAY.0 + day - 1, true),
            ("", "", case(ssh, "1", &["sg-1"], &two), TODAY.0 + day, false),
            ("", "", case(ssh, "1", &["sg-10"], &two), TODAY.0, false),
            ("", "", case("ec2-security-group-rdp-closed", "1", &["sg-1"], &two), TODAY.0, false),
            ("sg-1", "sg-*", case(ssh, "1", &["sg-10"], &two), TODAY.0, true),
            ("sg-1", "sg-*", case(ssh, "1", &["my-sg-10"], &two), TODAY.0, false),
            ("owner", "account = \"111122223333\"\nowner", case(ssh, "111122223333", &["sg-1"], &two), TODAY.0, true),
            ("owner", "account = \"111122223333\"\nowner", case(ssh, "", &["sg-1"], &two), TODAY.0, false),
            ("owner", entry, case(ssh, "1", &["sg-1"], one), TODAY.0, true),
            ("owner", entry, case(ssh, "1", &["sg-1"], &two), TODAY.0, false),
            ("owner", entry, case(ssh, "1", &["sg-1"], &two[1..]), TODAY.0, false),
            ("owner", "fingerprint = \"00000000000000AA\"\nowner", case(ssh, "1", &["sg-1"], one), TODAY.0, true),
            ("owner", "fingerprint = \"00000000000000bb\"\nowner", case(ssh, "1", &["sg-1"], one), TODAY.0, false),
        ] {
            let exceptions = exceptions(&FILE.replace(from, if from.is_empty() { "" } else { to }));
            let weighed = exceptions.weigh(&case, Second(today), |_| "00000000000000aa".to_owned());
            assert_eq!(weighed.accepted.is_some(), accepted, "{to} {case:?} {weighed:?}");
        }
    }

    #[test]
    fn two_exceptions_may_each_accept_a_part() {
        let part = |entry: &str| FILE.replace("owner", &format!("entries = [\"{entry}\"]\nowner"));
        let both = exceptions(&(part("a") + &part("b")));
        let found = evidence(&["a", "b"]);
        let case = Case { rule: "ec2-security-group-ssh-closed", account: "", names: &["sg-1"], evidence: &found };
        // Each has a fingerprint of its own entries.
        let weighed = both.weigh(&case, TODAY, |entries| entries.iter().map(|entry| &*entry.key).collect());
        assert_eq!(weighed.accepted, both.all().first());
        let prints: Vec<_> = weighed.concerned.iter().map(|(_, doubt)| doubt.clone().unwrap()).collect();
        assert_eq!(prints, [Doubt::Unbound("a".to_owned()), Doubt::Unbound("b".to_owned())]);
        let found = evidence(&["a", "b", "c"]);
        let weighed = both.weigh(&Case { evidence: &found, ..case }, TODAY, |_| String::new());
        assert_eq!(weighed.accepted, None);
        assert!(weighed.concerned.iter().any(|(_, doubt)| *doubt == Some(Doubt::Wider(vec!["c".into()]))));
    }

    /// Another rule of the group changes nothing; another port of the accepted one does.
    #[test]
    fn a_fingerprint_is_of_the_accepted_values_alone() {
        use trailhound_model::kinds::ec2::group;
        use trailhound_model::{Kind, Origin, Slot};

        let kind = Kind::of(&group::SECURITY_GROUP);
        let life = |rules: &str| {
            let mut life = Life::born(kind, TODAY);
            let position = kind.position(group::INGRESS.name).unwrap();
            let state = State::Known(Value::from_json(rules).unwrap());
            life.slots[position] = Slot { state, origin: Origin::Stated }.into();
            life
        };
        let rule = crate::named("ec2-security-group-ssh-closed").unwrap();
        let print = |rules| fingerprint("ec2-security-group-ssh-closed", rule, &life(rules), &evidence(&["a"]));
        let before = print(r#"{"a": {"FromPort": 22}}"#);
        assert_eq!(before, print(r#"{"a": {"FromPort": 22}, "b": {"FromPort": 443}}"#));
        assert_ne!(before, print(r#"{"a": {"FromPort": 21}}"#));
        assert_eq!(before.len(), FINGERPRINT);
    }

    #[test]
    fn the_page_shows_a_file_that_is_read() {
        let page = include_str!("../../../docs/exceptions.md");
        let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let exceptions = exceptions(example);
        assert_eq!(exceptions.all().len(), 1);
        let lines = example.lines().filter_map(|line| line.split_once(" = "));
        for key in lines.map(|(key, _)| key) {
            assert!(page.contains(&format!("| `{key}` |")), "{key} is not in the table");
        }
    }

    #[test]
    fn a_pattern_is_for_the_whole_name() {
        for (pattern, name, expected) in [
            ("logs", "logs", true),
            ("logs", "my-logs", false),
            ("logs*", "logs-a", true),
            ("*logs", "my-logs", true),
            ("*logs", "logs-a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{pattern} {name}");
        }
    }
}
