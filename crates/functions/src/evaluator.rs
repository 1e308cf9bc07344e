//! The evaluator: takes events as they happen and work from the queue, and records what follows.
//!
//! It is thin: the engine decides. Here stands what the door lets in, what comes again, and what is kept where people look.

use std::time::Duration;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::value::RawValue;
use trailhound_engine::port::{Collector, Store, StoreError};
use trailhound_engine::{Ingest, Ingested, Work};
use trailhound_model::{Change, Effect, Target};
use trailhound_rules::Exceptions;
use trailhound_trail::Record;
use trailhound_trail::interpret::{self, Nothing};
use trailhound_trail::record::DETAIL_TYPES;

use crate::batch::{Failed, LEAST, Message, messages};
use crate::clock;
use crate::dispatch::Dispatch;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::queue::{BODY_MAX, Queue};
use crate::staged::Staged;
use crate::telemetry::report;

/// For how many seconds entries are kept: EventBridge repeats for 24 hours, Lambda for six.
pub const KEEP: i64 = 48 * 3_600;

/// How often an event comes out of the work queue before it is given up.
const ATTEMPTS: u8 = 6;

/// What invokes the function.
#[derive(Debug)]
pub enum Input {
    /// One event.
    Event(Box<EventBridgeEvent<Box<RawValue>>>),
    /// A batch of work.
    Batch(Vec<Message>),
}

/// Enough of an invocation to tell what it is.
#[derive(Deserialize)]
struct Glance {
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(rename = "Records")]
    records: Option<Vec<Source>>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "eventSource")]
    source: Option<String>,
}

impl Input {
    /// Reads an invocation.
    ///
    /// # Errors
    /// When it is neither an event nor a batch: permanently.
    pub fn parse(payload: &str) -> Result<Self, Failure> {
        const DOING: &str = "reading an invocation";
        // Without the parser's text, which may quote the input.
        let unfit = |error: serde_json::Error| {
            Failure::permanent(DOING, format!("not understood, line {} column {}", error.line(), error.column()))
        };
        let glance: Glance = serde_json::from_str(payload).map_err(unfit)?;
        let from_queue = |records: &[Source]| records.iter().all(|r| r.source.as_deref() == Some("aws:sqs"));
        match glance {
            Glance { records: Some(records), .. } if from_queue(&records) => {
                Ok(Self::Batch(messages(serde_json::from_str::<SqsEvent>(payload).map_err(unfit)?)))
            }
            Glance { detail_type: Some(_), .. } => {
                Ok(Self::Event(Box::new(serde_json::from_str(payload).map_err(unfit)?)))
            }
            _ => Err(Failure::permanent(DOING, "neither an event nor a batch of work")),
        }
    }
}

/// The call that a schedule of the stack makes on the stack's own key, so that the trail, the rules and this function have an
/// event to show that they work. The key rotates already.
const CANARY: &str = "EnableKeyRotation";

/// Evaluates.
pub struct Evaluator<'a, S, C, W, A> {
    ingest: Ingest<'a, Staged<S>, C>,
    store: &'a Staged<S>,
    dispatch: Dispatch<W, A>,
    canary: Option<&'a str>,
}

impl<'a, S: Store, C: Collector, W: Queue, A: Queue> Evaluator<'a, S, C, W, A> {
    /// With an engine on a store, and the queues for later work and for alerts.
    pub const fn new(ingest: Ingest<'a, Staged<S>, C>, store: &'a Staged<S>, dispatch: Dispatch<W, A>) -> Self {
        Self { ingest, store, dispatch, canary: None }
    }

    /// With the key whose rotation a schedule asks for again and again: each such event that is stored is a heartbeat.
    #[must_use]
    pub fn listening_for(self, canary: Option<&'a str>) -> Self {
        Self { canary, ..self }
    }

    /// From now on, what these accept is not told.
    pub fn accept(&self, exceptions: std::sync::Arc<Exceptions>) {
        self.ingest.accept(exceptions);
    }

