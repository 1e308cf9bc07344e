//! How the functions talk to AWS.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};

use crate::environment::{Environment, Misconfigured, name};

/// The configuration that all clients share. Their timeouts stay below those of the functions, so that a function can
/// still say what went wrong.
///
/// Lambda tells the region and the credentials in the environment; nothing else is looked for, since every further source
/// is code to load at a cold start.
///
/// # Errors
/// When the environment names no region.
pub fn config(environment: &Environment, connector: SharedHttpConnector) -> Result<SdkConfig, Misconfigured> {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(environment.need(name::REGION)?.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(timeouts);
    config.set_endpoint_url(environment.may(name::ENDPOINT).map(str::to_owned));
    Ok(config.build())
}

/// A client of SNS that never repeats by itself: a publication whose answer was lost may have been delivered, and the
/// queue repeats what failed.
#[must_use]
pub fn sns(config: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(config).retry_config(RetryConfig::disabled()).build();
    aws_sdk_sns::Client::from_conf(config)
}
