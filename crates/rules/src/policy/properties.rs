//! What holds for every policy and pattern: held against definitions without any cleverness.

use proptest::prelude::*;
use trailhound_model::Value;

use super::tests::{GET, policy, with};
use super::*;

/// Matching by the letter of its definition, without any cleverness.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, tail))) => naive(rest, text) || naive(pattern, tail),
        (Some((p, rest)), Some((t, tail))) if *p == '?' || p == t => naive(rest, tail),
        _ => false,
    }
}

/// All texts of up to four letters, two of which patterns know and one which they do not.
fn short_texts() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..4 {
        last = last.iter().flat_map(|text| ["a", "b", "z"].map(|c| format!("{text}{c}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

proptest! {
    #[test]
    fn matching_agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
        let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(Pattern::resource(&pattern, true).matches(&text), naive(&p, &t));
    }

    #[test]
    fn matching_ignores_case_for_actions_only(text in "[a-cA-C]{1,6}") {
        prop_assert!(Pattern::action(&text.to_ascii_uppercase()).matches(&text.to_ascii_lowercase()));
        let folded = text.to_ascii_uppercase() == text;
        prop_assert_eq!(Pattern::resource(&text.to_ascii_uppercase(), false).matches(&text), folded);
    }

    #[test]
    fn covering_and_overlapping_agree_with_all_short_texts(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
        let (p, q) = (Pattern::resource(&a, false), Pattern::resource(&b, false));
        let texts = short_texts();
        let (in_p, in_q): (Vec<bool>, Vec<bool>) = texts.iter().map(|t| (p.matches(t), q.matches(t))).unzip();
        let covers = in_p.iter().zip(&in_q).all(|(p, q)| *p || !q);
        let overlaps = in_p.iter().zip(&in_q).any(|(p, q)| *p && *q);
        // Four letters are enough to tell patterns of four tokens apart, but for how long their stars can grow.
        if p.covers(&q) { prop_assert!(covers, "{a} covers {b}") }
        if covers && !b.contains('*') { prop_assert!(p.covers(&q), "{a} covers {b}") }
        if overlaps { prop_assert!(p.overlaps(&q), "{a} overlaps {b}") }
        if p.overlaps(&q) && a.len() + b.len() <= 4 { prop_assert!(overlaps, "{a} overlaps {b}") }
        prop_assert_eq!(p.overlaps(&q), q.overlaps(&p));
    }

    #[test]
    fn order_does_not_matter(seed in proptest::collection::vec((0usize..8, 0usize..5), 1..6), turn in 0usize..6) {
        let effects = ["Allow", "Allow", "Deny"];
        let actions = ["*", "s3:*", "s3:GetObject", "kms:Decrypt", "iam:Pass*", "ec2:RunInstances", "k?s:*", "iam:*"];
        let resources = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::*", "arn:aws:kms:*:*:key/*", "arn:aws:iam::*:role/*"];
        let mut statements: Vec<String> = seed.iter().enumerate().map(|(at, (a, r))| {
            let (first, second) = (actions[*a], actions[(a + r) % 8]);
            let pair = if turn % 2 == 0 { [first, second] } else { [second, first] };
            format!(
                r#"{{"Sid":"S{at}","Effect":"{}","Principal":"*","Action":["{}","{}"],"Resource":"{}"}}"#,
                effects[(a + r) % 3], pair[0], pair[1], resources[*r]
            )
        }).collect();
        let ask = |statements: &[String]| {
            let policy = policy(&format!(r#"{{"Statement":[{}]}}"#, statements.join(",")));
            let sort = |signs: Signs| { let mut keys: Vec<Text> = signs.certain.into_iter().map(|e| e.key).collect(); keys.sort(); keys };
            (
                sort(policy.public(Flavour::Bucket)), sort(policy.administrator()), sort(policy.escalation()),
                sort(policy.whole_services()), sort(policy.unscoped_pass_role()), policy.to_value(),
            )
        };
        let before = ask(&statements);
        let by = turn % statements.len();
        statements.rotate_left(by);
        statements.reverse();
        prop_assert_eq!(before, ask(&statements));
    }

    #[test]
    fn adding_a_deny_never_opens_and_an_allow_never_closes(a in 0usize..6, r in 0usize..4) {
        let actions = ["*", "s3:*", "s3:GetObject", "s3:Get*", "kms:*", "iam:PassRole"];
        let resources = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x/*", "arn:aws:s3:::*"];
        let extra = |effect: &str| format!(
            r#"{{"Sid":"Extra","Effect":"{effect}","Principal":"*","Action":"{}","Resource":"{}"}}"#, actions[a], resources[r]
        );
        let count = |json: &str| policy(json).public(Flavour::Bucket).certain.len();
        let plain = count(&with(&[GET]));
        prop_assert!(count(&with(&[GET, &extra("Deny")])) <= plain);
        prop_assert_eq!(count(&with(&[GET, &extra("Allow")])), plain + 1);
    }

    #[test]
    fn what_somebody_can_do_is_public(
        allow in ("[ab*?]{0,3}", "[ab*?]{0,3}"),
        denies in proptest::collection::vec(("[ab*?]{0,3}", "[ab*?]{0,3}", any::<bool>(), any::<bool>()), 0..4),
    ) {
        let deny = |(action, resource, not_action, not_resource): &(String, String, bool, bool)| {
            let (a, r) = (if *not_action { "NotAction" } else { "Action" }, if *not_resource { "NotResource" } else { "Resource" });
            format!(r#"{{"Effect":"Deny","Principal":"*","{a}":"{action}","{r}":"{resource}"}}"#)
        };
        let mut statements = vec![format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"{}","Resource":"{}"}}"#, allow.0, allow.1
        )];
        statements.extend(denies.iter().map(deny));
        let policy = policy(&format!(r#"{{"Statement":[{}]}}"#, statements.join(",")));
        let texts: Vec<String> = short_texts().into_iter().filter(|text| text.len() <= 3).collect();
        let on = |pattern: &str| {
            let pattern = Pattern::resource(pattern, false);
            texts.iter().map(|text| pattern.matches(text)).collect::<Vec<bool>>()
        };
        let allowed = (on(&allow.0), on(&allow.1));
        let denied: Vec<_> = denies.iter().map(|(a, r, na, nr)| (on(a), on(r), *na, *nr)).collect();
        let can = (0..texts.len()).any(|a| (0..texts.len()).any(|r| {
            allowed.0[a] && allowed.1[r] && !denied.iter().any(|(x, y, na, nr)| x[a] != *na && y[r] != *nr)
        }));
        if can {
            prop_assert!(policy.public(Flavour::Resource).is_certain());
        }
        // One plain Deny is understood in full, but for what is longer than the texts tried here.
        if !can && denies.len() <= 1 && !allow.0.contains('*') && !allow.1.contains('*') {
            prop_assert!(policy.public(Flavour::Resource).is_clear());
        }
    }

    #[test]
    fn hostile_text_never_panics(text in "\\PC{0,64}") {
        let _ = Policy::from_value(&Value::from(text.as_str()));
        let statement = Value::map([
            ("Effect", Some(Value::from("Allow"))),
            ("Action", Some(Value::from(text.as_str()))),
            ("Resource", Some(Value::from(text.as_str()))),
            ("Principal", Some(Value::map([("AWS", Some(Value::from(text.as_str()))), ("Federated", Some(Value::from(text.as_str())))]))),
            ("Condition", Some(Value::map([("StringLike", Some(Value::map([("aws:SourceArn", Some(Value::from(text.as_str())))])))]))),
        ]);
        let document = Value::map([("Version", Some(Value::from("2012-10-17"))), ("Statement", Some(statement))]);
        let policy = Policy::from_value(&document).unwrap();
        let asked = [policy.public(Flavour::Bucket), policy.administrator(), policy.whole_services(), policy.unfixed_oidc_subjects()];
        prop_assert!(asked.iter().all(|signs| signs.unclear.is_empty()));
    }
}
