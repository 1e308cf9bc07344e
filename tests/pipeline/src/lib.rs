//! The pipeline on the local AWS: its stack, deployed from the template with the real functions, and a webhook that takes
//! what they post.

mod programs;
pub mod roles;
pub mod scenario;
mod station;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{Aws, Emulator, EmulatorError, Options, Refused, by_hand};

pub use self::programs::{FUNCTIONS, build, check, example, programs};
pub use self::station::{Station, batch, envelope};

/// The stack's name.
pub const STACK: &str = "trailhound";

/// Why there is no pipeline.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The pipeline as it runs; everything ends when it is dropped.
pub struct Pipeline {
    /// What the emulator answers to.
    pub aws: Aws,
    /// What the stack gave out.
    pub outputs: BTreeMap<String, String>,
    /// What Slack would have got.
    pub webhook: Webhook,
    emulator: Emulator,
}

impl Pipeline {
    /// Deploys the stack on an emulator of its own. `None` where the machine cannot run one; why is printed.
    ///
    /// # Errors
    /// When anything else goes wrong.
    pub fn deploy(options: Options) -> Result<Option<Self>, Failed> {
        Self::deploy_as(options, str::to_owned, |_| Ok(Vec::new()))
    }

    /// Deploys the stack with all that it may have (members, a digest, chat), each call held to its caller's policies. Its
    /// queues hand a message over twice and at once, Slack takes as much as there is, and nothing happens by the clock.
    ///
    /// # Errors
    /// As for [`Pipeline::deploy`].
    pub fn deploy_whole(member: &str, external_id: &str) -> Result<Option<Self>, Failed> {
        let more = |aws: &Aws| {
            let with = json!({ "Name": "trailhound/external-id", "SecretString": external_id });
            let secret = aws.call("secretsmanager", "create_secret", with)?;
            let more = [
                ("MemberAccounts", member),
                ("ExternalIdSecretArn", text(&secret, "ARN")),
                ("ChatWorkspaceId", "T0123456789"),
                ("ChatChannelId", "C0123456789"),
                ("AlertEmail", "nobody@example.com"),
            ];
            Ok(more.map(|(name, value)| (name, value.to_owned())).to_vec())
        };
        Self::deploy_as(Options { auth: true, haste: true }, hasty, more)
    }

