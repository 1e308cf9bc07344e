//! Every action of every role of the template taken away, one at a time: what needs it ends in a dead-letter queue with the
//! reason, or stands where people look, and nothing passes for done. With the action given back, all of it is done.
//!
//! What the roles allow is asked of the deployed stack, so that an action that nobody exercises here fails the test.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{ACCOUNT, Aws, REGION, Refused};
use trailhound_pipeline_tests::roles::Grant;
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, attribute, entries, envelope, now, record, text};

const SSH: &str = "ec2-security-group-ssh-closed";
const MEMBER: &str = "444455556666";
const EXTERNAL_ID: &str = "kept-between-hub-and-member";

/// How long what was begun may take.
const SOON: Duration = Duration::from_secs(120);

/// What one action is needed for, and what comes of it without.
type Loss = fn(&Walk<'_>, &Grant) -> Result<(), Failed>;

/// What is lost with an action, by role, statement and actions.
const LOSSES: &[(&str, &str, &[&str], Loss)] = &[
    ("EvaluatorRole", "Findings", &["dynamodb:Query", "dynamodb:PutItem"], an_event_is_kept),
    ("EvaluatorRole", "Findings", &["dynamodb:DeleteItem"], a_late_event_is_kept),
    ("EvaluatorRole", "Findings", &["dynamodb:ConditionCheckItem"], a_large_commit_is_completed_later),
    ("EvaluatorRole", "Findings", &["dynamodb:UpdateItem"], the_tables_time_stands_still),
    ("EvaluatorRole", "Send", &["sqs:SendMessage"], what_was_not_sent_is_kept_and_sent_later),
    ("EvaluatorRole", "GiveUp", &["sqs:SendMessage"], a_failed_event_is_lost_with_an_alarm),
    ("EvaluatorRole", "Work", &["sqs:ReceiveMessage"], nobody_takes_messages),
    ("EvaluatorRole", "Work", &["sqs:DeleteMessage"], what_is_done_comes_again),
    ("EvaluatorRole", "Work", &["sqs:GetQueueAttributes"], the_reads_allow_it_too),
    ("EvaluatorRole", "Encrypted", &["kms:Decrypt"], nobody_takes_messages),
    ("EvaluatorRole", "Encrypted", &["kms:GenerateDataKey"], what_was_neither_sent_nor_kept_is_sent_later),
    ("EvaluatorRole", "ReadMembers", &["sts:AssumeRole"], a_member_is_unknown),
    ("EvaluatorRole", "ExternalId", &["secretsmanager:GetSecretValue"], a_member_is_unknown),
    ("NotifierRole", "Findings", &["dynamodb:GetItem", "dynamodb:UpdateItem"], an_alert_is_kept),
    ("NotifierRole", "Publish", &["sns:Publish"], an_alert_is_kept),
    ("NotifierRole", "Alerts", &["sqs:ReceiveMessage", "sqs:GetQueueAttributes"], nobody_takes_messages),
    ("NotifierRole", "Alerts", &["sqs:DeleteMessage"], what_is_done_comes_again),
    ("NotifierRole", "GiveUp", &["sqs:SendMessage"], a_failed_message_is_kept_without_its_reason),
    ("NotifierRole", "Encrypted", &["kms:Decrypt"], nobody_takes_messages),
    ("NotifierRole", "Encrypted", &["kms:GenerateDataKey"], a_failed_message_is_kept_without_its_reason),
    ("SlackRole", "Webhook", &["secretsmanager:GetSecretValue"], a_message_for_slack_is_kept),
    ("SlackRole", "Messages", &["sqs:ReceiveMessage", "sqs:GetQueueAttributes"], nobody_takes_messages),
    ("SlackRole", "Messages", &["sqs:DeleteMessage"], what_is_done_comes_again),
    ("SlackRole", "GiveUp", &["sqs:SendMessage"], a_failed_message_is_kept_without_its_reason),
    ("SlackRole", "Encrypted", &["kms:Decrypt"], nobody_takes_messages),
    ("SlackRole", "Encrypted", &["kms:GenerateDataKey"], a_failed_message_is_kept_without_its_reason),
    (
        "SweeperRole",
        "Findings",
        &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        a_sweep_is_kept,
    ),
    ("SweeperRole", "Send", &["sqs:SendMessage"], a_sweep_is_kept),
    ("SweeperRole", "GiveUp", &["sqs:SendMessage"], a_failed_sweep_is_lost_with_an_alarm),
    ("SweeperRole", "Encrypted", &["kms:Decrypt", "kms:GenerateDataKey"], a_failed_sweep_is_lost_with_an_alarm),
    ("ReporterRole", "Findings", &["dynamodb:Query"], a_digest_is_kept),
    ("ReporterRole", "Publish", &["sns:Publish"], a_digest_is_kept),
    ("ReporterRole", "GiveUp", &["sqs:SendMessage"], a_failed_digest_is_lost_with_an_alarm),
    ("ReporterRole", "Encrypted", &["kms:Decrypt", "kms:GenerateDataKey"], a_failed_digest_is_lost_with_an_alarm),
    ("SchedulerRole", "Sweep", &["lambda:InvokeFunction"], an_order_is_kept),
    ("SchedulerRole", "Digest", &["lambda:InvokeFunction"], an_order_is_kept),
    ("SchedulerRole", "GiveUp", &["sqs:SendMessage"], an_order_that_cannot_be_given_is_lost),
    ("SchedulerRole", "Encrypted", &["kms:Decrypt", "kms:GenerateDataKey"], an_order_that_cannot_be_given_is_lost),
];

/// What cannot be taken away here, by statement and action, and why.
const NOT_SHOWN: &[(&str, &str, &str)] = &[
    ("Log", "logs:CreateLogStream", "Lambda writes the log, and the emulator prints it: no function calls this"),
    (
        "Canary",
        "kms:EnableKeyRotation",
        "the emulator's schedules start functions alone; on AWS the alarm `Silence` tells",
    ),
    ("Log", "logs:PutLogEvents", "as above; on AWS the log and the metrics in it are missing, and all work is done"),
];

/// A function that takes messages from a queue.
struct Consumer {
    function: &'static str,
    queue: &'static str,
    letters: &'static str,
    /// Puts a message that it can handle into its queue; gives what to know it by.
    send: fn(&Walk<'_>) -> Result<String, Failed>,
    /// Waits until that one was handled.
    done: fn(&Walk<'_>, &str) -> Result<(), Failed>,
}

const EVALUATOR: Consumer = Consumer {
    function: "evaluator",
    queue: "WorkQueue",
    letters: "WorkDeadLetters",
    send: |walk| {
        let (group, opening) = walk.opening()?;
        walk.put("WorkQueue", &json!({ "work": "change", "event": opening.to_string(), "attempt": 0, "due": now() }))?;
        Ok(group)
    },
    done: |walk, group| walk.pipeline.wait_for_finding(group, SSH, "open").map(drop),
};

const NOTIFIER: Consumer = Consumer {
    function: "notifier",
    queue: "AlertQueue",
    letters: "AlertDeadLetters",
    send: |walk| {
        let (group, opening) = walk.opening()?;
        walk.pipeline.send(&[opening])?;
        Ok(group)
    },
    done: |walk, part| walk.posted(part),
};

const SLACK: Consumer = Consumer {
    function: "slack",
    queue: "SlackQueue",
    letters: "DeliveryDeadLetters",
    send: |walk| {
        let note = walk.named("note");
        walk.aws().call("sns", "publish", json!({ "TopicArn": walk.pipeline.output("Alerts"), "Message": note }))?;
        Ok(note)
    },
    done: |walk, part| walk.posted(part),
};

impl Consumer {
    fn of(grant: &Grant) -> &'static Self {
        match &*grant.role {
            "EvaluatorRole" => &EVALUATOR,
            "NotifierRole" => &NOTIFIER,
            "SlackRole" => &SLACK,
            role => panic!("{role} takes no messages"),
        }
    }
}

/// The stack, and what the losses need of it.
struct Walk<'a> {
    pipeline: &'a Pipeline,
    member: Aws,
    queues: BTreeMap<String, String>,
    alarms: BTreeSet<(String, String)>,
    number: Cell<usize>,
}

impl<'a> Walk<'a> {
    fn start(pipeline: &'a Pipeline) -> Result<Self, Failed> {
        let alarms = pipeline.aws.call("cloudwatch", "describe_alarms", json!({}))?;
        let alarms = entries(&alarms, "MetricAlarms")
            .iter()
            .filter(|alarm| alarm["AlarmActions"] == json!([pipeline.output("Operations")]))
            .map(|alarm| (text(alarm, "MetricName").to_owned(), text(&alarm["Dimensions"][0], "Value").to_owned()))
            .collect();
        let member = member(pipeline)?;
        let queues = pipeline.resources("AWS::SQS::Queue")?.into_iter().collect();
        Ok(Self { pipeline, member, queues, alarms, number: Cell::new(0) })
    }

    fn aws(&self) -> &Aws {
        &self.pipeline.aws
    }

    /// A name that nothing else has.
    fn named(&self, what: &str) -> String {
        self.number.set(self.number.get() + 1);
        format!("{what}-{:04}", self.number.get())
    }

    /// A new group with a port open to the world, and the record of the opening.
    fn opening(&self) -> Result<(String, Value), Refused> {
        let group = self.pipeline.group(&self.named("group"))?;
        let opening = self.pipeline.open(&group, 22)?;
        Ok((group, opening))
    }

    fn put(&self, queue: &str, body: &Value) -> Result<(), Refused> {
        self.post(queue, &body.to_string())
    }

    fn post(&self, queue: &str, body: &str) -> Result<(), Refused> {
        let with = json!({ "QueueUrl": self.queues[queue], "MessageBody": body });
        self.aws().call("sqs", "send_message", with).map(drop)
    }

    /// How many messages a queue holds, those that were handed over and not deleted among them.
    fn held(&self, queue: &str) -> Result<u64, Failed> {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let with = json!({ "QueueUrl": self.queues[queue], "AttributeNames": names });
        let answer = self.aws().call("sqs", "get_queue_attributes", with)?;
        let number = |name: &str| answer["Attributes"][name].as_str().unwrap_or("0").parse::<u64>();
        Ok(number(names[0])? + number(names[1])?)
    }

    /// Takes the dead letter that names something out of its queue.
    fn letter(&self, queue: &str, about: &str) -> Result<Value, Failed> {
        let found = self.pipeline.wait(SOON, &format!("a message about {about} in {queue}"), |pipeline| {
            let waiting = pipeline.waiting(queue).ok()?;
            waiting.into_iter().find(|message| text(message, "Body").contains(about))
        })?;
        let with = json!({ "QueueUrl": self.queues[queue], "ReceiptHandle": found["ReceiptHandle"] });
        self.aws().call("sqs", "delete_message", with)?;
        Ok(found)
    }

    /// Starts a function as a service does: what fails is repeated, and kept.
    fn invoke(&self, function: &str, payload: &str) -> Result<(), Refused> {
        let name = format!("{STACK}-{function}");
        let with = json!({ "FunctionName": name, "InvocationType": "Event", "Payload": payload });
        self.aws().call("lambda", "invoke", with).map(drop)
    }

    /// Repeats an invocation that failed.
    fn repeat(&self, function: &str, letter: &Value) -> Result<(), Failed> {
        let kept: Value = serde_json::from_str(text(letter, "Body"))?;
        Ok(self.invoke(function, &kept["requestPayload"].to_string())?)
    }

    /// Has a function start anew: what it remembers is gone.
    fn renew(&self, function: &str) -> Result<(), Refused> {
        self.number.set(self.number.get() + 1);
        let with = json!({ "FunctionName": format!("{STACK}-{function}"), "MemorySize": 512 + self.number.get() });
        self.aws().call("lambda", "update_function_configuration", with).map(drop)
    }

    fn posted(&self, part: &str) -> Result<(), Failed> {
        self.pipeline.wait(SOON, &format!("a message with {part}"), |pipeline| {
            pipeline.webhook.messages().iter().any(|message| message.contains(part)).then_some(())
        })
    }

    fn posts(&self, part: &str) -> usize {
        self.pipeline.webhook.messages().iter().filter(|message| message.contains(part)).count()
    }

    /// How much the log holds by now.
    fn mark(&self) -> usize {
        std::fs::read(self.pipeline.emulator().log()).unwrap().len()
    }

    /// Waits for a line in the log after a mark that has all of these parts.
    fn logged(&self, mark: usize, parts: &[&str]) -> Result<(), Failed> {
        self.pipeline.wait(SOON, &format!("a line with {parts:?} in the log"), |pipeline| {
            let log = std::fs::read(pipeline.emulator().log()).ok()?;
            let log = String::from_utf8_lossy(log.get(mark..)?).into_owned();
            log.lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(())
        })
    }

    fn alarmed(&self, metric: &str, on: &str) {
        let what = (metric.to_owned(), on.to_owned());
        assert!(self.alarms.contains(&what), "nobody is told by an alarm on {metric} of {on}: {:?}", self.alarms);
    }

    /// The alarm on a message that nobody takes, and the one on dead letters.
    fn queue_alarmed(&self, metric: &str, queue: &str) {
        self.alarmed(metric, self.queues[queue].rsplit('/').next().unwrap());
    }

    fn failures_alarmed(&self, function: &str) {
        for metric in ["Errors", "DestinationDeliveryFailures"] {
            self.alarmed(metric, &format!("{STACK}-{function}"));
        }
    }

    /// The rows about a resource whose sort keys begin so.
    fn rows(&self, resource: &str, sort: &str) -> Result<Vec<Value>, Failed> {
        let mut found = Vec::new();
        let mut from = Value::Null;
        loop {
            let mut with = json!({ "TableName": self.pipeline.output("Table") });
            if !from.is_null() {
                with["ExclusiveStartKey"] = from;
            }
            let page = self.aws().call("dynamodb", "scan", with)?;
            let ours = entries(&page, "Items").iter().filter(|item| {
                attribute(item, "SK").starts_with(sort) && attribute(item, "PK").ends_with(&format!("#{resource}"))
            });
            found.extend(ours.cloned());
            from = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if from.is_null() {
                return Ok(found);
            }
        }
    }

    /// Whether an alert about a resource is still to be published.
    fn pending(&self, resource: &str) -> Result<bool, Failed> {
        Ok(self.rows(resource, "A#")?.iter().any(|row| !row["GSI1PK"].is_null()))
    }

    /// Makes the alerts about a resource pending, and as if they were so for long.
    fn age(&self, resource: &str) -> Result<(), Failed> {
        let rows = self.rows(resource, "A#")?;
        assert!(!rows.is_empty(), "there is no alert about {resource}");
        for row in rows {
            self.aws().call(
                "dynamodb",
                "update_item",
                json!({
                    "TableName": self.pipeline.output("Table"), "Key": { "PK": row["PK"], "SK": row["SK"] },
                    "UpdateExpression": "SET GSI1PK = :shard, GSI1SK = :long_ago",
                    "ExpressionAttributeValues": {
                        ":shard": { "S": "ALERT#0" }, ":long_ago": { "S": format!("2000-01-01T00:00:00Z#{resource}") },
                    },
                }),
            )?;
        }
        Ok(())
    }

    /// Forgets that alerts about a resource were published.
    fn unpublish(&self, resource: &str) -> Result<(), Failed> {
        for row in self.rows(resource, "C#")? {
            let with =
                json!({ "TableName": self.pipeline.output("Table"), "Key": { "PK": row["PK"], "SK": row["SK"] } });
            self.aws().call("dynamodb", "delete_item", with)?;
        }
        self.age(resource)
    }

    /// The sweep sends what was left behind about a resource.
    fn swept(&self, resource: &str) -> Result<(), Failed> {
        self.age(resource)?;
        self.invoke("sweeper", PENDING)?;
        self.posted(resource)
    }

    /// What a function that is called for its answer says that it counted.
    fn counted(&self, function: &str, payload: &str) -> Result<Value, Failed> {
        let with = json!({ "FunctionName": format!("{STACK}-{function}"), "Payload": payload });
        Ok(serde_json::from_str(text(&self.aws().call("lambda", "invoke", with)?, "Payload"))?)
    }
}

const PENDING: &str = r#"{"sweep": "pending"}"#;

/// Why a message is a dead letter: as the function says, as Lambda says, as a schedule says; empty where nobody does.
fn reason(letter: &Value) -> String {
    let attribute = |name: &str| letter["MessageAttributes"][name]["StringValue"].as_str().map(str::to_owned);
    let kept: Value = serde_json::from_str(text(letter, "Body")).unwrap_or_default();
    let invocation = || Some(kept["responsePayload"]["errorMessage"].as_str()?.to_owned());
    attribute("reason").or_else(|| attribute("ERROR_MESSAGE")).or_else(invocation).unwrap_or_default()
}

/// The reason is a refusal.
fn refused(letter: &Value) {
    let why = reason(letter);
    let words = ["AccessDenied", "AuthorizationError", "not authorized"];
    assert!(words.iter().any(|word| why.contains(word)), "{why:?} is no refusal: {letter}");
}

// --- the evaluator -----------------------------------------------------------------------------------------------------

/// The event is in the dead-letter queue with the refusal, nothing is found, and its repetition finds it.
fn an_event_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (group, letter) = walk.pipeline.without(grant, || {
        let (group, opening) = walk.opening()?;
        walk.pipeline.send(&[opening])?;
        let letter = walk.letter("EventDeadLetters", &group)?;
        Ok((group, letter))
    })?;
    refused(&letter);
    assert!(!walk.pipeline.findings()?.contains_key(&(group.clone(), SSH.to_owned())));
    walk.repeat("evaluator", &letter)?;
    walk.pipeline.wait_for_finding(&group, SSH, "open").map(drop)
}

