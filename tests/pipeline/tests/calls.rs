//! What an event costs in calls to AWS, counted between the evaluator's program and the local AWS.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{ACCOUNT, REGION};
use trailhound_pipeline_tests::{Failed, Station, creation, opening, record, text};

/// Calls by what they are for: queries of the table, writes to it, messages sent, and reads of the account.
fn sums(calls: &BTreeMap<String, usize>) -> [usize; 4] {
    let mut sums = [0; 4];
    for (name, count) in calls {
        match &**name {
            "Query" => sums[0] += count,
            "PutItem" | "TransactWriteItems" => sums[1] += count,
            "SendMessageBatch" => sums[2] += count,
            // The table's own row, every ten minutes of events.
            "UpdateItem" => {}
            _ => sums[3] += count,
        }
    }
    sums
}

#[test]
fn an_event_costs_one_query_one_write_one_message_and_what_it_does_not_carry() -> Result<(), Failed> {
    let Some(mut station) = Station::start()? else { return Ok(()) };
    station.aws.call("sqs", "create_queue", json!({ "QueueName": "q" }))?;
    let url = format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q");
    let create = record("sqs", "CreateQueue", json!({ "queueName": "q" }), json!({ "queueUrl": url }));
    let open = json!({ "queueUrl": url, "attributes": { "SqsManagedSseEnabled": "false" } });
    let open = record("sqs", "SetQueueAttributes", open, Value::Null);
    // The first event of an account and region makes their records too.
    let group = station.aws.call("ec2", "create_security_group", json!({ "GroupName": "g", "Description": "g" }))?;
    let group = text(&group, "GroupId");
    station.event(&creation(group))?;
    for (what, event, most) in [
        ("a creation that leaves facets unsaid", &create, [1, 1, 1, 1]),
        ("a change that says all", &open, [1, 1, 1, 0]),
        ("the same event again", &open, [1, 0, 0, 0]),
    ] {
        let calls = station.event(event)?;
        assert!(sums(&calls).iter().zip(most).all(|(made, most)| *made <= most), "{what}: {calls:?}");
        assert_eq!(sums(&calls)[0], 1, "{what}: {calls:?}");
    }

    // A group is judged with its account and its region, which are looked up once more.
    let calls = station.event(&opening(group, 22))?;
    let [queries, writes, sends, reads] = sums(&calls);
    assert!(queries <= 2 && writes == 1 && sends == 1 && reads == 0, "a port opened to the world: {calls:?}");

    // Two events, one check; that it is delivered twice costs no second read.
    std::thread::sleep(Duration::from_secs(32));
    let of_queue = |work: &String| {
        let work: Value = serde_json::from_str(work).unwrap();
        work.pointer("/resource/kind").is_some_and(|kind| kind == "AWS::SQS::Queue") && text(&work, "work") == "settle"
    };
    let checks: Vec<String> = station.later()?.into_iter().filter(of_queue).collect();
    assert_eq!(checks.len(), 1, "{checks:?}");
    let calls = station.work(&checks)?;
    let [queries, writes, sends, reads] = sums(&calls);
    assert!(queries == 1 && writes <= 1 && sends <= 1 && reads == 1, "a settle check: {calls:?}");
    let calls = station.work(&checks)?;
    assert_eq!((sums(&calls)[1], sums(&calls)[3]), (0, 0), "the check again: {calls:?}");
    Ok(())
}
