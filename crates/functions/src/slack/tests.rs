//! A server on this machine stands for Slack and answers as scripted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex as Lock};

use trailhound_alert::Publication;

use super::*;
use crate::secret::Hidden;
use crate::webhook::Http;
use crate::{fixture, https};

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Reply {
    Status(u16),
    RetryAfter(u64),
    HangUp,
}

use Reply::{HangUp, RetryAfter, Status};

/// The paths and bodies of the requests that a server received.
type Received = Arc<Lock<Vec<(String, String)>>>;

/// A server that gives one reply per request, the last for ever. Gives its address and what it received.
fn server(script: &[Reply]) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let received = Received::default();
    let (seen, script) = (Arc::clone(&received), script.to_vec());
    std::thread::spawn(move || {
        let mut replies = script.iter().copied();
        let last = script.last().copied().unwrap();
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                    break;
                }
                lines.push(line);
            }
            let length =
                lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
            seen.lock().unwrap().push((path, String::from_utf8(body).unwrap()));
            let head = match replies.next().unwrap_or(last) {
                Status(status) => format!("HTTP/1.1 {status} X\r\n"),
                RetryAfter(seconds) => format!("HTTP/1.1 429 X\r\nRetry-After: {seconds}\r\n"),
                HangUp => continue,
            };
            let _ = write!(reader.get_mut(), "{head}Content-Length: 2\r\nConnection: close\r\n\r\nok");
        }
    });
    (address, received)
}

/// Addresses in the order in which they were stored.
struct Stored(Lock<Vec<String>>);

impl Source for Stored {
    async fn fetch(&self) -> Result<Hidden, Failure> {
        let mut addresses = self.0.lock().unwrap();
        let address = if addresses.len() > 1 { addresses.remove(0) } else { addresses[0].clone() };
        Ok(Hidden::new(address))
    }
}

fn poster(addresses: &[&str], budget: u32) -> Poster<Stored, Http> {
    let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    Poster::new(Stored(Lock::new(addresses)), Http::new(https::connector().unwrap()), budget)
}

/// The message that a queue holds of an alert: what SNS hands to programs.
fn alert(id: &str, group: &str, number: u64) -> Message {
    let publication = Publication::of(&fixture::told(group, number));
    let bodies: serde_json::Value = serde_json::from_str(&publication.message).unwrap();
    Message { id: id.to_owned(), body: bodies["default"].as_str().unwrap().to_owned(), times: 1 }
}

const AN_HOUR: fn() -> Duration = || Duration::from_secs(3_600);