/// A record, some seconds ago.
fn ago(mut record: Value, seconds: i64) -> Value {
    let then: jiff::Timestamp = text(&record, "eventTime").parse().unwrap();
    let then = then - jiff::SignedDuration::from_secs(seconds);
    record["eventTime"] = then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    record
}

/// An event that comes late moves what was told: the old row goes.
fn a_late_event_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (group, opening) = walk.opening()?;
    walk.pipeline.send(&[ago(opening, 60)])?;
    walk.pipeline.wait_for_finding(&group, SSH, "open")?;
    let closing = walk.pipeline.close(&group, 22)?;
    walk.pipeline.send(std::slice::from_ref(&closing))?;
    let before = walk.pipeline.wait_for_finding(&group, SSH, "resolved")?;
    // Later than what was read at first, which entered fifteen seconds before it was made.
    let mut late = ago(closing, 8);
    late["eventID"] = walk.named("late").into();
    let letter = walk.pipeline.without(grant, || {
        walk.pipeline.send(&[late])?;
        walk.letter("EventDeadLetters", &group)
    })?;
    refused(&letter);
    let closed = |walk: &Walk<'_>| -> Result<String, Failed> {
        let row = walk.pipeline.findings()?.remove(&(group.clone(), SSH.to_owned())).ok_or("no finding")?;
        Ok(attribute(&row, "closed_at").to_owned())
    };
    assert_eq!(closed(walk)?, attribute(&before, "closed_at"));
    walk.repeat("evaluator", &letter)?;
    let moved = |walk: &Walk<'_>| closed(walk).is_ok_and(|at| *at < *attribute(&before, "closed_at"));
    walk.pipeline.wait(SOON, "an earlier end of the finding", |_| moved(walk).then_some(()))
}

