//! `trailhound send`: gives an event to the evaluator as CloudTrail would, and waits for its answer.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use trailhound_collect::{Collector, Invoked, Options};
use trailhound_model::Value;
use trailhound_trail::Record;
use trailhound_trail::record::envelope_detail;

use super::aws;
use crate::Outcome;
use crate::output::{self, stdout};

/// Lambda takes no larger one.
const PAYLOAD_MAX: usize = 6 << 20;

/// A function may take so long, and a little for the way.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
#[command(
    after_help = "Prints one JSON object per event: which it was, and what the evaluator counted. Exit codes: 0 \
all were evaluated; 2 one was not."
)]
pub(crate) struct Arguments {
    /// An event as EventBridge delivers it, a CloudTrail record, a CloudTrail file with `Records`, or the body of a dead letter
    #[arg(value_name = "EVENT.json")]
    event: PathBuf,
    /// The evaluator: a function's name, NAME@REGION, or its ARN
    #[arg(long, value_name = "NAME", default_value = "trailhound-evaluator")]
    function: String,
}

/// An event on its way.
#[derive(Debug)]
struct Sent {
    event_id: String,
    event_name: String,
    payload: String,
}

/// An event as EventBridge delivers it.
#[derive(Serialize)]
struct Envelope<'a> {
    version: &'static str,
    id: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    source: String,
    account: &'a str,
    time: String,
    region: &'a str,
    resources: [&'static str; 0],
    detail: &'a RawValue,
}

/// Enough of a file to tell what it is.
#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(default, borrow, rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    #[serde(default, borrow, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
    /// What a function was invoked with, where it failed and its destination kept the invocation.
    #[serde(default, borrow, rename = "requestPayload")]
    request: Option<&'a RawValue>,
}

/// The events of a file, each in an envelope.
fn events(text: &str) -> Result<Vec<Sent>> {
    let glance: Glance<'_> = serde_json::from_str(text).map_err(|error| anyhow!("this is no event: {error}"))?;
    if let Some(request) = glance.request {
        return events(request.get()).context("the request that the dead letter holds");
    }
    if glance.detail_type.is_some() {
        let detail = envelope_detail(text.as_bytes())?;
        let record = Record::parse(detail)?;
        let (event_id, event_name) = (record.event_id.into_owned(), record.event_name.into_owned());
        return Ok(vec![Sent { event_id, event_name, payload: text.to_owned() }]);
    }
    let Some(records) = glance.records else { return Ok(vec![wrapped(serde_json::from_str(text)?)?]) };
    if records.is_empty() {
        bail!("there is no record in it");
    }
    let mut all = Vec::new();
    for (number, record) in (1..).zip(records) {
        all.push(wrapped(record).with_context(|| format!("record {number}"))?);
    }
    Ok(all)
}

/// A record in the envelope that EventBridge puts around it.
fn wrapped(raw: &RawValue) -> Result<Sent> {
    let record = Record::parse(raw.get().as_bytes())?;
    let detail_type = match record.event_type.as_deref() {
        Some("AwsConsoleSignIn") => "AWS Console Sign In via CloudTrail",
        Some("AwsConsoleAction") => "AWS Console Action via CloudTrail",
        Some("AwsServiceEvent") => "AWS Service Event via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    let envelope = Envelope {
        version: "0",
        id: &record.event_id,
        detail_type,
        source: format!("aws.{}", record.event_source.trim_end_matches(".amazonaws.com")),
        account: record.account().unwrap_or_default(),
        time: record.event_time.to_string(),
        region: &record.aws_region,
        resources: [],
        detail: raw,
    };
    let payload = serde_json::to_string(&envelope)?;
    if payload.len() > PAYLOAD_MAX {
        bail!("it is larger than the {PAYLOAD_MAX} bytes that Lambda takes");
    }
    Ok(Sent { event_id: record.event_id.to_string(), event_name: record.event_name.to_string(), payload })
}

/// Reads a file of events.
fn read(path: &Path) -> Result<Vec<Sent>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    events(&text).with_context(|| format!("reading {}", path.display()))
}

