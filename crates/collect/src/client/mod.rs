//! Calls to AWS, declared as data and sent through the SDK's own runtime: its signer, its retries, its timeouts, its
//! credentials.
//!
//! A crate per service would have built for minutes for the few operations that are used of it. What an operation needs to
//! be known of it here is a line in the file of its service.

mod access;
mod call;
mod error;
mod limit;
mod place;
mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, SensitiveOutput};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use trailhound_model::{ResourceId, Second, Value};

use self::access::{Accounts, NoExternalId, Refused};
pub use self::access::{ExternalId, ReaderRole};
pub(crate) use self::call::{Call, Endpoint, Pages, Parameters, Protocol, Service, parameters};
pub(crate) use self::error::Error;
use self::error::Failure;
use self::limit::Limits;
pub(crate) use self::wire::Request;

/// The longest list that is followed. Longer ones do not occur in what is read.
const MOST_PAGES: usize = 200;

/// Sends calls.
pub(crate) struct Client {
    accounts: Accounts,
    /// Replaces AWS's endpoints.
    endpoint: Option<String>,
    region: Option<String>,
    retry: RetryConfig,
    timeouts: TimeoutConfig,
    patience: Duration,
    limits: Limits,
    clock: SharedTimeSource,
    /// The regions of buckets, as S3 told.
    buckets: Mutex<HashMap<String, String>>,
    /// The actions of all calls made.
    #[cfg(test)]
    made: Mutex<std::collections::BTreeSet<&'static str>>,
}

impl Client {
    pub(crate) fn new(config: &SdkConfig, options: &crate::Options) -> Self {
        // The provider of roles' credentials panics without a clock, and not every configuration brings one.
        let clock = config.time_source().unwrap_or_default();
        let config = config.to_builder().time_source(clock.clone()).build();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(options.attempt_timeout.min(Duration::from_secs(3)))
            .operation_attempt_timeout(options.attempt_timeout)
            .operation_timeout(options.operation_timeout)
            .build();
        Self {
            endpoint: config.endpoint_url().map(str::to_owned),
            region: config.region().map(|region| region.as_ref().to_owned()),
            clock,
            retry: config.retry_config().cloned().unwrap_or_else(RetryConfig::standard),
            accounts: Accounts::new(config, options.role.clone(), options.account.clone()),
            timeouts,
            patience: options.operation_timeout,
            limits: Limits::default(),
            buckets: Mutex::default(),
            #[cfg(test)]
            made: Mutex::default(),
        }
    }

    /// The present second.
    pub(crate) fn now(&self) -> Second {
        let since = self.clock.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Second(i64::try_from(since).unwrap_or(i64::MAX))
    }