/// A commit beyond a transaction: what it says is right at once, its other rows are marked as missing and come with the next.
fn a_large_commit_is_completed_later(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    const PAIRS: i64 = 52;
    let (group, opening) = walk.opening()?;
    let closing = walk.pipeline.close(&group, 22)?;
    let at = |record: &Value, seconds: i64| {
        let mut record = ago(record.clone(), seconds);
        record["eventID"] = format!("{}-{seconds}", text(&record, "eventID")).into();
        record
    };
    for pair in 0..PAIRS {
        for (record, second) in [(&opening, 0), (&closing, 1)] {
            walk.counted("evaluator", &envelope(&at(record, 480 + 2 * (PAIRS - pair) - second)))?;
        }
    }
    walk.pipeline.wait_for_finding(&group, SSH, "resolved")?;
    // Opened to other addresses before all of them: from then on it was closed by none.
    let mut before = at(&opening, 900);
    let ranges = &mut before["requestParameters"]["ipPermissions"]["items"][0];
    ranges["ipRanges"] = json!({});
    ranges["ipv6Ranges"] = json!({ "items": [{ "cidrIpv6": "::/0" }] });
    before["responseElements"] = json!({ "_return": true });
    let mark = walk.mark();
    walk.pipeline.without(grant, || {
        walk.invoke("evaluator", &envelope(&before))?;
        walk.logged(mark, &["a commit was not completed", "AccessDenied"])
    })?;
    let finding = walk.pipeline.findings()?.remove(&(group.clone(), SSH.to_owned())).ok_or("no finding")?;
    assert_eq!(attribute(&finding, "opened_at"), text(&before, "eventTime"));
    let behind = |walk: &Walk<'_>| -> Result<bool, Failed> {
        Ok(walk.rows(&group, "F#")?.iter().any(|row| !row["behind"].is_null()))
    };
    assert!(behind(walk)?, "what is missing is not marked");
    let mut next = at(&closing, 0);
    next["requestParameters"]["ipPermissions"]["items"][0]["fromPort"] = 443.into();
    next["requestParameters"]["ipPermissions"]["items"][0]["toPort"] = 443.into();
    walk.counted("evaluator", &envelope(&next))?;
    assert!(!behind(walk)?, "the next commit completes it");
    Ok(())
}

