//! A secret, fetched when needed and kept for a while.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use trailhound_collect::ExternalId;

use crate::failure::Failure;

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a value.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one call that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

/// Where a secret is.
pub trait Source: Sync {
    /// Fetches it.
    fn fetch(&self) -> impl Future<Output = Result<Hidden, Failure>> + Send;
}

/// A secret of Secrets Manager.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: aws_sdk_secretsmanager::Client,
    arn: String,
}

impl SecretsManager {
    /// The secret with this ARN.
    #[must_use]
    pub const fn new(client: aws_sdk_secretsmanager::Client, arn: String) -> Self {
        Self { client, arn }
    }
}

impl Source for SecretsManager {
    async fn fetch(&self) -> Result<Hidden, Failure> {
        const DOING: &str = "fetching a secret";
        let answer = self.client.get_secret_value().secret_id(&self.arn).send().await;
        let answer = answer.map_err(|error| Failure::of_call(DOING, &error))?;
        let text = answer.secret_string.ok_or_else(|| Failure::permanent(DOING, "it is not text"))?;
        Ok(Hidden(text.trim().to_owned()))
    }
}

/// A secret that is fetched again after a while, or when it turns out to be wrong.
#[derive(Debug)]
pub struct Cached<S> {
    source: S,
    lifetime: Duration,
    kept: Mutex<Option<(Hidden, Instant)>>,
}

impl<S: Source> Cached<S> {
    /// Keeps what a source gives for so long.
    pub fn new(source: S, lifetime: Duration) -> Self {
        Self { source, lifetime, kept: Mutex::new(None) }
    }

    /// The value.
    ///
    /// # Errors
    /// When it has to be fetched and cannot be.
    pub async fn get(&self) -> Result<Hidden, Failure> {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some((value, fetched)) if fetched.elapsed() < self.lifetime => Ok(value.clone()),
            _ => {
                let value = self.source.fetch().await?;
                *kept = Some((value.clone(), Instant::now()));
                Ok(value)
            }
        }
    }

    /// The value as it is now, after `stale` was refused; `None` if that is still it.
    ///
    /// # Errors
    /// When it cannot be fetched.
    pub async fn renewed(&self, stale: &Hidden) -> Result<Option<Hidden>, Failure> {
        let mut kept = self.kept.lock().await;
        let value = self.source.fetch().await?;
        *kept = Some((value.clone(), Instant::now()));
        Ok((value != *stale).then_some(value))
    }
}

/// The external id of the reader roles, as a secret. Why it cannot be had is in the log; reads say that it cannot.
impl<S: Source + Send> ExternalId for Cached<S> {
    fn get(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(async move {
            match Self::get(self).await {
                Ok(id) => Some(id.reveal().to_owned()),
                Err(failure) => {
                    tracing::error!(function = "evaluator", error_code = failure.code(), error = %failure, "external id not fetched");
                    None
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counting(AtomicUsize);

    impl Source for Counting {
        async fn fetch(&self) -> Result<Hidden, Failure> {
            Ok(Hidden(format!("value {}", self.0.fetch_add(1, Ordering::SeqCst) / 2)))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_fetched_again_when_old_or_refused() {
        let cached = Cached::new(Counting(AtomicUsize::new(0)), Duration::from_secs(300));
        let fetched = || cached.source.0.load(Ordering::SeqCst);
        let first = cached.get().await.unwrap();
        cached.get().await.unwrap();
        assert_eq!(fetched(), 1);
        tokio::time::advance(Duration::from_secs(301)).await;
        assert_eq!(cached.get().await.unwrap(), first);
        assert_eq!(fetched(), 2);
        // It was changed meanwhile, and then it was not.
        let second = cached.renewed(&first).await.unwrap().unwrap();
        assert_eq!(second.reveal(), "value 1");
        assert_eq!(cached.renewed(&second).await.unwrap(), None);
    }

    struct Refusing;

    impl Source for Refusing {
        async fn fetch(&self) -> Result<Hidden, Failure> {
            Err(Failure::permanent("fetching a secret", "AccessDeniedException (HTTP 400)"))
        }
    }

    #[tokio::test]
    async fn an_external_id_is_the_secret_or_nothing() {
        let kept = Cached::new(Counting(AtomicUsize::new(0)), Duration::from_secs(300));
        assert_eq!(ExternalId::get(&kept).await.as_deref(), Some("value 0"));
        assert_eq!(ExternalId::get(&Cached::new(Refusing, Duration::from_secs(300))).await, None);
    }

    #[test]
    fn a_hidden_value_is_not_shown() {
        assert_eq!(format!("{:?}", Hidden::new("x".to_owned())), "Hidden");
    }
}