    /// The actions of all calls made.
    #[cfg(test)]
    pub(crate) fn made(&self) -> std::collections::BTreeSet<&'static str> {
        self.made.lock().unwrap().clone()
    }

    /// Makes a call about a resource and returns its answer.
    pub(crate) async fn send(
        &self,
        call: &'static Call,
        about: &ResourceId,
        with: &Parameters,
    ) -> Result<Value, Error> {
        let bucket = with.get("Bucket").and_then(Value::as_str).filter(|_| call.service.protocol == Protocol::S3);
        let known = bucket.and_then(|bucket| self.buckets().get(bucket).cloned());
        let near = place::region_for(&about.partition, &about.region, self.region.as_deref());
        let region = known.as_deref().unwrap_or(near);
        let request = Request::of(call, with);
        let failure = match self.attempt(call, about, region, request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(Unanswered::Failure(failure)) => failure,
            Err(Unanswered::Error(error)) => return Err(error),
        };
        // S3 says in which region a bucket is when it is asked in another.
        if let (Some(bucket), Some(elsewhere)) = (bucket, failure.region.as_deref().filter(|other| *other != region)) {
            self.buckets().insert(bucket.to_owned(), elsewhere.to_owned());
            return match self.attempt(call, about, elsewhere, request).await {
                Ok(answer) => Ok(answer),
                Err(Unanswered::Failure(failure)) => Err(failure.meaning(call)),
                Err(Unanswered::Error(error)) => Err(error),
            };
        }
        Err(failure.meaning(call))
    }

    /// Makes a call whose request is written already, in the resource's own region.
    pub(crate) async fn post(&self, call: &'static Call, about: &ResourceId, request: Request) -> Result<Value, Error> {
        self.attempt(call, about, &about.region, request).await.map_err(|unanswered| match unanswered {
            Unanswered::Failure(failure) => failure.meaning(call),
            Unanswered::Error(error) => error,
        })
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call as often as its answer says that there is more.
    pub(crate) async fn send_all(
        &self,
        call: &'static Call,
        about: &ResourceId,
        with: &Parameters,
    ) -> Result<Vec<Value>, Error> {
        let Some(pages) = call.pages else { return Ok(vec![self.send(call, about, with).await?]) };
        let (mut with, mut all, mut seen) = (with.clone(), Vec::new(), Vec::new());
        while all.len() < MOST_PAGES {
            let page = self.send(call, about, &with).await?;
            let next = next_page(&pages, &page)?;
            all.push(page);
            let Some(next) = next else { return Ok(all) };
            if seen.contains(&next) {
                return Err(Error::malformed("the pages of a list go round in a circle"));
            }
            with.insert(pages.ask.into(), Value::from(next.as_str()));
            seen.push(next);
        }
        Err(Error::malformed("a list has too many pages"))
    }

    async fn attempt(
        &self,
        call: &'static Call,
        about: &ResourceId,
        region: &str,
        request: Request,
    ) -> Result<Value, Unanswered> {
        let service = call.service;
        let place = place::place(service, &about.partition, &about.account, region, self.endpoint.as_deref());
        let turn = self.limits.turn(service, &about.account, &place.region, self.patience).await;
        let _turn = turn.ok_or(Unanswered::Error(Error::Throttled))?;
        #[cfg(test)]
        self.made.lock().unwrap().insert(call.action);
        let protocol = service.protocol;
        let operation = Operation::builder()
            .service_name(service.name)
            .operation_name(call.name)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&place.url)
            .standard_retry(&self.retry)
            .timeout_config(self.timeouts.clone())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Failure>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Failure>::new())
            .with_connection_poisoning()
            .runtime_plugin(self.accounts.of(&about.partition, &about.account).await)
            .runtime_plugin(signing(service, place.region))
            .serializer(Request::into_http)
            .deserializer(move |response: &HttpResponse| wire::answer(protocol, response))
            .build();
        operation.invoke(request).await.map_err(unanswered)
    }
}

/// What a call ended with instead of an answer.
enum Unanswered {
    Failure(Failure),
    Error(Error),
}

fn unanswered(error: SdkError<Failure, HttpResponse>) -> Unanswered {
    Unanswered::Error(match error {
        SdkError::ServiceError(failure) => return Unanswered::Failure(failure.into_err()),
        other if is_from::<Refused>(&other) => Error::AccessDenied,
        other if is_from::<NoExternalId>(&other) => {
            Error::malformed("the external id of the reader role cannot be read")
        }
        SdkError::TimeoutError(_) => Error::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Error::Timeout,
        SdkError::DispatchFailure(_) => Error::malformed("no connection to AWS"),
        SdkError::ConstructionFailure(_) => Error::malformed("the call could not be made"),
        SdkError::ResponseError(_) => Error::malformed("the answer broke off"),
        _ => Error::malformed("the call failed"),
    })
}

/// Whether an error comes from one of this type.
fn is_from<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<E>() || error.source().is_some_and(is_from::<E>)
}

/// The value of the parameter that asks for the page after this one.
fn next_page(pages: &Pages, page: &Value) -> Result<Option<String>, Error> {
    let next = page.get(pages.next).and_then(Value::as_str).filter(|next| !next.is_empty());
    // A list that does not say whether it was cut goes on where it says that it does.
    match pages.truncated.and_then(|name| page.get(name)).map(Value::as_bool) {
        Some(Some(false)) => Ok(None),
        Some(Some(true)) if next.is_none() => {
            Err(Error::malformed("a list says that it was cut and not where it goes on"))
        }
        Some(None) => Err(Error::malformed("a list does not say clearly whether it was cut")),
        Some(Some(true)) | None => Ok(next.map(str::to_owned)),
    }
}

fn signing(service: &Service, region: String) -> StaticRuntimePlugin {
    let mut options = SigningOptions::default();
    if service.protocol == Protocol::S3 {
        // S3 signs paths as they are, and wants the hash of the body in a header.
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
    }
    let mut config = Layer::new("signing");
    // Answers hold user data and environment variables: the SDK is not to log them at any level.
    config.store_put(SensitiveOutput);
    config.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region))),
        name: Some(SigningName::from_static(service.signing)),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    });
    StaticRuntimePlugin::new().with_config(config.freeze())
}