/// The second up to which the table has seen events.
fn until(walk: &Walk<'_>) -> Result<i64, Failed> {
    let key = json!({ "PK": { "S": "M#table" }, "SK": { "S": "UNTIL" } });
    let with = json!({ "TableName": walk.pipeline.output("Table"), "Key": key });
    let row = walk.aws().call("dynamodb", "get_item", with)?;
    Ok(row["Item"]["until"]["N"].as_str().unwrap_or("0").parse()?)
}

/// All is found as ever; only the time up to which the table has seen events stays, and the log says so.
fn the_tables_time_stands_still(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    walk.renew("evaluator")?;
    let before = until(walk)?;
    let mark = walk.mark();
    walk.pipeline.without(grant, || {
        let (group, opening) = walk.opening()?;
        walk.pipeline.send(&[opening])?;
        walk.pipeline.wait_for_finding(&group, SSH, "open")?;
        walk.logged(mark, &["the table's time was not moved on", "AccessDenied"])
    })?;
    assert_eq!(until(walk)?, before);
    let (_, opening) = walk.opening()?;
    walk.counted("evaluator", &envelope(&opening))?;
    assert!(until(walk)? > before);
    Ok(())
}

/// The finding is stored and its alert pending, the event is kept with the refusal, and the sweep sends the alert.
fn what_was_not_sent_is_kept_and_sent_later(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (group, letter) = walk.pipeline.without(grant, || {
        let (group, opening) = walk.opening()?;
        walk.pipeline.send(&[opening])?;
        walk.pipeline.wait_for_finding(&group, SSH, "open")?;
        let letter = walk.letter("WorkDeadLetters", &group)?;
        Ok((group, letter))
    })?;
    refused(&letter);
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", "WorkDeadLetters");
    assert!(walk.pending(&group)?);
    assert_eq!(walk.posts(&group), 0);
    walk.swept(&group)
}