    fn deploy_as(
        options: Options,
        template: impl FnOnce(&str) -> String,
        more: impl FnOnce(&Aws) -> Result<Vec<(&'static str, String)>, Failed>,
    ) -> Result<Option<Self>, Failed> {
        Self::deployed_by(options, |emulator, aws, webhook| {
            let programs = programs()?;
            aws.call(
                "s3",
                "create_bucket",
                json!({
                    "Bucket": "code",
                    "CreateBucketConfiguration": { "LocationConstraint": trailhound_emulator::REGION },
                }),
            )?;
            for (name, _) in FUNCTIONS {
                let program = programs.join(name);
                aws.call(
                    "s3",
                    "put_object",
                    json!({
                        "Bucket": "code", "Key": format!("{name}.zip"), "Body": { "$zip": program },
                    }),
                )?;
            }
            let secret = aws.call(
                "secretsmanager",
                "create_secret",
                json!({
                    "Name": "trailhound/slack", "SecretString": webhook.url(),
                }),
            )?;
            // Templates beyond 51,200 bytes are taken from a bucket only.
            let template = template(&std::fs::read_to_string(root().join("infra/pipeline.yaml"))?);
            aws.call("s3", "put_object", json!({ "Bucket": "code", "Key": "pipeline.yaml", "Body": template }))?;
            // The digest's own hour is far off: tests ask for it.
            let usual = [
                ("CodeBucket", "code"),
                ("SlackSecretArn", text(&secret, "ARN")),
                ("DigestSchedule", "cron(0 6 1 1 ? *)"),
            ];
            let usual = usual.map(|(name, value)| (name, value.to_owned()));
            let parameters: Vec<Value> = usual
                .into_iter()
                .chain(more(aws)?)
                .map(|(name, value)| json!({ "ParameterKey": name, "ParameterValue": value }))
                .collect();
            aws.call(
                "cloudformation",
                "create_stack",
                json!({
                    "StackName": STACK,
                    "TemplateURL": format!("{}/code/pipeline.yaml", emulator.url()),
                    "Parameters": parameters,
                    "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
                }),
            )?;
            Ok(())
        })
    }

    /// Has somebody else deploy the stack, on an emulator of its own. `None` where the machine cannot run one; why is printed.
    ///
    /// # Errors
    /// When it is not deployed, or anything else goes wrong.
    pub fn deployed_by(
        options: Options,
        deploy: impl FnOnce(&Emulator, &Aws, &Webhook) -> Result<(), Failed>,
    ) -> Result<Option<Self>, Failed> {
        let Some(emulator) = emulator(options)? else { return Ok(None) };
        let aws = Aws::new(emulator.url(), trailhound_emulator::ACCESS_KEY)?;
        let webhook = Webhook::open()?;
        deploy(&emulator, &aws, &webhook)?;
        let mut pipeline = Self { aws, outputs: BTreeMap::new(), webhook, emulator };
        let stack = pipeline.wait(Duration::from_secs(120), "the stack", |pipeline| {
            let stacks = pipeline.aws.call("cloudformation", "describe_stacks", json!({ "StackName": STACK })).ok()?;
            let stack = stacks.pointer("/Stacks/0")?.clone();
            (!text(&stack, "StackStatus").ends_with("IN_PROGRESS")).then_some(stack)
        })?;
        if !["CREATE_COMPLETE", "UPDATE_COMPLETE"].contains(&text(&stack, "StackStatus")) {
            let events = pipeline.aws.call("cloudformation", "describe_stack_events", json!({ "StackName": STACK }))?;
            let why: Vec<String> = entries(&events, "StackEvents")
                .iter()
                .filter(|event| text(event, "ResourceStatus").ends_with("FAILED"))
                .map(|event| format!("{}: {}", text(event, "LogicalResourceId"), text(event, "ResourceStatusReason")))
                .collect();
            return Err(format!("the stack is {}: {}", text(&stack, "StackStatus"), why.join("; ")).into());
        }
        for output in entries(&stack, "Outputs") {
            pipeline.outputs.insert(text(output, "OutputKey").into(), text(output, "OutputValue").into());
        }
        Ok(Some(pipeline))
    }

    /// An output of the stack.
    ///
    /// # Panics
    /// When the stack has no such output.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that asks for what the template does not give is wrong")]
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("the stack has no output {name}"))
    }

    /// The emulator's address and log.
    #[must_use]
    pub const fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Makes a security group, and gives its id.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn group(&self, name: &str) -> Result<String, Refused> {
        Ok(scenario::make_group(&self.aws, name)?.resource)
    }

    /// Opens a port of a group to the internet, and gives the record that CloudTrail would write of it.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn open(&self, group: &str, port: u16) -> Result<Value, Refused> {
        scenario::open_port(&self.aws, group, port)
    }

    /// Closes a port that [`Pipeline::open`] opened, and gives the record of it.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn close(&self, group: &str, port: u16) -> Result<Value, Refused> {
        scenario::close_port(&self.aws, group, port)
    }

    /// Sends CloudTrail records to the event bus, as CloudTrail would.
    ///
    /// # Errors
    /// When the bus refuses one.
    pub fn send(&self, records: &[Value]) -> Result<(), Failed> {
        for record in records {
            let source = text(record, "eventSource").trim_end_matches(".amazonaws.com");
            let detail_type = match text(record, "eventType") {
                "AwsConsoleSignIn" => "AWS Console Sign In via CloudTrail",
                "AwsServiceEvent" => "AWS Service Event via CloudTrail",
                _ => "AWS API Call via CloudTrail",
            };
            let answer = self.aws.call(
                "events",
                "put_events",
                json!({ "Entries": [{
                "Source": format!("aws.{source}"),
                "DetailType": detail_type,
                "Detail": record.to_string(),
            }] }),
            )?;
            if answer.get("FailedEntryCount").and_then(Value::as_u64) != Some(0) {
                return Err(format!("the bus refused an event: {answer}").into());
            }
        }
        Ok(())
    }

    /// The rows of findings in the table, as DynamoDB has them, by resource and rule.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn findings(&self) -> Result<BTreeMap<(String, String), Value>, Refused> {
        let mut found = BTreeMap::new();
        let mut from = Value::Null;
        loop {
            let mut with = json!({ "TableName": self.output("Table") });
            if !from.is_null() {
                set(&mut with, "ExclusiveStartKey", from);
            }
            let page = self.aws.call("dynamodb", "scan", with)?;
            for item in entries(&page, "Items") {
                if attribute(item, "SK").starts_with("F#") {
                    found.insert((attribute(item, "resource").into(), attribute(item, "rule").into()), item.clone());
                }
            }
            from = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if from.is_null() {
                return Ok(found);
            }
        }
    }

    /// Waits until something is there.
    ///
    /// # Errors
    /// When it does not come in time: with the last lines of the emulator's log.
    pub fn wait<T>(&self, most: Duration, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> Result<T, Failed> {
        let pause = Duration::from_millis(200);
        let mut waited = Duration::ZERO;
        while waited < most {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            std::thread::sleep(pause);
            waited += pause;
        }
        let log = std::fs::read_to_string(self.emulator.log()).unwrap_or_default();
        let told: Vec<&str> = log.lines().filter(|line| line.contains("error") || line.contains("ERROR")).collect();
        let last = told.iter().rev().take(8).rev().copied().collect::<Vec<_>>().join("\n");
        Err(format!("{what} did not come within {} seconds; the emulator says:\n{last}", most.as_secs()).into())
    }

    /// Waits until a finding has a status.
    ///
    /// # Errors
    /// When it does not get it in time.
    pub fn wait_for_finding(&self, resource: &str, rule: &str, status: &str) -> Result<Value, Failed> {
        let key = (resource.to_owned(), rule.to_owned());
        let what = format!("{status} of {rule} on {resource}");
        self.wait(Duration::from_secs(120), &what, |pipeline| {
            let found = pipeline.findings().ok()?.remove(&key)?;
            (attribute(&found, "status") == status).then_some(found)
        })
    }

    /// Waits until the webhook has got a message with all of these parts.
    ///
    /// # Errors
    /// When none comes in time.
    pub fn wait_for_message(&self, parts: &[&str]) -> Result<String, Failed> {
        self.wait(Duration::from_secs(120), &format!("a message with {parts:?}"), |pipeline| {
            pipeline.webhook.messages().into_iter().find(|message| parts.iter().all(|part| message.contains(part)))
        })
    }

    /// The messages that wait in a queue, which stay there.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub fn waiting(&self, queue: &str) -> Result<Vec<Value>, Refused> {
        let answer = self.aws.call(
            "sqs",
            "receive_message",
            json!({
                "QueueUrl": self.output(queue),
                "MaxNumberOfMessages": 10,
                "VisibilityTimeout": 0,
                "MessageAttributeNames": ["All"],
            }),
        )?;
        Ok(entries(&answer, "Messages").to_vec())
    }
}

