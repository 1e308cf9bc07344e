//! Every channel, held to its limits with any text of any size, and to what people have seen before.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value as Json;
use trailhound_engine::Told;
use trailhound_engine::announce::AlertKind;
use trailhound_report::escape::is_unsafe;

use crate::chat::Notification;
use crate::line::units;
use crate::slack::limit;
use crate::{Document, MESSAGE_MAX, Publication, Story, email, fixture, slack};

fn withdrawn() -> Told {
    let mut told = fixture::opened();
    (told.alert.kind, told.alert.number, told.transition) = (AlertKind::Withdrawn, 2, None);
    told.finding.episodes.clear();
    told.finding.message = "a late event shows that it never failed".into();
    told
}

/// Everything that is sent about an alert, for a person to look at.
fn shown(told: &Told) -> String {
    let publication = Publication::of(told);
    let bodies: Json = serde_json::from_str(&publication.message).unwrap();
    let pretty = |json: &str| serde_json::to_string_pretty(&serde_json::from_str::<Json>(json).unwrap()).unwrap();
    let body = |protocol: &str| bodies[protocol].as_str().unwrap().to_owned();
    let attributes =
        publication.attributes.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>();
    let shown = format!(
        "subject: {}\n\n== attributes\n{attributes}\n== email\n{}\n== sms\n{}\n\n== https\n{}\n\n== default\n{}\n\n== slack\n{}\n",
        publication.subject,
        body("email"),
        body("sms"),
        pretty(&body("https")),
        pretty(&body("default")),
        pretty(&slack::message(&Story::of(told)).to_json()),
    );
    // Written again by another formatter: what it does not escape, we do.
    let visible = |letter: char| match is_unsafe(letter) && letter != '\n' {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    shown.chars().map(visible).collect()
}

#[test]
fn alerts_look_as_people_know_them() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the expectations anew")]
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    let hostile = "<!channel> *b* `c` <https://evil.example|AWS> @here :skull:\u{1b}[31m\u{202e}gpj.exe\r\n& \"q\" \\";
    let mut wrong = Vec::new();
    for (name, told) in [
        ("opened", fixture::opened()),
        ("resolved", fixture::resolved()),
        ("withdrawn", withdrawn()),
        ("many", fixture::many(412)),
        ("hostile", fixture::hostile(hostile)),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.txt"));
        let shown = shown(&told);
        if bless {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &shown).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != shown {
            wrong.push(format!("{}:\n{shown}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected; TRAILHOUND_BLESS=1 writes them anew:\n{}", wrong.join("\n"));
}

/// What is left of Slack's markup without quotations: code spans, code blocks.
fn outside_quotations(mrkdwn: &str) -> String {
    let spans = |text: &str| text.split('`').step_by(2).collect::<String>();
    mrkdwn.split("```").step_by(2).map(spans).collect()
}

fn assert_slack_keeps_its_limits(json: &str, own_words: &BTreeSet<&str>) {
    let message: Json = serde_json::from_str(json).unwrap();
    let blocks = message["blocks"].as_array().unwrap();
    assert!(!blocks.is_empty() && blocks.len() <= limit::BLOCKS);
    let bounded = |text: &Json, max: usize| {
        let text = text["text"].as_str().unwrap();
        assert!(!text.is_empty() && units(text) <= max, "{} of {max}: {text}", units(text));
        let words = outside_quotations(text);
        for forbidden in ["@", "<!", "<#", "evil"] {
            assert!(!words.contains(forbidden) || own_words.contains(words.as_str()), "{forbidden} in {text}");
        }
        for link in words.split('<').skip(1) {
            assert!(link.starts_with("https://") && link.contains(".console."), "{link}");
        }
    };
    for block in blocks {
        match block["type"].as_str().unwrap() {
            // Plain text: nothing in it is a link or a name.
            "header" => assert!(units(block["text"]["text"].as_str().unwrap()) <= limit::HEADER),
            "section" => {
                let fields = block["fields"].as_array().cloned().unwrap_or_default();
                assert!(fields.len() <= limit::FIELDS);
                fields.iter().for_each(|field| bounded(field, limit::FIELD));
                if fields.is_empty() {
                    bounded(&block["text"], limit::SECTION);
                }
            }
            "context" => block["elements"].as_array().unwrap().iter().for_each(|text| bounded(text, limit::SECTION)),
            other => panic!("{other}"),
        }
    }
    assert!(units(message["text"].as_str().unwrap()) <= limit::TEXT);
    assert!(!json.chars().any(is_unsafe));
}

fn assert_limits(told: &Told) {
    let publication = Publication::of(told);
    let subject = &publication.subject;
    assert!(!subject.is_empty() && subject.len() <= email::SUBJECT_MAX && !subject.starts_with(' '));
    assert!(subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{subject}");

    let attributes: usize = publication.attributes.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
    assert!(publication.message.len() + attributes <= MESSAGE_MAX, "{}", publication.message.len());
    assert!(publication.attributes.len() <= 10);
    for value in publication.attributes.values() {
        assert!(
            !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "._:/-".contains(c)),
            "{value}"
        );
    }
    assert!(!publication.message.chars().any(is_unsafe));

    let bodies: Json = serde_json::from_str(&publication.message).unwrap();
    let body = |protocol: &str| bodies[protocol].as_str().unwrap();
    assert!(units(body("email")) <= email::TEXT_MAX);
    assert!(!body("email").chars().any(|c| c != '\n' && is_unsafe(c)));
    assert!(units(body("sms")) <= 140);
    Document::parse(body("default")).unwrap();
    let chat: Notification = serde_json::from_str(body("https")).unwrap();
    let within =
        |text: &str, max: usize| assert!(units(text) <= max && !text.chars().any(|c| c != '\n' && is_unsafe(c)));
    assert_eq!((&*chat.version, &*chat.source), ("1.0", "custom"));
    within(&chat.content.title, 250);
    within(&chat.content.description, 8_000);
    assert!(!chat.content.description.is_empty());
    chat.content.next_steps.iter().for_each(|step| within(step, 350));
    chat.content.keywords.iter().for_each(|word| within(word, 75));

    let story = Story::of(told);
    let titles = BTreeSet::from([story.title.unwrap_or_default()]);
    assert_slack_keeps_its_limits(&slack::message(&story).to_json(), &titles);
}

/// Text that means something to one of the channels.
fn meaningful() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("`"),
        Just("```"),
        Just("<!channel>"),
        Just("<@U123>"),
        Just("<https://evil.example|x>"),
        Just("@here"),
        Just("*"),
        Just("\\"),
        Just("\""),
        Just("&"),
        Just("\r\n"),
        Just("\u{1b}[31m"),
        Just("\u{202e}"),
        Just("\u{e0041}"),
        Just("\u{0}"),
        Just("😀"),
        Just(" "),
        Just("word"),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_text_breaks_a_limit(text in prop_oneof![any::<String>(), meaningful()], times in prop_oneof![Just(1_usize), 1_usize..2_000]) {
        let text = text.repeat(times.min(100_000 / text.len().max(1)));
        assert_limits(&fixture::hostile(&text));
    }

    #[test]
    fn no_number_of_resources_breaks_a_limit(count in 1_usize..5_000) {
        assert_limits(&fixture::many(count));
    }

    #[test]
    fn notes_of_others_keep_slacks_limits(title in meaningful(), body in meaningful(), times in 1_usize..2_000) {
        let (title, body) = (title.repeat(times), body.repeat(times));
        prop_assume!(!title.is_empty());
        assert_slack_keeps_its_limits(&slack::note(&title, &body).to_json(), &BTreeSet::new());
    }
}

#[test]
fn all_that_was_left_out_is_said() {
    let told = fixture::many(9_000);
    let bodies: Json = serde_json::from_str(&Publication::of(&told).message).unwrap();
    let document = Document::parse(bodies["default"].as_str().unwrap()).unwrap();
    assert_eq!(document.left_out.also + document.told.also.len(), 8_999);
    assert!(document.left_out.also > 0);
    assert!(bodies["email"].as_str().unwrap().contains("… and 8950 more\n"));
    assert!(slack::message(&Story::of(&told)).to_json().contains("… and 8"));
}

/// A digest stands in Slack line by line, all of it; what no message takes is counted.
#[test]
fn a_long_note_goes_on_in_further_sections() {
    for (lines, sections) in [(3, 1), (60, 2), (500, 4)] {
        let body: String = (1..=lines).map(|line| format!("- number {line:03} {}\n", "x".repeat(80))).collect();
        let note: Json = serde_json::from_str(&slack::note("Digest", &body).to_json()).unwrap();
        let blocks = note["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 1 + sections, "a header and {sections} sections for {lines} lines");
        let text: String = blocks[1..].iter().map(|block| block["text"]["text"].as_str().unwrap()).collect();
        let shown = text.lines().filter(|line| line.starts_with("- number ")).count();
        let left_out = text.lines().find_map(|line| line.strip_prefix("… ")?.split(' ').next()?.parse().ok());
        assert_eq!(shown + left_out.unwrap_or(0), lines, "{text}");
        assert_eq!(left_out.is_some(), lines == 500);
    }
}

#[test]
fn the_number_of_alerts_over_budget_is_said() {
    assert!(slack::more(1).to_json().contains("… and 1 more alert within"));
    assert!(slack::more(37).to_json().contains("… and 37 more alerts within"));
}
