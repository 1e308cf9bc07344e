//! One alert, or several of one cause, told: what is wrong, since when, who did it, what changed, how to fix it.

use trailhound_engine::Told;
use trailhound_engine::announce::AlertKind;
use trailhound_model::kinds::account::SELF;
use trailhound_model::{Cause, Finding, GLOBAL, ResourceId, Second, Severity, Step, partition_of};
use trailhound_report::{Block, UNSEEN, changes, duration, section, who};

use crate::line::{Line, cut};

/// What a reader should feel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong.
    Bad,
    /// Something is right again.
    Good,
    /// It cannot be told, or was told wrongly.
    Unsure,
}

/// What every channel tells, before it is written in the channel's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// How much it matters.
    pub severity: Severity,
    /// What happened, in a word or two.
    pub happened: &'static str,
    /// Whether that is good.
    pub tone: Tone,
    /// The rule's id.
    pub rule: String,
    /// The state that the rule wants.
    pub title: Option<&'static str>,
    /// The name of the resource, or how many there are.
    pub subject: String,
    /// What is wrong, or was.
    pub headline: Line,
    /// What else there is to know, by label, in the order of reading.
    pub facts: Vec<(&'static str, Line)>,
    /// The resources of a group, with what is wrong with each. Empty for a single alert.
    pub members: Vec<Line>,
    /// What shows it, where that is more than the headline says.
    pub evidence: Vec<Line>,
    /// The settings before and after, one line each with its mark: `-`, `+`, a blank, `@` or `…`. Terminal-safe.
    pub changes: String,
    /// How to fix it: the rule's own list. Empty for what needs no fixing.
    pub fix: Vec<String>,
    /// The event in CloudTrail's console.
    pub link: Option<String>,
    /// The same for all alerts of one finding.
    pub thread: String,
    /// The number of the alert within its finding.
    pub number: u64,
}

impl Story {
    /// Tells an alert, and those that share its message.
    #[must_use]
    pub fn of(told: &Told) -> Self {
        let finding = &told.finding;
        let resource = &finding.resource;
        let rule = trailhound_rules::named(&finding.rule);
        let (happened, tone, prefix) = words(told.alert.kind);
        let transition = told.transition.as_ref();
        let cause = transition.and_then(|transition| transition.cause.as_deref());
        let place = Line::quote(&resource.account).and_say(", ").and_quote(&resource.region);
        let mut story = Self {
            severity: finding.severity,
            happened,
            tone,
            rule: finding.rule.to_string(),
            title: rule.map(trailhound_rules::Rule::title),
            subject: name(resource).to_string(),
            headline: Line::say(prefix).and(Line::of_message(&finding.message)),
            facts: vec![("Resource", named(resource)), ("Account", place)],
            members: Vec::new(),
            evidence: evidence(finding),
            changes: transition.map(|step| changes(&step.before, &step.after).text).unwrap_or_default(),
            fix: Vec::new(),
            link: cause.and_then(console),
            thread: told.thread.to_string(),
            number: told.alert.number,
        };
        story.facts.extend(times(told));
        story.facts.extend(cause.map(actor).unwrap_or_default());
        if tone == Tone::Bad {
            story.fix = rule.map(|rule| fix(rule.page)).unwrap_or_default();
        }
        if !told.also.is_empty() {
            story.widen(told);
        }
        story
    }

    /// Makes the story one of several resources: what only the first has is left out.
    fn widen(&mut self, told: &Told) {
        let resources = std::iter::once(&told.finding.resource).chain(told.also.iter().map(|also| &also.resource));
        let total = told.also.len() + 1;
        let kind = told.finding.resource.kind;
        let noun = if resources.clone().all(|resource| resource.kind == kind) { kind.name() } else { "resources" };
        let headline = std::mem::take(&mut self.headline);
        self.headline =
            Line::say(format!("{total} × {noun}, for example ")).and_quote(&self.subject).and_say(": ").and(headline);
        self.subject = format!("{total} resources");
        self.members = resources.map(|resource| Line::quote(name(resource))).collect();
        self.facts.retain(|(label, _)| *label != "Resource");
        self.evidence.clear();
        self.changes.clear();
    }

    /// One line: `opened: s3-bucket-versioning on acme-invoices`.
    #[must_use]
    pub fn summary(&self) -> Line {
        Line::say(self.happened).and_say(": ").and_quote(&self.rule).and_say(" on ").and_quote(&self.subject)
    }
}

