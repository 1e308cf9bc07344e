//! Every action of the generated policy refused, one at a time: what it reads is unread, and no rule passes because of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use trailhound_engine::port::Presence;
use trailhound_engine::{Judge, Present, present};
use trailhound_model::{Second, Verdict, Why};
use trailhound_rules::Settings;

use super::answers::{Story, stories};
use super::aws::{Aws, Reply};
use super::*;
use crate::client::{Call, Protocol};

/// The answer to a call without permission, as the call's service writes it.
fn refusal(call: &Call) -> Reply {
    let message = format!(
        "User: arn:aws:sts::111122223333:assumed-role/evaluator/e is not authorized to perform: {} because no \
         identity-based policy allows the {} action",
        call.action, call.action
    );
    let error =
        |code: &str| format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    let query = |code: &str| {
        let body = format!("<ErrorResponse>{}<RequestId>r-1</RequestId></ErrorResponse>", error(code));
        Reply::new(403, &body)
    };
    match call.service.protocol {
        Protocol::Ec2(_) => {
            let errors = error("UnauthorizedOperation").replace("<Type>Sender</Type>", "");
            Reply::new(403, &format!("<Response><Errors>{errors}</Errors><RequestID>r-1</RequestID></Response>"))
        }
        Protocol::Query(_) if call.service.name == "sns" => query("AuthorizationError"),
        Protocol::Query(_) => query("AccessDenied"),
        Protocol::S3 if call.service.name == "s3" && call.service.host == "s3" => {
            let body =
                format!("<Error><Code>AccessDenied</Code><Message>{message}</Message><RequestId>r</RequestId></Error>");
            Reply::new(403, &body)
        }
        // CloudFront and S3's calls about accounts wrap it as the query protocol does.
        Protocol::S3 => query("AccessDenied"),
        Protocol::RestJson => Reply {
            headers: "x-amzn-errortype: AccessDeniedException:http://internal.amazon.com/coral/\r\n".to_owned(),
            ..Reply::new(403, &format!(r#"{{"message":"{message}"}}"#))
        },
        Protocol::Json10(_) => Reply::new(
            400,
            &format!(r##"{{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"{message}"}}"##),
        ),
        Protocol::Json11(_) => {
            Reply::new(400, &format!(r#"{{"__type":"AccessDeniedException","Message":"{message}"}}"#))
        }
    }
}

/// Whether a line of a story is this call.
fn is_of(line: &str, call: &Call) -> bool {
    match call.service.protocol {
        Protocol::Query(_) | Protocol::Ec2(_) => line.split(' ').next() == Some(call.name),
        Protocol::Json10(prefix) | Protocol::Json11(prefix) => {
            line.split(' ').next().and_then(|target| target.strip_prefix(prefix)?.strip_prefix('.')) == Some(call.name)
        }
        Protocol::S3 | Protocol::RestJson => {
            let Some(target) = line.strip_prefix(call.method).and_then(|rest| rest.strip_prefix(' ')) else {
                return false;
            };
            let halves = |target: &str| match target.split_once('?') {
                Some((path, query)) => (path.to_owned(), query.to_owned()),
                None => (target.to_owned(), String::new()),
            };
            let ((path, query), (called, asked)) = (halves(call.path), halves(target));
            let (path, called): (Vec<_>, Vec<_>) = (path.split('/').collect(), called.split('/').collect());
            let same = |(part, called): (&&str, &&str)| part == called || (part.starts_with('{') && !called.is_empty());
            // What the call's path says of the query stands there first; a query of S3 names the operation.
            let first = asked.split('&').next().unwrap_or_default();
            let name = |text: &str| text.split('=').next().unwrap_or_default().to_owned();
            path.len() == called.len()
                && path.iter().zip(&called).all(same)
                && (name(&query) == name(first) || query.is_empty() && call.service.protocol == Protocol::RestJson)
        }
    }
}

/// What a story's resource is and what its rules say, where calls of an action are refused.
struct Told {
    reading: Reading,
    present: Present,
    refused: usize,
}

async fn told(judge: &Judge, story: &Story, calls: &[&'static Call], without: Option<&str>) -> Told {
    let aws = Aws::start();
    let mut refused = 0;
    for (line, reply) in &story.replies {
        let mut of: Vec<_> = calls.iter().filter(|call| is_of(line, call)).collect();
        of.dedup_by_key(|call| call.action);
        let [call] = *of else { panic!("{}: {line} is {} calls", story.name, of.len()) };
        if Some(call.action) == without {
            refused += 1;
            aws.tell(line, refusal(call));
        } else {
            aws.tell(line, reply.clone());
        }
    }
    let collector = Collector::new(&aws.config(), &Options::default());
    let reading = read(&collector, &story.resource).await;
    // Another one, for the first has had its calls of this second.
    let collector = Collector::new(&aws.config(), &Options::default());
    let present = present(judge, &collector, &story.resource, Second(1_900_000_000)).await;
    Told { reading, present, refused }
}

#[tokio::test]
async fn an_action_that_is_refused_leaves_unread_what_it_reads_and_lets_nothing_pass() {
    let judge = Judge::new(Settings::default());
    let mut refused = BTreeSet::new();
    let (mut unknown, mut accused) = (BTreeSet::new(), BTreeSet::new());
    for story in stories() {
        let kind = story.resource.kind;
        let calls: Vec<_> = super::super::reads(kind).flat_map(|read| read.calls).copied().collect();
        let whole = told(&judge, &story, &calls, None).await;
        let before: BTreeMap<_, _> = whole.reading.facets.iter().map(|(facet, state)| (facet.name, state)).collect();
        for action in calls.iter().map(|call| call.action).collect::<BTreeSet<_>>() {
            let less = told(&judge, &story, &calls, Some(action)).await;
            if less.refused == 0 {
                continue;
            }
            let what = format!("{} without {action}", story.name);
            refused.insert(action);
            // Nobody learns from a refusal that what is there is gone or going.
            let said = less.reading.presence;
            let was = whole.reading.presence;
            assert!(
                was != Presence::Present || matches!(said, Presence::Present | Presence::Unproven),
                "{what}: {said:?}"
            );
            let blind: BTreeSet<_> = super::super::reads(kind)
                .filter(|read| read.calls.iter().any(|call| call.action == action))
                .flat_map(|read| read.facets.iter().map(|facet| facet.name))
                .collect();
            assert_eq!(less.reading.facets.len(), before.len(), "{what}: a facet is left out");
            for (facet, state) in &less.reading.facets {
                if blind.contains(facet.name) && was != Presence::Present {
                    assert!(matches!(state, State::Unread(_)), "{what}: {} is {state:?}", facet.name);
                } else if blind.contains(facet.name) {
                    assert_eq!(*state, State::Unread(Why::AccessDenied), "{what}: {}", facet.name);
                } else {
                    assert_eq!(Some(&state), before.get(facet.name), "{what}: {}", facet.name);
                }
            }
            for answer in &less.present.answers {
                let had = whole.present.answers.iter().find(|had| had.rule == answer.rule).map(|had| &had.verdict);
                let (_, rule) = judge.rules(kind).find(|(id, _)| *id == answer.rule).unwrap();
                let is_blind = rule.reads.iter().any(|facet| blind.contains(facet.name));
                match (&answer.verdict, had) {
                    (Verdict::Unknown(_), Some(Verdict::Unknown(_)) | None) => {}
                    (Verdict::Unknown(_), Some(_)) => assert!(unknown.insert((answer.rule, action)) || is_blind),
                    // What was going already was not judged at all.
                    (verdict, None) => assert!(!is_blind, "{what}: {} is {verdict:?}", answer.rule),
                    // Something else settles it, as it did before; or what excused it is not seen.
                    (Verdict::Fail(_), Some(Verdict::Pass)) => {
                        accused.insert((answer.rule, action));
                    }
                    (verdict, Some(had)) => assert_eq!(verdict.word(), had.word(), "{what}: {}", answer.rule),
                }
            }
        }
    }
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/generated/read-policy.json");
    let policy: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(policy).unwrap()).unwrap();
    let allowed: BTreeSet<&str> = policy
        .pointer("/Statement/0/Action")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    assert_eq!(refused, allowed, "every action that the policy allows was refused once");
    // A public grant counts unless a block that is seen ignores it.
    assert_eq!(accused, BTreeSet::from([("s3-bucket-acl-private", "s3:GetBucketPublicAccessBlock")]));
    let rules: BTreeSet<_> = unknown.iter().map(|(rule, _)| rule).collect();
    assert!(rules.len() > 60, "{} rules are unknown without something: {rules:?}", rules.len());
}
