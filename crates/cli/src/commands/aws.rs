//! Talking to AWS: region and credentials come from where AWS's own tools take them, the environment, profiles, the instance.

use anyhow::{Context as _, Result, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::{Builder, tls};
use tokio::runtime::Runtime;

/// A runtime to wait on, and the configuration of this machine, with another region if one is named.
pub(super) fn configured(region: Option<&str>) -> Result<(Runtime, SdkConfig)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a runtime")?;
    let http = Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let config = runtime.block_on(loader.load());
    Ok((runtime, config))
}

/// Makes sure that there are credentials, so that whoever has none is told so and not that calls fail.
pub(super) fn need_credentials(runtime: &Runtime, config: &SdkConfig) -> Result<()> {
    let Some(provider) = config.credentials_provider() else { bail!(HOW) };
    runtime.block_on(provider.provide_credentials()).context(HOW)?;
    Ok(())
}

const HOW: &str = "there are no credentials of AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
for a profile with single sign-on, eval \"$(aws configure export-credentials --format env)\"";