/// What people call a resource: its id, or of what is one of its kind where it is.
pub(crate) fn name(resource: &ResourceId) -> &str {
    match &*resource.region {
        _ if *resource.id != *SELF => &resource.id,
        GLOBAL => &resource.account,
        region => region,
    }
}

fn named(resource: &ResourceId) -> Line {
    let line = Line::say(resource.kind.name()).and_say(" ").and_quote(name(resource));
    match resource.arn() {
        Some(arn) if arn != *resource.id => line.and_say(", ").and_quote(&arn),
        _ => line,
    }
}

fn evidence(finding: &Finding) -> Vec<Line> {
    let more = finding.evidence.iter().filter(|entry| entry.detail != finding.message && entry.key != entry.detail);
    more.map(|entry| Line::quote(&entry.key).and_say(": ").and(Line::of_message(&entry.detail))).collect()
}

/// Since when, by whom, until when.
fn times(told: &Told) -> Vec<(&'static str, Line)> {
    let Some(episode) = told.finding.last_episode() else {
        return vec![("Since", moment(told.alert.time, None))];
    };
    let mut facts = vec![("Since", moment(episode.opened_at, episode.opened_by.as_deref()))];
    if let (Some(closed), Some(seconds)) = (episode.closed_at, episode.exposure()) {
        let until = moment(closed, episode.closed_by.as_deref());
        facts.push(("Until", until.and_say(format!(", after {}", duration(seconds)))));
    }
    facts
}

/// A word for what happened, its tone, and how it begins a message that says what is or was wrong.
const fn words(kind: AlertKind) -> (&'static str, Tone, &'static str) {
    match kind {
        AlertKind::Moved(Step::Opened) => ("opened", Tone::Bad, ""),
        AlertKind::Moved(Step::Widened) => ("widened", Tone::Bad, ""),
        AlertKind::Moved(Step::Reopened) => ("reopened", Tone::Bad, ""),
        AlertKind::Moved(Step::Lapsed) => ("exception lapsed", Tone::Bad, ""),
        AlertKind::Moved(Step::Resolved) => ("resolved", Tone::Good, "no longer: "),
        AlertKind::Moved(Step::Retired) => ("deleted", Tone::Good, "gone with the resource: "),
        AlertKind::Moved(Step::Excepted) => ("accepted", Tone::Good, "accepted: "),
        AlertKind::Moved(Step::LostSight) => ("lost sight", Tone::Unsure, "cannot be told any more: "),
        AlertKind::Backdated => ("was open unnoticed", Tone::Good, "was true for a while, and is no longer: "),
        AlertKind::Withdrawn => ("withdrawn", Tone::Unsure, "was told and is not true after all: "),
    }
}

fn moment(time: Second, cause: Option<&Cause>) -> Line {
    let line = Line::say(time.to_string());
    match cause {
        Some(cause) => match who(cause) {
            Some(who) => line.and_say(" by ").and_quote(&who).and_say(" with ").and_quote(&cause.name),
            None => line.and_say(", seen by a read"),
        },
        None => line,
    }
}

/// Who made a call, beyond the name.
fn actor(cause: &Cause) -> Vec<(&'static str, Line)> {
    let (Some(who), actor) = (who(cause), &cause.actor) else {
        return vec![("Who", Line::say(format!("{UNSEEN} at {}", cause.time)))];
    };
    let mut facts = vec![("Who", Line::quote(&who))];
    let more = [("Identity", &actor.arn), ("From", &actor.source_ip), ("Program", &actor.user_agent)];
    facts.extend(more.into_iter().filter_map(|(label, text)| Some((label, Line::quote(text.as_deref()?)))));
    facts
}

/// The entries under a page's Fix, as one paragraph each.
fn fix(page: &str) -> Vec<String> {
    section(page, "Fix")
        .into_iter()
        .map(|block| match block {
            Block::Paragraph(text) | Block::Entry(text) => text,
            Block::Code(text) => text.trim_end().replace('\n', " "),
        })
        .collect()
}

