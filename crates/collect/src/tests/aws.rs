//! A stand-in for AWS on a local port: it answers what it was told to, call by call.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_types::region::Region;

/// What is sent back.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: String,
    /// How the connection misbehaves.
    pub(super) fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// The body ends before its stated length.
    Truncated,
    /// Nothing comes for thirty seconds.
    Hangs,
    /// The connection is closed without a word.
    HangsUp,
}

impl Reply {
    pub(super) fn new(status: u16, body: &str) -> Self {
        Self { status, headers: String::new(), body: body.to_owned(), fault: Fault::None }
    }

    pub(super) fn fault(fault: Fault) -> Self {
        Self { fault, ..Self::new(200, "<x>1</x>") }
    }
}

/// A request as it came: what is asked in one line, and its head.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `GET /bucket?acl`, `GetRole RoleName=x` or `AmazonSQS.GetQueueUrl {"QueueName":"x"}`.
    pub(super) line: String,
    pub(super) head: HashMap<String, String>,
}

/// The stand-in.
#[derive(Clone)]
pub(super) struct Aws {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, VecDeque<Reply>>,
    asked: Vec<Asked>,
}

impl Aws {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let aws = Self { url: format!("http://{}", listener.local_addr().unwrap()), state: Arc::default() };
        let state = Arc::clone(&aws.state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(stream.unwrap(), &state));
            }
        });
        aws
    }

    /// Answers a line so; the next time so again, unless more replies are told.
    pub(super) fn tell(&self, line: &str, reply: Reply) {
        self.state.lock().unwrap().replies.entry(line.to_owned()).or_default().push_back(reply);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// How often a line was asked.
    pub(super) fn times(&self, line: &str) -> usize {
        self.asked().iter().filter(|asked| asked.line == line).count()
    }

    /// A configuration that leads here.
    pub(super) fn config(&self) -> SdkConfig {
        config(&self.url)
    }
}

pub(super) fn config(url: &str) -> SdkConfig {
    let credentials = Credentials::new("111122223333", "test", Some("token".into()), None, "test");
    SdkConfig::builder()
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .time_source(aws_smithy_async::time::SystemTimeSource::new())
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .behavior_version(aws_config::BehaviorVersion::latest())
        .build()
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let mut head = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) => head.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let line = line_of(&first, &head, &String::from_utf8(body).unwrap());
    let reply = {
        let mut state = state.lock().unwrap();
        state.asked.push(Asked { line: line.clone(), head });
        match state.replies.get_mut(&line) {
            Some(replies) if replies.len() > 1 => replies.pop_front().unwrap(),
            Some(replies) => replies.front().unwrap().clone(),
            None => Reply::new(400, &format!("<Error><Code>NobodyTold</Code><Message>{line}</Message></Error>")),
        }
    };
    let length = reply.body.len() + if reply.fault == Fault::Truncated { 100 } else { 0 };
    match reply.fault {
        Fault::Hangs => std::thread::sleep(Duration::from_secs(30)),
        Fault::HangsUp => return,
        Fault::None | Fault::Truncated => {}
    }
    let head = format!(
        "HTTP/1.1 {} X\r\n{}content-length: {length}\r\nconnection: close\r\n\r\n",
        reply.status, reply.headers
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(reply.body.as_bytes()));
}

/// What is asked, in one line whatever the protocol.
fn line_of(first: &str, head: &HashMap<String, String>, body: &str) -> String {
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    if let Some(operation) = head.get("x-amz-target") {
        return format!("{operation} {body}");
    }
    if method == "POST" && body.starts_with("Action=") {
        let pairs = body.split('&').map(|pair| pair.split_once('=').unwrap());
        let words = pairs.filter(|(name, _)| *name != "Version").map(|(name, value)| match name {
            "Action" => value.to_owned(),
            name => format!("{name}={}", decoded(value)),
        });
        return words.collect::<Vec<_>>().join(" ");
    }
    format!("{method} {target}")
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}
