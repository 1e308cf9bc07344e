//! The evaluator alone, with a table and queues of its own and no stack: every call it makes is counted.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use trailhound_emulator::{ACCESS_KEY, ACCOUNT, Aws, Counter, Emulator, Function, Options, REGION};
use trailhound_store::table::{INDEXES, PARTITION, SORT};

use crate::programs::programs;
use crate::{Failed, emulator, entries, text};

const TABLE: &str = "trailhound";

/// An evaluator that gets its events by hand.
pub struct Station {
    /// What the emulator answers to.
    pub aws: Aws,
    environment: Vec<(&'static str, String)>,
    work: String,
    alerts: String,
    evaluator: Function,
    counter: Counter,
    _emulator: Emulator,
}

impl Station {
    /// Starts one with the program that the pipeline runs. `None` where the machine cannot run an emulator; why is printed.
    ///
    /// # Errors
    /// When anything else goes wrong.
    pub fn start() -> Result<Option<Self>, Failed> {
        let Some(emulator) = emulator(Options::default())? else { return Ok(None) };
        let aws = Aws::new(emulator.url(), ACCESS_KEY)?;
        table(&aws)?;
        let queue = |name| -> Result<String, Failed> {
            Ok(text(&aws.call("sqs", "create_queue", json!({ "QueueName": name }))?, "QueueUrl").to_owned())
        };
        let (work, alerts, letters) = (queue("work")?, queue("alerts")?, queue("letters")?);
        aws.call("sns", "create_topic", json!({ "Name": "alerts" }))?;
        let counter = Counter::of(emulator.url())?;
        let environment = vec![
            ("AWS_ENDPOINT_URL", counter.url().to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("TRAILHOUND_ACCOUNT", ACCOUNT.to_owned()),
            ("TRAILHOUND_TABLE", TABLE.to_owned()),
            ("TRAILHOUND_WORK_QUEUE_URL", work.clone()),
            ("TRAILHOUND_ALERT_QUEUE_URL", alerts.clone()),
            ("TRAILHOUND_DEAD_LETTERS_URL", letters),
            ("TRAILHOUND_ATTEMPTS", "5".to_owned()),
            ("TRAILHOUND_TOPIC_ARN", format!("arn:aws:sns:{REGION}:{ACCOUNT}:alerts")),
        ];
        let evaluator = begin(&programs()?.join("evaluator"), &environment)?;
        Ok(Some(Self { aws, environment, work, alerts, evaluator, counter, _emulator: emulator }))
    }

    /// Starts a program in the evaluator's environment, up to its first poll.
    ///
    /// # Errors
    /// When it does not poll.
    pub fn program(&self, program: &Path) -> Result<Function, Failed> {
        begin(program, &self.environment)
    }

    /// Hands the evaluator a CloudTrail record as EventBridge would, and gives the calls it made of it, by operation.
    ///
    /// # Errors
    /// When it fails, or reports that it failed.
    pub fn event(&mut self, record: &Value) -> Result<BTreeMap<String, usize>, Failed> {
        self.invoke(&envelope(record))
    }

    /// Hands the evaluator work, all in one batch.
    ///
    /// # Errors
    /// When it fails, reports that it failed, or wants some of it again.
    pub fn work(&mut self, works: &[String]) -> Result<BTreeMap<String, usize>, Failed> {
        self.invoke(&batch(works))
    }

    /// Takes what waits in the work queue, whether it is due or not.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub fn later(&self) -> Result<Vec<String>, Failed> {
        self.taken(&self.work)
    }

    /// Takes what waits in the queue of alerts.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub fn told(&self) -> Result<Vec<String>, Failed> {
        self.taken(&self.alerts)
    }

    fn taken(&self, queue: &str) -> Result<Vec<String>, Failed> {
        let mut bodies = Vec::new();
        loop {
            let answer = self.aws.call(
                "sqs",
                "receive_message",
                json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600 }),
            )?;
            let messages = entries(&answer, "Messages");
            if messages.is_empty() {
                return Ok(bodies);
            }
            bodies.extend(messages.iter().map(|message| text(message, "Body").to_owned()));
        }
    }

    /// The evaluator itself.
    pub const fn evaluator(&mut self) -> &mut Function {
        &mut self.evaluator
    }

    fn invoke(&mut self, payload: &str) -> Result<BTreeMap<String, usize>, Failed> {
        drop(self.counter.take());
        let answer = self.evaluator.invoke(payload)??;
        if !entries(&serde_json::from_str(&answer)?, "batchItemFailures").is_empty() {
            return Err(answer.into());
        }
        Ok(self.counter.take())
    }
}

/// A record as EventBridge hands it to a function.
#[must_use]
pub fn envelope(record: &Value) -> String {
    json!({
        "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": ACCOUNT,
        "time": text(record, "eventTime"), "region": REGION, "resources": [], "detail": record,
    })
    .to_string()
}

/// Messages as a queue hands them to a function.
#[must_use]
pub fn batch(bodies: &[String]) -> String {
    let records: Vec<Value> = (0..)
        .zip(bodies)
        .map(|(number, body): (u32, _)| {
            json!({ "messageId": number.to_string(), "body": body, "eventSource": "aws:sqs" })
        })
        .collect();
    json!({ "Records": records }).to_string()
}

fn begin(program: &Path, environment: &[(&'static str, String)]) -> Result<Function, Failed> {
    Ok(Function::start(program, environment.iter().map(|(name, value)| (*name, &**value)))?)
}

/// Makes the table, as the stack does.
fn table(aws: &Aws) -> Result<(), Failed> {
    let keys = |partition: &str, sort: &str| json!([{ "AttributeName": partition, "KeyType": "HASH" }, { "AttributeName": sort, "KeyType": "RANGE" }]);
    let mut names = vec![PARTITION, SORT];
    names.extend(INDEXES.iter().flat_map(|index| [index.partition, index.sort]));
    let attributes: Vec<Value> =
        names.iter().map(|name| json!({ "AttributeName": name, "AttributeType": "S" })).collect();
    let indexes: Vec<Value> = INDEXES
        .iter()
        .map(|index| {
            json!({
                "IndexName": index.name, "KeySchema": keys(index.partition, index.sort),
                "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": index.include },
            })
        })
        .collect();
    let made = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
        "KeySchema": keys(PARTITION, SORT), "GlobalSecondaryIndexes": indexes,
    });
    aws.call("dynamodb", "create_table", made)?;
    Ok(())
}