/// A function's name and region, as far as they are said.
fn function(name: &str) -> (&str, Option<&str>) {
    if name.starts_with("arn:") {
        return (name, name.split(':').nth(3).filter(|region| !region.is_empty()));
    }
    name.split_once('@').map_or((name, None), |(name, region)| (name, Some(region)))
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let events = read(&arguments.event)?;
    let (name, region) = function(&arguments.function);
    let (runtime, config) = aws::configured(region)?;
    let Some(region) = config.region().map(ToString::to_string) else {
        bail!("no region is configured: set AWS_REGION, or write `--function {name}@REGION`");
    };
    aws::need_credentials(&runtime, &config)?;
    let options = Options { attempt_timeout: PATIENCE, operation_timeout: PATIENCE, ..Options::default() };
    let collector = Collector::new(&config, &options);
    let mut out = stdout();
    let mut failed = false;
    for Sent { event_id, event_name, payload } in events {
        let invoked = runtime
            .block_on(collector.invoke(&region, name, payload))
            .with_context(|| format!("invoking the function {name} in {region}"))?;
        let (answer, failure) = match invoked {
            Invoked::Answered(answer) => (Some(answer), None),
            Invoked::Failed(failure) => (None, Some(failure)),
        };
        failed |= failure.is_some();
        output::json(&mut out, &Row { event_id: &event_id, event_name: &event_name, answer, failure })?;
    }
    out.flush()?;
    Ok(if failed { Outcome::Incomplete } else { Outcome::Done })
}

/// What became of an event.
#[derive(Serialize)]
struct Row<'a> {
    event_id: &'a str,
    event_name: &'a str,
    /// What the evaluator counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    /// What it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventVersion": "1.11", "userIdentity": {"type": "Root", "accountId": "111122223333"},
        "eventTime": "2026-03-04T05:06:07Z", "eventSource": "s3.amazonaws.com", "eventName": "DeleteBucket",
        "awsRegion": "eu-west-1", "requestParameters": {"bucketName": "b", "x": 1.50}, "responseElements": null,
        "eventID": "e-1", "eventType": "AwsApiCall", "recipientAccountId": "111122223333"}"#;

    #[test]
    fn a_record_alone_in_a_file_or_in_an_envelope_is_sent_in_one() {
        let one = events(RECORD).unwrap().remove(0);
        assert_eq!((&*one.event_id, &*one.event_name), ("e-1", "DeleteBucket"));
        assert_eq!(envelope_detail(one.payload.as_bytes()).unwrap(), RECORD.as_bytes(), "letter by letter");
        for part in [r#""source":"aws.s3""#, r#""account":"111122223333""#, r#""time":"2026-03-04T05:06:07Z""#] {
            assert!(one.payload.contains(part), "{part}: {}", one.payload);
        }
        let again = events(&one.payload).unwrap().remove(0);
        assert_eq!(again.payload, one.payload, "an envelope is sent as it is");
        let letter = format!(r#"{{"version": "1.0", "requestPayload": {}, "responsePayload": {{}}}}"#, one.payload);
        assert_eq!(events(&letter).unwrap().remove(0).payload, one.payload, "what failed is sent again");
        let two = events(&format!(r#"{{"Records": [{RECORD}, {}]}}"#, RECORD.replace("e-1", "e-2"))).unwrap();
        assert_eq!(two.iter().map(|sent| &*sent.event_id).collect::<Vec<_>>(), ["e-1", "e-2"]);
    }

    #[test]
    fn what_is_no_event_is_refused_with_why() {
        for (text, part) in [
            ("[]", "not an object"),
            ("{", "no event"),
            (r#"{"Records": []}"#, "no record"),
            (r#"{"Records": [{}]}"#, "record 1"),
            (r#"{"hello": 1}"#, "is missing"),
            (r#"{"requestPayload": {"hello": 1}}"#, "dead letter"),
            (r#"{"detail-type": "Scheduled Event", "detail": {}}"#, "detail-type"),
        ] {
            let error = format!("{:#}", events(text).unwrap_err());
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_function_may_say_its_region() {
        assert_eq!(function("evaluator"), ("evaluator", None));
        assert_eq!(function("evaluator@eu-west-1"), ("evaluator", Some("eu-west-1")));
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:evaluator";
        assert_eq!(function(arn), (arn, Some("eu-west-1")));
    }
}