fn texts(received: &Lock<Vec<(String, String)>>) -> Vec<String> {
    let text = |(_, body): &(String, String)| {
        serde_json::from_str::<serde_json::Value>(body).unwrap()["text"].as_str().unwrap().to_owned()
    };
    received.lock().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn an_alert_is_posted_once() {
    let (address, received) = server(&[Status(200)]);
    let poster = poster(&[&format!("{address}/secret")], BUDGET);
    let mut metrics = Metrics::new("slack");
    let batch = vec![alert("a", "sg-1", 1), alert("b", "sg-1", 1), alert("c", "sg-1", 2)];
    assert!(poster.handle(batch, AN_HOUR, &mut metrics).await.is_empty());
    assert!(poster.handle(vec![alert("d", "sg-1", 2)], AN_HOUR, &mut metrics).await.is_empty());
    assert_eq!(texts(&received).len(), 2);
    assert_eq!(received.lock().unwrap()[0].0, "/secret");
    assert_eq!((metrics.counted("Posted"), metrics.dropped_for("duplicate")), (2, 2));
}

/// EventBridge may deliver an event twice, and publishes it past everything that would know.
#[tokio::test]
async fn a_note_with_an_id_is_posted_once() {
    let (address, received) = server(&[Status(200)]);
    let poster = poster(&[&address], BUDGET);
    let note = |message: &str, id: &str| {
        let content = serde_json::json!({ "title": "Trailhound was changed", "description": "StopLogging" });
        let body = serde_json::json!({ "version": "1.0", "source": "custom", "id": id, "content": content });
        Message { id: message.to_owned(), body: body.to_string(), times: 1 }
    };
    let mut metrics = Metrics::new("slack");
    let batch = vec![note("a", "e-1"), note("b", "e-1"), note("c", "e-2"), note("d", ""), note("e", "")];
    assert!(poster.handle(batch, AN_HOUR, &mut metrics).await.is_empty());
    assert!(poster.handle(vec![note("f", "e-2")], AN_HOUR, &mut metrics).await.is_empty());
    assert_eq!(texts(&received).len(), 4, "what has no id is no repetition");
    assert_eq!(metrics.dropped_for("duplicate"), 2);
}

#[tokio::test]
async fn faults_that_pass_are_waited_for() {
    for script in [[RetryAfter(0), Status(200)], [Status(503), Status(200)], [HangUp, Status(200)]] {
        let (address, received) = server(&script);
        let poster = poster(&[&address], BUDGET);
        let mut metrics = Metrics::new("slack");
        assert!(poster.handle(vec![alert("a", "sg-1", 1)], AN_HOUR, &mut metrics).await.is_empty());
        assert_eq!(received.lock().unwrap().len(), 2);
        assert_eq!(metrics.counted("Posted"), 1);
    }
}

#[tokio::test]
async fn retry_after_is_kept_to_within_the_time_there_is() {
    let (address, received) = server(&[RetryAfter(1), Status(200)]);
    let poster = poster(&[&address], BUDGET);
    let before = Instant::now();
    assert!(poster.handle(vec![alert("a", "sg-1", 1)], AN_HOUR, &mut Metrics::new("slack")).await.is_empty());
    assert!(before.elapsed() >= Duration::from_secs(1));

    // No time for it: the message comes again, and the others do not even try.
    let (address, refused) = server(&[RetryAfter(30)]);
    let poster = self::poster(&[&address], BUDGET);
    let mut metrics = Metrics::new("slack");
    let batch = vec![alert("a", "sg-1", 1), alert("b", "sg-2", 1)];
    assert_eq!(poster.handle(batch, || Duration::from_secs(20), &mut metrics).await, ["a", "b"]);
    assert_eq!((refused.lock().unwrap().len(), received.lock().unwrap().len()), (1, 2));
    assert_eq!((metrics.counted("Failed"), metrics.counted("Deferred")), (1, 1));
}

#[tokio::test]
async fn a_revoked_webhook_is_looked_up_again() {
    for status in [403, 404, 410] {
        let (old, _) = server(&[Status(status)]);
        let (new, received) = server(&[Status(200)]);
        let poster = poster(&[&old, &new], BUDGET);
        assert!(poster.handle(vec![alert("a", "sg-1", 1)], AN_HOUR, &mut Metrics::new("slack")).await.is_empty());
        assert_eq!(received.lock().unwrap().len(), 1);
    }
    // Nobody stored a new one.
    let (gone, received) = server(&[Status(404)]);
    let poster = poster(&[&gone], BUDGET);
    let mut metrics = Metrics::new("slack");
    let batch = vec![alert("a", "sg-1", 1), alert("b", "sg-2", 1)];
    assert_eq!(poster.handle(batch, AN_HOUR, &mut metrics).await, ["a", "b"]);
    assert_eq!(received.lock().unwrap().len(), 2, "each is tried once");
    assert_eq!(metrics.counted("Refused"), 2);
}

#[tokio::test]
async fn what_slack_refuses_does_not_hold_up_the_rest() {
    let (address, received) = server(&[Status(400), Status(200)]);
    let poster = poster(&[&address], BUDGET);
    let batch = vec![alert("a", "sg-1", 1), alert("b", "sg-2", 1)];
    assert_eq!(poster.handle(batch, AN_HOUR, &mut Metrics::new("slack")).await, ["a"]);
    assert_eq!(received.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_over_the_budget_is_one_line() {
    let (address, received) = server(&[Status(200)]);
    let poster = poster(&[&address], 3);
    let batch = |from: usize, to: usize| (from..to).map(|i| alert(&format!("m{i}"), &format!("sg-{i}"), 1)).collect();
    let mut metrics = Metrics::new("slack");
    assert!(poster.handle(batch(0, 10), AN_HOUR, &mut metrics).await.is_empty());
    let posted = texts(&received);
    assert_eq!(posted.len(), 4);
    assert!(posted[3].starts_with("… and 7 more alerts within a minute"), "{}", posted[3]);
    assert_eq!((metrics.counted("Posted"), metrics.dropped_for("over_budget")), (3, 7));
    // They count as told: a repetition is none.
    assert!(poster.handle(batch(9, 10), AN_HOUR, &mut metrics).await.is_empty());
    assert_eq!(texts(&received).len(), 4);
}

#[tokio::test]
async fn the_budget_begins_anew_each_minute() {
    let mut memory = Memory::default();
    let now = Instant::now();
    let taken: Vec<bool> = [0, 1, 59, 60, 61, 62].map(|s| memory.take(2, now + Duration::from_secs(s))).into();
    assert_eq!(taken, [true, true, false, true, true, false]);
}

#[test]
fn other_messages_of_the_topic_are_shown_too() {
    let alarm = r#"{"AlarmName":"dlq","NewStateValue":"ALARM","NewStateReason":"1 > 0","AlarmDescription":"messages given up"}"#;
    let chat = r#"{"version":"1.0","source":"custom","content":{"title":"Touched","description":"who and what"}}"#;
    let envelope = serde_json::json!({ "Type": "Notification", "TopicArn": "arn", "Message": alarm }).to_string();
    for (body, expected) in [
        (alarm, ["ALARM: dlq", "messages given up"]),
        (&envelope, ["ALARM: dlq", "1 &gt; 0"]),
        (chat, ["Touched", "who and what"]),
        ("plain <!channel>", ["A message from the topic", "plain &lt;!channel&gt;"]),
    ] {
        let json = Incoming::parse(body).post().to_json();
        for text in expected {
            assert!(json.contains(text), "{text} in {json}");
        }
    }
}
