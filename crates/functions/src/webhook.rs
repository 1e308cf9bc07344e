//! Posting JSON to an address that is a secret.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use crate::failure::Failure;
use crate::secret::Hidden;

const DOING: &str = "posting to the webhook";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the other side said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// When to come again.
    pub retry_after: Option<Duration>,
}

/// Posts.
pub trait Post: Sync {
    /// Posts JSON once.
    fn post(&self, address: &Hidden, json: String) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// Posts over HTTP, with the connections that calls to AWS use too.
#[derive(Debug)]
pub struct Http(SharedHttpConnector);

impl Http {
    /// Posts through a connector.
    #[must_use]
    pub const fn new(connector: SharedHttpConnector) -> Self {
        Self(connector)
    }
}

/// The request for an address: HTTPS, or this very machine. No error quotes the address.
fn request(address: &Hidden, json: String) -> Result<HttpRequest, Failure> {
    let url = address.reveal();
    let here = |rest: &str| rest.starts_with("127.0.0.1:") || rest.starts_with("localhost:");
    if !url.starts_with("https://") && !url.strip_prefix("http://").is_some_and(here) {
        return Err(Failure::permanent(DOING, "the secret is not an https address"));
    }
    let length = json.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(json));
    request.set_uri(url).map_err(|_| Failure::permanent(DOING, "the secret is not an address"))?;
    request.set_method("POST").map_err(|_| Failure::permanent(DOING, "the method"))?;
    request.headers_mut().insert("content-type", "application/json; charset=utf-8");
    request.headers_mut().insert("content-length", length);
    Ok(request)
}

impl Post for Http {
    async fn post(&self, address: &Hidden, json: String) -> Result<Answer, Failure> {
        let answer = tokio::time::timeout(PATIENCE, self.0.call(request(address, json)?)).await;
        let answer = match answer {
            Err(_) => return Err(Failure::retryable(DOING, "no answer in time")),
            // The client's own message may quote the address.
            Ok(Err(_)) => return Err(Failure::retryable(DOING, "no connection")),
            Ok(Ok(answer)) => answer,
        };
        let seconds = answer.headers().get("retry-after").and_then(|text| text.trim().parse().ok());
        Ok(Answer { status: answer.status().as_u16(), retry_after: seconds.map(Duration::from_secs) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_posted_to_and_no_error_quotes_the_address() {
        for (address, good) in [
            ("https://hooks.slack.example/services/T/B/secret", true),
            ("http://127.0.0.1:9/secret", true),
            ("http://hooks.slack.example/secret", false),
            ("http://127.0.0.1.evil.example/secret", false),
            ("secret", false),
            ("https://\u{7f}secret", false),
        ] {
            match request(&Hidden::new(address.to_owned()), "{}".to_owned()) {
                Ok(_) => assert!(good, "{address}"),
                Err(failure) => {
                    assert!(!good && !failure.passes() && !failure.to_string().contains("secret/"), "{failure}");
                }
            }
        }
    }
}