/// Without the key, what was not sent cannot be kept either. The log says both, and the sweep sends the alert.
fn what_was_neither_sent_nor_kept_is_sent_later(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let mark = walk.mark();
    let group = walk.pipeline.without(grant, || {
        let (group, opening) = walk.opening()?;
        walk.pipeline.send(&[opening])?;
        walk.pipeline.wait_for_finding(&group, SSH, "open")?;
        walk.logged(mark, &["message not sent", "AccessDenied"])?;
        walk.logged(mark, &["dead letter not kept with its reason", "AccessDenied"])?;
        Ok(group)
    })?;
    walk.failures_alarmed("evaluator");
    assert!(walk.pending(&group)?);
    assert_eq!(walk.posts(&group), 0);
    walk.swept(&group)
}

/// An event that fails for another reason cannot be kept: Lambda counts that, and an alarm tells.
fn a_failed_event_is_lost_with_an_alarm(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (poison, work) = (walk.named("poison"), walk.named("poison"));
    let event = envelope(&json!({ "text": poison, "eventTime": now() }));
    let mark = walk.mark();
    walk.pipeline.without(grant, || {
        walk.invoke("evaluator", &event)?;
        walk.logged(mark, &["DestinationDeliveryFailures", "evaluator", "sqs:SendMessage"])?;
        walk.logged(mark, &["event not evaluated", "not a CloudTrail record"])?;
        // Work that fails is moved by its queue, which knows no reason.
        walk.post("WorkQueue", &work)?;
        let letter = walk.letter("WorkDeadLetters", &work)?;
        assert_eq!(reason(&letter), "");
        walk.logged(mark, &["dead letter not kept with its reason", "AccessDenied"])
    })?;
    walk.failures_alarmed("evaluator");
    walk.invoke("evaluator", &event)?;
    assert!(reason(&walk.letter("EventDeadLetters", &poison)?).contains("not a CloudTrail record"));
    walk.post("WorkQueue", &work)?;
    assert!(reason(&walk.letter("WorkDeadLetters", &work)?).contains("not understood"));
    Ok(())
}

/// The statement of the reads allows the same on all queues.
fn the_reads_allow_it_too(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    walk.pipeline.without(grant, || {
        let group = (EVALUATOR.send)(walk)?;
        (EVALUATOR.done)(walk, &group)
    })
}

/// What a member's bucket is cannot be read: its rules say unknown, and nothing is found of it either way.
fn a_member_is_unknown(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    const RULE: &str = "s3-bucket-versioning";
    // A bucket of its own each time: what was refused is asked for again by the settle check alone.
    let judged = || -> Result<(u64, bool), Failed> {
        let bucket = walk.named("members-bucket");
        let place = json!({ "LocationConstraint": REGION });
        walk.member.call("s3", "create_bucket", json!({ "Bucket": bucket, "CreateBucketConfiguration": place }))?;
        walk.renew("evaluator")?;
        let request = json!({ "bucketName": bucket, "BucketLoggingStatus": {} });
        let mut event = record("s3", "PutBucketLogging", request, Value::Null);
        event["recipientAccountId"] = MEMBER.into();
        event["userIdentity"]["accountId"] = MEMBER.into();
        let counts = walk.counted("evaluator", &envelope(&event))?;
        let found = walk.pipeline.findings()?.contains_key(&(bucket, RULE.to_owned()));
        Ok((counts["Unknown"].as_u64().unwrap_or_default(), found))
    };
    let (unseen, found) = walk.pipeline.without(grant, judged)?;
    assert!(!found, "what cannot be read is neither open nor resolved");
    let (seen, found) = judged()?;
    assert!(found && unseen > seen, "{unseen} unknown without it, {seen} with it");
    Ok(())
}