/// A program that subscribes to the topic of alerts, by a queue.
pub struct Spy(String);

impl Spy {
    /// Subscribes to a topic.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn on(aws: &Aws, topic: &str) -> Result<Self, Refused> {
        const NAME: &str = "spy";
        let queue = aws.call("sqs", "create_queue", json!({ "QueueName": NAME }))?;
        let endpoint = format!("arn:aws:sqs:{}:{}:{NAME}", trailhound_emulator::REGION, trailhound_emulator::ACCOUNT);
        let raw = json!({ "RawMessageDelivery": "true" });
        let with = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "Attributes": raw });
        aws.call("sns", "subscribe", with)?;
        Ok(Self(text(&queue, "QueueUrl").to_owned()))
    }

    /// The first ten alerts that were published, as programs get them. They stay.
    ///
    /// # Errors
    /// When the queue cannot be read, or holds no JSON.
    pub fn alerts(&self, aws: &Aws) -> Result<Vec<Value>, Failed> {
        let receive = json!({ "QueueUrl": self.0, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0 });
        let answer = aws.call("sqs", "receive_message", receive)?;
        entries(&answer, "Messages").iter().map(|message| Ok(serde_json::from_str(text(message, "Body"))?)).collect()
    }
}

/// The template, with queues that hand a message over a second time and no third, and with schedules whose hour is far off.
fn hasty(template: &str) -> String {
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let instead = |text: &str| format!("{}{text}", " ".repeat(indent));
        match line.trim_start().split_once(':') {
            Some(("ScheduleExpression", every)) if every.contains("rate(") => {
                instead("ScheduleExpression: rate(30 days)")
            }
            Some(("TRAILHOUND_ATTEMPTS", _)) => {
                [instead("TRAILHOUND_ATTEMPTS: \"2\""), instead("TRAILHOUND_SLACK_BUDGET: \"1000\"")].join("\n")
            }
            Some(("RedrivePolicy", _)) => match line.split_once("maxReceiveCount:") {
                Some((before, _)) => format!("{before}maxReceiveCount: 2 }}"),
                None => line.to_owned(),
            },
            _ => line.to_owned(),
        }
    };
    template.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A Slack webhook on this machine: takes every message, unless it was revoked.
pub struct Webhook {
    port: u16,
    messages: Arc<Mutex<Vec<String>>>,
    revoked: Arc<AtomicBool>,
}

