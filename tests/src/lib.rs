//! What the end-to-end tests share.

pub mod account;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use trailhound_model::Second;

/// A path below the root of the project.
#[must_use]
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A collection of real data that stands beside the project on some machines, or `None` with a word about it: the project
/// is complete without it.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test that could not do its work says so")]
pub fn corpus(path: &str) -> Option<PathBuf> {
    let found = project("../shared/corpora").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: the corpus {path} is not on this machine");
    None
}

/// A CloudTrail record of a successful call by `alice`, in the shape that CloudTrail writes. `number` makes its event id.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "callers write the bodies in place")]
pub fn record(source: &str, name: &str, time: Second, number: usize, request: Value, response: Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333",
            "userName": "alice"},
        "eventTime": time.to_string(),
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli",
        "requestParameters": request,
        "responseElements": response,
        "eventID": format!("00000000-0000-4000-8000-{number:012x}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management"
    })
}