// --- whoever takes messages from a queue -------------------------------------------------------------------------------

/// The message stays in its queue, the mapping says why, and an alarm tells that it grows old.
fn nobody_takes_messages(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let consumer = Consumer::of(grant);
    let sent = walk.pipeline.without(grant, || {
        let sent = (consumer.send)(walk)?;
        walk.pipeline.wait(SOON, &format!("a refusal of {}", grant.action), |_| {
            let with = json!({ "FunctionName": format!("{STACK}-{}", consumer.function) });
            let mappings = walk.aws().call("lambda", "list_event_source_mappings", with).ok()?;
            let result = text(&mappings["EventSourceMappings"][0], "LastProcessingResult").to_owned();
            let held = walk.held(consumer.queue).ok()?;
            (result.starts_with("PROBLEM") && result.contains(&grant.action) && held > 0).then_some(())
        })?;
        Ok(sent)
    })?;
    walk.queue_alarmed("ApproximateAgeOfOldestMessage", consumer.queue);
    (consumer.done)(walk, &sent)
}

/// The message is handled and comes again, until its queue moves it: nobody failed, so that nobody gives a reason.
fn what_is_done_comes_again(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let consumer = Consumer::of(grant);
    let (sent, letter) = walk.pipeline.without(grant, || {
        let sent = (consumer.send)(walk)?;
        (consumer.done)(walk, &sent)?;
        let letter = walk.letter(consumer.letters, &sent)?;
        Ok((sent, letter))
    })?;
    assert_eq!(reason(&letter), "");
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", consumer.letters);
    if consumer.function == "notifier" {
        assert_eq!(walk.posts(&sent), 1, "an alert is published once, however often it comes");
    }
    walk.post(consumer.queue, text(&letter, "Body"))?;
    walk.pipeline.wait(SOON, "an empty queue", |_| (walk.held(consumer.queue).ok()? == 0).then_some(()))
}

/// What fails for another reason is moved by its queue, which knows no reason; the log has it, and why it was not kept.
fn a_failed_message_is_kept_without_its_reason(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let consumer = Consumer::of(grant);
    let without_key = grant.action.starts_with("kms:");
    // The notifier needs the key for what it publishes as well.
    let (poison, sent) = match consumer.function {
        "notifier" if !without_key => {
            let poison = walk.named("poison");
            (Some(poison.clone()), poison)
        }
        _ => (None, String::new()),
    };
    let mark = walk.mark();
    let fail = || {
        let sent = match &poison {
            Some(poison) => {
                walk.post(consumer.queue, poison)?;
                sent
            }
            None => (consumer.send)(walk)?,
        };
        let letter = walk.letter(consumer.letters, &sent)?;
        walk.logged(mark, &["dead letter not kept with its reason", "AccessDenied", consumer.function])?;
        Ok((sent, letter))
    };
    let (sent, letter) = walk.pipeline.without(grant, || {
        walk.pipeline.webhook.revoke(consumer.function == "slack");
        let failed = fail();
        walk.pipeline.webhook.revoke(false);
        failed
    })?;
    assert_eq!(reason(&letter), "");
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", consumer.letters);
    walk.post(consumer.queue, text(&letter, "Body"))?;
    if poison.is_some() {
        assert!(reason(&walk.letter(consumer.letters, &sent)?).contains("not an alert"));
        return Ok(());
    }
    walk.posted(&sent)
}

/// The alert is in the dead-letter queue with the refusal, and is published when it is moved back.
fn an_alert_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (group, letter) = walk.pipeline.without(grant, || {
        let group = (NOTIFIER.send)(walk)?;
        let letter = walk.letter("AlertDeadLetters", &group)?;
        Ok((group, letter))
    })?;
    refused(&letter);
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", "AlertDeadLetters");
    assert!(walk.pending(&group)?);
    walk.post("AlertQueue", text(&letter, "Body"))?;
    walk.posted(&group)?;
    walk.pipeline.wait(SOON, "the note that it was published", |_| (!walk.pending(&group).ok()?).then_some(()))
}

/// A message for Slack is in the dead-letter queue with the refusal, and is posted when it is moved back.
fn a_message_for_slack_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    walk.renew("slack")?;
    let (note, letter) = walk.pipeline.without(grant, || {
        let note = (SLACK.send)(walk)?;
        let letter = walk.letter("DeliveryDeadLetters", &note)?;
        Ok((note, letter))
    })?;
    refused(&letter);
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", "DeliveryDeadLetters");
    assert_eq!(walk.posts(&note), 0);
    walk.post("SlackQueue", text(&letter, "Body"))?;
    walk.posted(&note)
}

// --- what happens on a schedule ----------------------------------------------------------------------------------------