impl Webhook {
    /// Opens one on a free port; it is served until the process ends.
    ///
    /// # Errors
    /// When the machine gives no port.
    pub fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let revoked = Arc::new(AtomicBool::new(false));
        let (kept, refuses) = (Arc::clone(&messages), Arc::clone(&revoked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, refuses) = (Arc::clone(&kept), Arc::clone(&refuses));
                std::thread::spawn(move || drop(take(&stream, &kept, &refuses)));
            }
        });
        Ok(Self { port, messages, revoked })
    }

    /// From now on takes nothing, or everything again.
    pub fn revoke(&self, revoked: bool) {
        self.revoked.store(revoked, Ordering::SeqCst);
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/services/T000/B000/XXXX", self.port)
    }

    /// The bodies of all messages so far.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes the requests of one connection.
fn take(stream: &TcpStream, kept: &Mutex<Vec<String>>, revoked: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut out = stream;
        if revoked.load(Ordering::SeqCst) {
            out.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nno_service")?;
            continue;
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8_lossy(&body).into_owned());
        out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
    }
}

/// The command `trailhound` that reads the pipeline's table, built as tests are.
///
/// # Errors
/// When it does not build.
pub fn command() -> Result<PathBuf, Failed> {
    cargo(&["build", "--quiet", "--package", "trailhound", "--features", "aws"], "the command does not build")?;
    Ok(target().join("debug/trailhound"))
}

/// Starts an emulator. `None` where the machine cannot run one; why is printed.
fn emulator(options: Options) -> Result<Option<Emulator>, Failed> {
    // Whoever runs the tests has found that there is none.
    if trailhound_emulator::shared_address().is_some_and(|url| url.is_empty()) {
        say("skipped: there is no emulator");
        return Ok(None);
    }
    match Emulator::start(options) {
        Ok(emulator) => Ok(Some(emulator)),
        Err(EmulatorError::Missing(why)) => {
            say(&format!("skipped: {why}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Runs cargo in the project; what it fails with is said as `failed`.
fn cargo(arguments: &[&str], failed: &str) -> Result<(), Failed> {
    let mut command = Command::new("cargo");
    let status = by_hand(&mut command).args(arguments).current_dir(root()).stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(failed.into()) }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where cargo puts what it builds.
#[must_use]
pub fn target() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo itself goes by this variable")]
    let chosen = std::env::var_os("CARGO_TARGET_DIR");
    root().join(chosen.map_or_else(|| "target".into(), PathBuf::from))
}

#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// The record of a security group that was made.
#[must_use]
pub fn creation(group: &str) -> Value {
    let request = json!({ "groupName": group, "groupDescription": group, "vpcId": "vpc-1" });
    record("ec2", "CreateSecurityGroup", request, json!({ "_return": true, "groupId": group }))
}

/// The record of a port that was opened to the internet.
#[must_use]
pub fn opening(group: &str, port: u16) -> Value {
    let permission = json!({
        "ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": {},
        "ipRanges": { "items": [{ "cidrIp": "0.0.0.0/0" }] }, "ipv6Ranges": {}, "prefixListIds": {},
    });
    let request = json!({ "groupId": group, "ipPermissions": { "items": [permission] } });
    record("ec2", "AuthorizeSecurityGroupIngress", request, json!({ "_return": true }))
}

/// A text member; empty where there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A text attribute of an item of DynamoDB; empty where there is none.
#[must_use]
pub fn attribute<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).map_or("", |value| text(value, "S"))
}

/// A list member; empty where there is none.
#[must_use]
pub fn entries<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn set(value: &mut Value, member: &str, to: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(member.to_owned(), to);
    }
}

/// A CloudTrail record of a successful call, made just now by `alice`, in the shape that CloudTrail writes.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "callers write the bodies in place")]
pub fn record(source: &str, name: &str, request: Value, response: Value) -> Value {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let region = if source == "iam" { "us-east-1" } else { trailhound_emulator::REGION };
    let account = trailhound_emulator::ACCOUNT;
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:alice@example.com",
            "arn": format!("arn:aws:sts::{account}:assumed-role/engineer/alice@example.com"),
            "accountId": account,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLE", "userName": "engineer", "accountId": account,
                "arn": format!("arn:aws:iam::{account}:role/engineer"),
            } },
        },
        "eventTime": now(),
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31",
        "requestParameters": request,
        "responseElements": response,
        "requestID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventID": format!("11111111-1111-4111-8111-{number:012}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    })
}

/// The present second as CloudTrail writes it.
#[must_use]
pub fn now() -> String {
    #[expect(clippy::disallowed_methods, reason = "the pipeline judges the present, so that its tests happen there")]
    let now = jiff::Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