    /// Handles an event; what it leads to is to be sent. What cannot mean anything to anybody is dropped and counted.
    ///
    /// # Errors
    /// When it could not be evaluated: Lambda repeats it, and then keeps it where people look.
    pub async fn event(
        &self,
        event: &EventBridgeEvent<Box<RawValue>>,
        metrics: &mut Metrics,
    ) -> Result<Ingested, Failure> {
        metrics.count("Events", 1);
        if !DETAIL_TYPES.contains(&&*event.detail_type) {
            metrics.dropped("unknown_detail_type", 1);
            tracing::warn!(function = "evaluator", reason = "unknown_detail_type", "event dropped");
            return Ok(Ingested::default());
        }
        self.record(event.detail.get(), 0, metrics).await
    }

    /// Handles a batch of work. Gives the messages that shall come again.
    pub async fn batch(&self, batch: Vec<Message>, left: impl Fn() -> Duration, metrics: &mut Metrics) -> Vec<Failed> {
        let mut failed = Vec::new();
        for Message { id, body, .. } in batch {
            if left() < LEAST {
                metrics.count("Deferred", 1);
                failed.push(Failed::deferred(id));
                continue;
            }
            metrics.count("Works", 1);
            let undone = match self.work(&body, metrics).await {
                Ok(ingested) => {
                    let sent = self.send(ingested, metrics).await;
                    sent.err().map(|failure| (Failed::unsent(id, body, &failure), failure))
                }
                Err(failure) => Some((Failed::by(id, &failure), failure)),
            };
            if let Some((undone, failure)) = undone {
                report("evaluator", "work not done", &failure, metrics);
                failed.push(undone);
            }
        }
        failed
    }

    /// Puts what follows into the queues. What was committed is pending as well, and the sweep sends it if this fails; an
    /// event that waits for its turn is nowhere else. Either way somebody has to learn that the queues cannot be used.
    ///
    /// # Errors
    /// What the first queue that did not take everything said. Whoever is handed the same event or work again finds it
    /// done, so that repetition tells nobody: it is to be kept with this reason now.
    pub async fn send(&self, ingested: Ingested, metrics: &mut Metrics) -> Result<(), Failure> {
        self.dispatch.send(ingested.works, ingested.alerts, metrics).await
    }

    async fn work(&self, body: &str, metrics: &mut Metrics) -> Result<Ingested, Failure> {
        let work: Work = serde_json::from_str(body).map_err(|error| {
            let why = format!("not understood, line {} column {}", error.line(), error.column());
            Failure::permanent("reading work", why)
        })?;
        match &work {
            Work::Change { event, attempt, due } if *due <= clock::now() => self.record(event, *attempt, metrics).await,
            work => {
                let result = self.ingest.work(work, clock::now()).await;
                let ingested = result.map_err(|error| Failure::of_store("doing work", &error))?;
                tell(&ingested, metrics);
                Ok(ingested)
            }
        }
    }

    /// Evaluates a raw record.
    async fn record(&self, raw: &str, attempt: u8, metrics: &mut Metrics) -> Result<Ingested, Failure> {
        let now = clock::now();
        let record = Record::parse(raw.as_bytes())
            .map_err(|_| Failure::permanent("reading an event", "not a CloudTrail record"))?;
        metrics.took("EventToReceived", milliseconds(now.since(record.event_time)));
        if let Some(reason) = record.category().skipped() {
            metrics.dropped(reason.code(), 1);
            return Ok(Ingested::default());
        }
        let change = match interpret::interpret(&record) {
            Ok(change) => change,
            Err(nothing) => {
                metrics.dropped(nothing.code(), 1);
                if matches!(nothing, Nothing::Unplaced(_) | Nothing::Omitted) {
                    tracing::warn!(function = "evaluator", reason = nothing.code(), "event dropped");
                }
                return Ok(Ingested::default());
            }
        };
        let began = clock::since_epoch();
        let took =
            |from: Duration, to: Duration| u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX);
        _ = self.store.take();
        match self.ingest.ingest(&change, now).await {
            Ok(ingested) => {
                // What was there already is evaluated and stored no second time.
                if let Some(evaluated) = self.store.take() {
                    metrics.took("ReceivedToEvaluated", took(began, evaluated));
                    metrics.took("EvaluatedToStored", took(evaluated, clock::since_epoch()));
                }
                metrics.count("Changes", 1);
                if self.is_canary(&change) {
                    metrics.count("Heartbeats", 1);
                }
                tell(&ingested, metrics);
                Ok(ingested)
            }
            // Others were faster again and again, or the table is throttled: it has its turn later, each at another second.
            Err(error @ (StoreError::Conflict(_) | StoreError::NameConflict(_) | StoreError::Busy { .. }))
                if attempt + 1 < ATTEMPTS && raw.len() < BODY_MAX / 2 =>
            {
                metrics.count("Postponed", 1);
                tracing::warn!(function = "evaluator", error = %Failure::of_store("ingesting", &error), "event postponed");
                let spread = change.cause.event_id.bytes().fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 29);
                let due = now.plus(1 + spread + 15 * i64::from(attempt));
                let work = Work::Change { event: raw.to_owned(), attempt: attempt + 1, due };
                Ok(Ingested { works: vec![work], ..Ingested::default() })
            }
            Err(error) => Err(Failure::of_store("ingesting an event", &error)),
        }
    }
}