/// A group whose alert is to be sent again, and whose record waits for its settle check.
fn left_behind(walk: &Walk<'_>) -> Result<String, Failed> {
    let group = (NOTIFIER.send)(walk)?;
    walk.posted(&group)?;
    walk.pipeline.wait(SOON, "the note that it was published", |_| (!walk.pending(&group).ok()?).then_some(()))?;
    Ok(group)
}

/// The sweep is in the dead-letter queue with the refusal. What it looks for stays, and its repetition does it.
fn a_sweep_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let group = left_behind(walk)?;
    // One that was published and not noted as such is noted; any other is sent.
    let noted = grant.action == "dynamodb:UpdateItem";
    if noted {
        walk.age(&group)?;
    } else {
        walk.unpublish(&group)?;
    }
    let letter = walk.pipeline.without(grant, || {
        walk.invoke("sweeper", PENDING)?;
        walk.letter("ScheduleDeadLetters", "sweep")
    })?;
    refused(&letter);
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", "ScheduleDeadLetters");
    assert!(walk.pending(&group)?);
    walk.repeat("sweeper", &letter)?;
    walk.pipeline.wait(SOON, "the note that it was published", |_| (!walk.pending(&group).ok()?).then_some(()))
}

/// A sweep that fails and cannot be kept: Lambda counts that, an alarm tells, and the next sweep does all of it.
fn a_failed_sweep_is_lost_with_an_alarm(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let group = left_behind(walk)?;
    walk.unpublish(&group)?;
    // The key is missed by what the sweep sends; all else fails by an order that nobody understands.
    let order = if grant.sid == "GiveUp" { r#"{"sweep": "nothing"}"# } else { PENDING };
    let mark = walk.mark();
    walk.pipeline.without(grant, || {
        walk.invoke("sweeper", order)?;
        walk.logged(mark, &["DestinationDeliveryFailures", "sweeper", &grant.action])
    })?;
    walk.failures_alarmed("sweeper");
    assert!(walk.pending(&group)?);
    if grant.sid == "GiveUp" {
        walk.invoke("sweeper", order)?;
        assert_ne!(reason(&walk.letter("ScheduleDeadLetters", "nothing")?), "");
    }
    walk.invoke("sweeper", PENDING)?;
    walk.pipeline.wait(SOON, "the note that it was published", |_| (!walk.pending(&group).ok()?).then_some(()))
}

/// The messages that tell of all that is open.
fn digests(walk: &Walk<'_>) -> usize {
    walk.posts("Trailhound, ") + walk.posts("open findings")
}

fn told(walk: &Walk<'_>, before: usize) -> Result<(), Failed> {
    walk.pipeline.wait(SOON, "a digest", |_| (digests(walk) > before).then_some(()))
}

/// The digest is in the dead-letter queue with the refusal, and its repetition is told.
fn a_digest_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let before = digests(walk);
    let order = json!({ "order": walk.named("digest") }).to_string();
    let letter = walk.pipeline.without(grant, || {
        walk.invoke("reporter", &order)?;
        walk.letter("ScheduleDeadLetters", "digest-")
    })?;
    refused(&letter);
    assert_eq!(digests(walk), before);
    walk.repeat("reporter", &letter)?;
    told(walk, before)
}

/// A digest that fails and cannot be kept: Lambda counts that, and an alarm tells.
fn a_failed_digest_is_lost_with_an_alarm(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let name = format!("{STACK}-reporter");
    let configured = walk.aws().call("lambda", "get_function_configuration", json!({ "FunctionName": name }))?;
    let set = |variables: &Value| {
        let with = json!({ "FunctionName": name, "Environment": { "Variables": variables } });
        walk.aws().call("lambda", "update_function_configuration", with)
    };
    let usual = &configured["Environment"]["Variables"];
    // The key is missed by what it publishes; else it fails by a topic that is not there.
    let mut elsewhere = usual.clone();
    if grant.sid == "GiveUp" {
        elsewhere["TRAILHOUND_TOPIC_ARN"] = format!("arn:aws:sns:{REGION}:{ACCOUNT}:nobody").into();
    }
    set(&elsewhere)?;
    let (before, mark) = (digests(walk), walk.mark());
    walk.pipeline.without(grant, || {
        walk.invoke("reporter", "{}")?;
        walk.logged(mark, &["digest not sent", "publishing an alert"])?;
        walk.logged(mark, &["DestinationDeliveryFailures", "reporter", &grant.action])
    })?;
    set(usual)?;
    walk.failures_alarmed("reporter");
    assert_eq!(digests(walk), before);
    walk.invoke("reporter", "{}")?;
    told(walk, before)
}

/// Lets a schedule of the template give its order now, to its own target or another one.
fn order(walk: &Walk<'_>, schedule: &str, target: Option<&str>) -> Result<(), Failed> {
    let schedules = walk.pipeline.resources("AWS::Scheduler::Schedule")?;
    let (_, name) = schedules.iter().find(|(logical, _)| logical == schedule).ok_or("no such schedule")?;
    let name = name.rsplit('/').next().unwrap();
    let mut of = walk.aws().call("scheduler", "get_schedule", json!({ "Name": name }))?["Target"].clone();
    if let Some(target) = target {
        of["Arn"] = target.into();
    }
    let with = json!({
        "Name": walk.named("once"), "ScheduleExpression": "at(2026-01-01T00:00:00)",
        "FlexibleTimeWindow": { "Mode": "OFF" }, "Target": of,
    });
    walk.aws().call("scheduler", "create_schedule", with)?;
    Ok(())
}

