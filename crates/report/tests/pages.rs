//! Reports that `cargo xtask test` opens in a real browser, whose console must stay silent: a script that fails, a request,
//! or markup that came out of an event would be told there.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use trailhound_model::{
    Actor, Cause, Episode, Evidence, Finding, Kind, ResourceId, Second, Severity, Status, Step, Text, Transition, Value,
};
use trailhound_report::Context;

const START: i64 = 1_767_225_600;

/// Text that ends scripts and attributes, loads images, commands terminals and reverses reading.
const HOSTILE: &str =
    "</script><script>throw 1</script><img src=x onerror=\"throw 2\">'\"><!-- \u{1b}[31m \u{202e}txt `a` {{b}}";

fn cause(at: i64, number: usize, who: &str) -> Arc<Cause> {
    Arc::new(Cause {
        time: Second(at),
        event_id: format!("{number:08x}-5b1c-4b6e-9f0a-3f2d8c7b6a51").into(),
        source: "s3.amazonaws.com".into(),
        name: "PutBucketPolicy".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Arc::new(Actor {
            identity: "AssumedRole".into(),
            name: who.into(),
            role: Some("arn:aws:iam::111122223333:role/Deploy".into()),
            source_ip: Some("203.0.113.7".into()),
            user_agent: Some(who.into()),
            ..Actor::default()
        }),
    })
}

/// A finding whose looks follow from its number; `name` stands wherever an event can put text.
fn finding(number: usize, name: &str) -> Finding {
    let rules: Vec<_> = trailhound_rules::all().collect();
    let (rule, declared) = rules[number % rules.len()];
    let opened = START + i64::try_from(number * 977 % 2_000_000).unwrap();
    let status = [Status::Open, Status::Open, Status::Resolved, Status::Unknown][number / 7 % 4];
    let (first, last) = (cause(opened, number, name), cause(opened + 5_400, number + 1, "bob"));
    let ended = status != Status::Open;
    let step = if status == Status::Unknown { Step::LostSight } else { Step::Resolved };
    let message: Text = format!("the policy lets everyone do `s3:GetObject` on `{name}`").into();
    let policy = |principal: &str| {
        let text =
            format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":"{principal}","Action":"s3:GetObject"}}]}}"#);
        Value::map([("policy", Some(text.into())), (name, Some(name.into()))])
    };
    let boundary = |step, cause: &Arc<Cause>, before: &str, after: &str| Transition {
        step,
        time: cause.time,
        cause: Some(Arc::clone(cause)),
        before: policy(before),
        after: policy(after),
        message: message.clone(),
        evidence: Vec::new(),
    };
    let mut transitions = vec![boundary(Step::Opened, &first, "111122223333", "*")];
    if ended {
        transitions.push(boundary(step, &last, "*", "111122223333"));
    }
    Finding {
        resource: ResourceId {
            partition: "aws".into(),
            account: ["111122223333", "444455556666", "777788889999"][number % 3].into(),
            region: "global".into(),
            kind: Kind::of(declared.kinds[0]),
            id: name.into(),
        },
        rule: rule.into(),
        item: declared.item.name().into(),
        severity: Severity::ALL[number / 3 % 4],
        status,
        episodes: vec![Episode {
            opened_at: Second(opened),
            opened_by: Some(Arc::clone(&first)),
            closed_at: ended.then_some(last.time),
            closed_by: ended.then(|| Arc::clone(&last)),
            closed_as: ended.then_some(step),
        }],
        message: message.clone(),
        evidence: vec![Evidence::new("0", format!("statement `{name}` allows `*`"))],
        rests_on_default: number.is_multiple_of(5),
        covered_by: if number.is_multiple_of(9) { vec![name.into()] } else { Vec::new() },
        transitions,
    }
}

/// Leaves a page where the browser finds it, and returns its size.
fn leave(file: &str, findings: &[Finding]) -> usize {
    let context = Context {
        source: "trailhound.db".to_owned(),
        until: Some(Second(START + 2_600_000)),
        resources: 1_234,
        notes: Vec::new(),
    };
    let mut page = Vec::new();
    trailhound_report::html(&mut page, findings, &context).unwrap();
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(file), &page).unwrap();
    page.len()
}

#[test]
fn a_page_without_findings() {
    assert!(leave("report-empty.html", &[]) > 10_000);
}

#[test]
fn a_page_of_one_hostile_finding_opens_it() {
    assert!(leave("report-hostile.html", &[finding(0, HOSTILE)]) > 10_000);
}

#[test]
fn a_page_of_many_findings_stays_small() {
    const COUNT: usize = 5_000;
    let findings: Vec<Finding> = (0..COUNT).map(|number| finding(number, &format!("bucket-{number}"))).collect();
    let size = leave("report-many.html", &findings);
    assert!(size / COUNT < 1_200, "{} bytes for each finding", size / COUNT);
}