impl<S, C, W, A> Evaluator<'_, S, C, W, A> {
    fn is_canary(&self, change: &Change) -> bool {
        let on = |effect: &Effect| matches!(&effect.target, Target::Resource(key) if Some(&*key.id) == self.canary);
        &*change.cause.name == CANARY && change.effects.iter().any(on)
    }
}

/// Counts what the engine did.
fn tell(ingested: &Ingested, metrics: &mut Metrics) {
    let Ingested { unresolved, conflicts, late, reads, judged, transitions, lent, seen, first_sight, unknown, .. } =
        ingested;
    for (name, number) in [
        ("Unresolved", unresolved.len() as u64),
        ("Conflicts", *conflicts as u64),
        ("Late", *late),
        ("Reads", *reads),
        ("Judged", *judged),
        ("Transitions", *transitions),
        ("Lenders", *lent),
        ("AlreadySeen", *seen),
        ("FirstSight", *first_sight),
        ("Unknown", unknown.values().sum()),
    ] {
        if number > 0 {
            metrics.count(name, number);
        }
    }
}

fn milliseconds(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use trailhound_engine::{Judge, Timing};
    use trailhound_rules::Settings;
    use trailhound_store::Memory;

    use super::*;
    use crate::queue::Post;

    /// The stack's key.
    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    /// Keeps what is put in, unless it is full.
    #[derive(Default)]
    struct Basket(Mutex<Vec<Post>>, bool);

    impl Queue for &Basket {
        async fn put(&self, posts: Vec<Post>) -> Result<(), Failure> {
            if self.1 && !posts.is_empty() {
                return Err(Failure::permanent("sending", "AccessDenied (HTTP 403)"));
            }
            self.0.lock().unwrap().extend(posts);
            Ok(())
        }
    }

    impl Basket {
        fn bodies(&self) -> Vec<String> {
            self.0.lock().unwrap().drain(..).map(|post| post.body).collect()
        }
    }

    /// A port opened to the world; the group and the second tell events apart.
    fn opening(group: &str) -> String {
        let time = clock::now().plus(-3);
        format!(
            r#"{{"eventVersion": "1.11", "userIdentity": {{"type": "IAMUser", "userName": "alice",
            "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333"}}, "eventTime": "{time}",
            "eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress", "awsRegion": "eu-west-1",
            "requestParameters": {{"groupId": "{group}", "ipPermissions": {{"items": [{{"ipProtocol": "tcp",
            "fromPort": 22, "toPort": 22, "ipRanges": {{"items": [{{"cidrIp": "0.0.0.0/0"}}]}}}}]}}}},
            "responseElements": {{"_return": true}}, "eventID": "{group}", "readOnly": false,
            "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
            "eventCategory": "Management"}}"#
        )
    }

    fn envelope(detail_type: &str, detail: &str) -> String {
        format!(
            r#"{{"version": "0", "id": "1", "detail-type": "{detail_type}", "source": "aws.ec2",
            "account": "111122223333", "time": "2026-03-04T05:06:07Z", "region": "eu-west-1", "resources": [],
            "detail": {detail}}}"#
        )
    }

    struct World {
        store: Staged<Memory>,
        work: Basket,
        alerts: Basket,
    }

    impl Default for World {
        fn default() -> Self {
            Self { store: Staged::new(Memory::default()), work: Basket::default(), alerts: Basket::default() }
        }
    }

    impl World {
        /// Lets the function handle an invocation; gives what shall come again.
        async fn invoke(&self, payload: &str, left: Duration) -> (Result<Vec<Failed>, Failure>, Metrics) {
            let judge = Judge::new(Settings::default());
            let blind = trailhound_engine::Blind;
            let ingest = Ingest::new(&self.store, &judge).reading(&blind, KEEP, Timing::default());
            let dispatch = Dispatch { function: "evaluator", work: &self.work, alerts: &self.alerts };
            let evaluator = Evaluator::new(ingest, &self.store, dispatch).listening_for(Some(KEY));
            let mut metrics = Metrics::new("evaluator");
            let result = match Input::parse(payload) {
                Ok(Input::Event(event)) => match evaluator.event(&event, &mut metrics).await {
                    Ok(ingested) => evaluator.send(ingested, &mut metrics).await.map(|()| Vec::new()),
                    Err(failure) => Err(failure),
                },
                Ok(Input::Batch(batch)) => Ok(evaluator.batch(batch, || left, &mut metrics).await),
                Err(failure) => Err(failure),
            };
            (result, metrics)
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn an_event_is_told_once_and_its_check_waits_in_the_queue() {
        let world = World::default();
        let payload = envelope("AWS API Call via CloudTrail", &opening("sg-1"));
        let (result, metrics) = world.invoke(&payload, LONG).await;
        assert!(result.unwrap().is_empty());
        let counted = ["Changes", "Alerts", "Transitions"].map(|name| metrics.counted(name));
        assert_eq!(counted, [1, 1, 1]);
        let stages = ["EventToReceived", "ReceivedToEvaluated", "EvaluatedToStored"];
        assert_eq!(metrics.timed(), stages.into_iter().map(|stage| (stage, 1)).collect());
        let alerts = world.alerts.bodies();
        let told: trailhound_engine::Told = serde_json::from_str(&alerts[0]).unwrap();
        assert_eq!((alerts.len(), &*told.finding.rule), (1, "ec2-security-group-ssh-closed"));
        let works: Vec<Work> = world.work.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        let settles = works.iter().filter(|work| matches!(work, Work::Settle { .. })).count();
        assert_eq!(settles, works.len(), "the group, its account and its region settle: {works:?}");
        let (result, metrics) = world.invoke(&payload, LONG).await;
        assert!(result.is_ok());
        assert!(world.alerts.bodies().is_empty(), "delivered again, it says nothing new");
        assert_eq!(metrics.counted("Transitions"), 0);
        assert_eq!(metrics.timed(), [("EventToReceived", 1)].into(), "it is neither evaluated nor stored again");
    }

    #[tokio::test]
    async fn the_canary_is_a_heartbeat_once_it_is_stored() {
        let world = World::default();
        let event = |name: &str, key: &str| {
            let record = opening("x").replace("ec2.amazonaws", "kms.amazonaws");
            let (before, _) = record.split_once("\"requestParameters\"").unwrap();
            let (_, after) = record.split_once("\"responseElements\"").unwrap();
            let record = format!(r#"{before}"requestParameters": {{"keyId": "{key}"}}, "responseElements"{after}"#);
            envelope("AWS API Call via CloudTrail", &record.replace("AuthorizeSecurityGroupIngress", name))
        };
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{KEY}");
        for (name, key, heartbeats) in
            [(CANARY, KEY, 1), (CANARY, &*arn, 1), (CANARY, "another", 0), ("DisableKeyRotation", KEY, 0)]
        {
            let (result, metrics) = world.invoke(&event(name, key), LONG).await;
            assert!(result.is_ok());
            assert_eq!((metrics.counted("Changes"), metrics.counted("Heartbeats")), (1, heartbeats), "{name} {key}");
        }
    }

    #[tokio::test]
    async fn what_the_door_refuses_and_what_it_drops() {
        let world = World::default();
        for (payload, refused) in [
            ("{", true),
            ("{}", true),
            (r#"{"Records": [{"eventSource": "aws:s3"}]}"#, true),
            (&envelope("AWS API Call via CloudTrail", r#"{"text": "..."}"#), true),
            (&envelope("AWS API Call via CloudTrail", r#""...""#), true),
            (&envelope("Scheduled Event", "{}"), false),
        ] {
            let (result, metrics) = world.invoke(payload, LONG).await;
            assert_eq!(matches!(result, Err(Failure::Permanent { .. })), refused, "{payload}");
            assert_eq!(metrics.dropped_for("unknown_detail_type"), u64::from(!refused), "{payload}");
        }
        let failed =
            opening("sg-1").replace("\"responseElements\"", "\"errorCode\": \"AccessDenied\", \"responseElements\"");
        let (result, metrics) = world.invoke(&envelope("AWS API Call via CloudTrail", &failed), LONG).await;
        assert!(result.is_ok());
        assert_eq!(metrics.dropped_for("failed"), 1);
    }

    #[tokio::test]
    async fn a_batch_answers_with_what_failed_alone() {
        let world = World::default();
        let change = Work::Change { event: opening("sg-2"), attempt: 1, due: clock::now() };
        let later = Work::Change { event: opening("sg-3"), attempt: 1, due: clock::now().plus(500) };
        let bodies =
            ["poison".to_owned(), serde_json::to_string(&change).unwrap(), serde_json::to_string(&later).unwrap()];
        let records: Vec<serde_json::Value> = bodies
            .iter()
            .enumerate()
            .map(|(id, body)| serde_json::json!({"messageId": id.to_string(), "body": body, "eventSource": "aws:sqs"}))
            .collect();
        let payload = serde_json::json!({ "Records": records }).to_string();
        let (failed, metrics) = world.invoke(&payload, LONG).await;
        assert_eq!(failed.unwrap(), ["0"]);
        assert_eq!((metrics.counted("Works"), metrics.counted("Refused"), metrics.counted("Changes")), (3, 1, 1));
        assert_eq!(world.alerts.bodies().len(), 1);
        let waits = world.work.0.lock().unwrap().iter().any(|post| post.body.contains("sg-3") && post.delay > 400);
        assert!(waits, "what is not due waits on");
        let (failed, _) = world.invoke(&payload, Duration::from_secs(1)).await;
        assert_eq!(failed.unwrap(), ["0", "1", "2"], "without time all of it comes again");
    }

    #[tokio::test]
    async fn a_queue_that_takes_nothing_is_a_failure_and_the_alert_stays_pending() {
        use trailhound_engine::port::Outbox;

        let world = World { alerts: Basket(Mutex::default(), true), ..World::default() };
        let payload = envelope("AWS Console Signin via CloudTrail", &opening("sg-1"));
        assert!(world.invoke(&payload, LONG).await.0.is_err(), "Lambda keeps the event with the reason");
        let pending = world.store.store().pending(clock::now().plus(60), 10).await.unwrap();
        assert_eq!(pending.len(), 1);
        let change = Work::Change { event: opening("sg-3"), attempt: 1, due: clock::now() };
        let body = serde_json::to_string(&change).unwrap();
        let record = serde_json::json!({"messageId": "7", "body": body, "eventSource": "aws:sqs"});
        let (failed, _) = world.invoke(&serde_json::json!({ "Records": [record] }).to_string(), LONG).await;
        let failed = failed.unwrap();
        assert_eq!(failed, ["7"]);
        assert_eq!(failed[0].unsent.as_deref(), Some(&*body), "handed over again it would find nothing to do");
        let data = opening("sg-2").replace("\"Management\"", "\"Data\"");
        let (result, metrics) = world.invoke(&envelope("AWS API Call via CloudTrail", &data), LONG).await;
        assert!(result.is_ok());
        assert_eq!(metrics.dropped_for("data_event"), 1);
    }
}