/// The order is in the dead-letter queue with the refusal, and is given the next time.
fn an_order_is_kept(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let (schedule, part) = if grant.sid == "Digest" { ("Digest", "{}") } else { ("SweepPending", "pending") };
    let before = digests(walk);
    let letter = walk.pipeline.without(grant, || {
        order(walk, schedule, None)?;
        walk.letter("ScheduleDeadLetters", part)
    })?;
    refused(&letter);
    walk.queue_alarmed("ApproximateNumberOfMessagesVisible", "ScheduleDeadLetters");
    if grant.sid == "Digest" {
        order(walk, schedule, None)?;
        return told(walk, before);
    }
    let group = left_behind(walk)?;
    walk.unpublish(&group)?;
    order(walk, schedule, None)?;
    walk.pipeline.wait(SOON, "the note that it was published", |_| (!walk.pending(&group).ok()?).then_some(()))
}

/// An order to a function that the role may not start, and that cannot be kept: the scheduler counts that alone. With all
/// permissions it is kept.
fn an_order_that_cannot_be_given_is_lost(walk: &Walk<'_>, grant: &Grant) -> Result<(), Failed> {
    let slack = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-slack");
    let mark = walk.mark();
    walk.pipeline.without(grant, || {
        order(walk, "SweepPending", Some(&slack))?;
        walk.logged(mark, &["InvocationsFailedToBeSentToDeadLetterCount", &grant.action])
    })?;
    order(walk, "SweepPending", Some(&slack))?;
    refused(&walk.letter("ScheduleDeadLetters", "pending")?);
    Ok(())
}

// --- the walk ----------------------------------------------------------------------------------------------------------

/// The member account's stack, and a caller in that account.
fn member(pipeline: &Pipeline) -> Result<Aws, Failed> {
    let member = Aws::new(pipeline.emulator().url(), MEMBER)?;
    let parameters: Vec<_> = [
        ("HubAccount", ACCOUNT),
        ("HubRegion", REGION),
        // The emulator knows no pseudo parameters in conditions: there the region is the name of the parameter.
        ("HomeRegion", "AWS::Region"),
        ("EvaluatorRoleArn", pipeline.output("EvaluatorRoleArn")),
        ("ExternalId", EXTERNAL_ID),
    ]
    .into_iter()
    .map(|(name, value)| json!({ "ParameterKey": name, "ParameterValue": value }))
    .collect();
    let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/member.yaml"))?;
    let stack = json!({
        "StackName": "member", "TemplateBody": template, "Parameters": parameters, "Capabilities": ["CAPABILITY_NAMED_IAM"],
    });
    member.call("cloudformation", "create_stack", stack)?;
    pipeline.wait(SOON, "the member's stack", |_| {
        let stacks = member.call("cloudformation", "describe_stacks", json!({ "StackName": "member" })).ok()?;
        (text(&stacks["Stacks"][0], "StackStatus") == "CREATE_COMPLETE").then_some(())
    })?;
    Ok(member)
}

#[test]
fn without_any_one_action_nothing_passes_for_done() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy_whole(MEMBER, EXTERNAL_ID)? else { return Ok(()) };
    // With all conditions of the template true, it has no other roles.
    let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/pipeline.yaml"))?;
    let roles = pipeline.resources("AWS::IAM::Role")?;
    assert_eq!(roles.len(), template.matches("Type: AWS::IAM::Role\n").count(), "{roles:?}");
    let walk = Walk::start(&pipeline)?;
    let grants = pipeline.grants()?;
    let known = |grant: &&Grant| {
        let (sid, action) = (&*grant.sid, &*grant.action);
        LOSSES.iter().any(|(role, of, actions, _)| (*role, *of) == (&*grant.role, sid) && actions.contains(&action))
            || NOT_SHOWN.iter().any(|(of, one, _)| (*of, *one) == (sid, action))
    };
    let unknown: Vec<_> = grants.iter().filter(|grant| !known(grant)).collect();
    assert!(unknown.is_empty(), "nobody shows what comes of it without {unknown:?}");
    for (sid, action, _) in NOT_SHOWN {
        assert!(
            grants.iter().any(|grant| (&*grant.sid, &*grant.action) == (*sid, *action)),
            "{sid} {action} is not there"
        );
    }
    let mut failed = Vec::new();
    for (role, sid, actions, loss) in LOSSES {
        for action in *actions {
            let is_it = |grant: &&Grant| (&*grant.role, &*grant.sid, &*grant.action) == (*role, *sid, *action);
            let grant = grants.iter().find(is_it).ok_or_else(|| format!("{role} has no {sid} {action}"))?;
            if let Err(error) = loss(&walk, grant) {
                failed.push(format!("{role} without {action} of {sid}: {error}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    for queue in ["EventDeadLetters", "ScheduleDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}: every dead letter was looked for");
    }
    // Half a minute after its event a resource is read, and what that tells goes its way during another loss: it is kept
    // with the refusal, or came again as it could not be deleted.
    for queue in ["WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        for letter in pipeline.waiting(queue)? {
            if queue == "WorkDeadLetters" {
                let work: Value = serde_json::from_str(text(&letter, "Body"))?;
                assert_ne!(text(&work, "work"), "", "{letter}");
            }
            if !reason(&letter).is_empty() {
                refused(&letter);
            }
        }
    }
    Ok(())
}