/// The address of an event in CloudTrail's console; `None` if the event's id or region is not what AWS writes, so that no
/// event can choose where a link leads.
#[must_use]
pub(crate) fn console(cause: &Cause) -> Option<String> {
    let plain = |text: &str, max: usize| {
        !text.is_empty() && text.len() <= max && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if !plain(&cause.event_id, 64) || !plain(&cause.region, 32) || &*cause.region == GLOBAL {
        return None;
    }
    let domain = match partition_of(&cause.region) {
        "aws-cn" => "amazonaws.cn",
        "aws-us-gov" => "amazonaws-us-gov.com",
        _ => "aws.amazon.com",
    };
    let region = &cause.region;
    Some(format!("https://{region}.console.{domain}/cloudtrailv2/home?region={region}#/events/{}", cause.event_id))
}

/// A text as an identifier that every channel takes: letters, digits and a few marks. What had to be changed ends in a
/// digest of the whole, so that two texts never become one.
#[must_use]
pub(crate) fn identifier(text: &str, max: usize) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;

    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._:/-".contains(letter);
    if !text.is_empty() && text.len() <= max && text.chars().all(plain) {
        return text.to_owned();
    }
    let shown = text.chars().map(|letter| if plain(letter) { letter } else { '-' });
    let mut id: String = shown.take(max.saturating_sub(17)).collect();
    id.push('-');
    for byte in Sha256::digest(text).iter().take(8) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// ASCII on one line, for a mail's subject.
pub(crate) fn ascii(text: &str, max: usize) -> String {
    let shown = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    let text: String = cut(text, max.saturating_mul(4)).chars().map(shown).collect();
    if text.len() <= max {
        return text;
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    format!("{kept}...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_region_is_called_by_its_name() {
        let region =
            |region: &str| ResourceId { region: region.into(), id: SELF.into(), ..fixture::opened().finding.resource };
        assert_eq!(name(&region("eu-west-1")), "eu-west-1");
        assert_eq!(name(&region(GLOBAL)), &*fixture::opened().finding.resource.account);
        assert_eq!(name(&fixture::opened().finding.resource), &*fixture::opened().finding.resource.id);
    }

    #[test]
    fn a_read_is_not_an_actor() {
        let mut told = fixture::opened();
        let mut cause = (**told.finding.episodes[0].opened_by.as_ref().unwrap()).clone();
        (cause.source, cause.name, cause.actor) = (Cause::READ.into(), "Read".into(), std::sync::Arc::default());
        let cause = std::sync::Arc::new(cause);
        told.finding.episodes[0].opened_by = Some(std::sync::Arc::clone(&cause));
        told.transition.as_mut().unwrap().cause = Some(cause);
        let told: Vec<(&str, String)> =
            Story::of(&told).facts.iter().map(|(label, line)| (*label, line.plain(200))).collect();
        let fact = |name| told.iter().find(|(label, _)| *label == name).map_or("", |(_, line)| line);
        assert!(fact("Who").starts_with("not known, seen by a read at 20"), "{told:?}");
        assert!(fact("Since").ends_with(", seen by a read"), "{told:?}");
        assert!(told.iter().all(|(label, _)| !["Identity", "From", "Program"].contains(label)), "{told:?}");
    }

    #[test]
    fn the_link_leads_to_the_event_in_its_partition_and_nowhere_else() {
        let told = fixture::opened();
        let mut cause = (**told.finding.episodes[0].opened_by.as_ref().unwrap()).clone();
        for (region, host) in [
            ("eu-west-1", Some("https://eu-west-1.console.aws.amazon.com/")),
            ("cn-north-1", Some("https://cn-north-1.console.amazonaws.cn/")),
            ("us-gov-west-1", Some("https://us-gov-west-1.console.amazonaws-us-gov.com/")),
            ("evil.example/", None),
            ("global", None),
            ("", None),
        ] {
            cause.region = region.into();
            assert_eq!(console(&cause).as_deref().map(|link| link.starts_with(host.unwrap())), host.map(|_| true));
        }
        cause.region = "eu-west-1".into();
        cause.event_id = "x\"><script>".into();
        assert_eq!(console(&cause), None);
    }

    #[test]
    fn identifiers_stay_apart() {
        assert_eq!(identifier("s3/aws/1", 64), "s3/aws/1");
        let (one, two) = (identifier("a b", 64), identifier("ab ", 64));
        assert!(one.starts_with("a-b-") && two.starts_with("ab--") && one != two, "{one} {two}");
        assert!(identifier(&"x".repeat(500), 64).len() <= 64);
        assert_eq!(identifier("", 64).len(), 17);
    }

    #[test]
    fn every_rule_has_a_fix_to_tell() {
        for (id, rule) in trailhound_rules::all() {
            assert!(!fix(rule.page).is_empty(), "{id}");
        }
    }
}
