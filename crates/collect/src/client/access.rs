//! With whose credentials a resource is read.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_types::region::Region;
use tokio::time::Instant;

/// A role that every account has for Trailhound to read with.
#[derive(Clone)]
pub struct ReaderRole {
    /// The role's name, with its path if it has one.
    pub name: String,
    /// What the role's trust policy asks for beside the caller, if it does. Asked for when a role is assumed, and not before.
    pub external_id: Option<Arc<dyn ExternalId>>,
}

/// Where the external id is kept.
pub trait ExternalId: Send + Sync {
    /// Gives it. Nothing, if it cannot be had now.
    fn get(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>>;
}

/// An id that is known from the start.
impl ExternalId for String {
    fn get(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(std::future::ready(Some(self.clone())))
    }
}

impl std::fmt::Debug for ReaderRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An external id is half of what it takes to use the role.
        f.debug_struct("ReaderRole").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Credentials per account, each with its cache, as the SDK's runtime takes them.
pub(crate) struct Accounts {
    config: SdkConfig,
    role: Option<ReaderRole>,
    own: Option<String>,
    base: SharedRuntimePlugin,
    borrowed: tokio::sync::Mutex<HashMap<(String, String), SharedRuntimePlugin>>,
}

impl Accounts {
    pub(crate) fn new(config: SdkConfig, role: Option<ReaderRole>, own: Option<String>) -> Self {
        let base = plugin(&config, config.credentials_provider());
        Self { config, role, own, base, borrowed: tokio::sync::Mutex::default() }
    }

    /// The credentials for an account: our own for our own, else those of its reader role.
    pub(crate) async fn of(&self, partition: &str, account: &str) -> SharedRuntimePlugin {
        let Some(role) = self.role.as_ref().filter(|_| self.own.as_deref() != Some(account)) else {
            return self.base.clone();
        };
        let mut borrowed = self.borrowed.lock().await;
        let key = (partition.to_owned(), account.to_owned());
        if let Some(plugin) = borrowed.get(&key) {
            return plugin.clone();
        }
        let provider = Borrowed {
            arn: format!("arn:{partition}:iam::{account}:role/{}", role.name.trim_start_matches('/')),
            external_id: role.external_id.clone(),
            config: self.config.clone(),
            refused: Mutex::default(),
        };
        let plugin = plugin(&self.config, Some(SharedCredentialsProvider::new(provider)));
        borrowed.insert(key, plugin.clone());
        plugin
    }
}

fn plugin(config: &SdkConfig, credentials: Option<SharedCredentialsProvider>) -> SharedRuntimePlugin {
    let mut layer = Layer::new("access");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    let mut components = RuntimeComponentsBuilder::new("access")
        .with_http_client(config.http_client())
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_identity_cache(Some(IdentityCache::lazy().build()));
    if let Some(credentials) = credentials {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
    SharedRuntimePlugin::new(plugin)
}

/// The role may not be assumed: a resource of its account cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the reader role refused")]
pub(crate) struct Refused;

/// The external id cannot be had, so that no role is asked for.
#[derive(Debug, thiserror::Error)]
#[error("the external id of the reader role cannot be read")]
pub(crate) struct NoExternalId;

/// How long a refusal is believed: every resource of the account would ask again.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// Another account's credentials, which may be refused.
struct Borrowed {
    arn: String,
    external_id: Option<Arc<dyn ExternalId>>,
    config: SdkConfig,
    refused: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl Borrowed {
    /// Assumes the role, with the external id as it is now: it may have been changed since the last time.
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let mut provider = AssumeRoleProvider::builder(&self.arn).session_name("trailhound").configure(&self.config);
        if self.config.region().is_none() {
            provider = provider.region(Region::from_static("us-east-1"));
        }
        if let Some(kept) = &self.external_id {
            let id = kept.get().await.ok_or_else(|| CredentialsError::provider_error(NoExternalId))?;
            provider = provider.external_id(id);
        }
        provider.build().await.provide_credentials().await
    }
}

impl ProvideCredentials for Borrowed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused().is_some_and(|at| at.elapsed() < REFUSED_FOR) {
                return Err(CredentialsError::provider_error(Refused));
            }
            self.assume().await.map_err(|error| {
                // The error's own type belongs to the STS crate; its code is in its text.
                if DisplayErrorContext(&error).to_string().contains("AccessDenied") {
                    *refused() = Some(Instant::now());
                    return CredentialsError::provider_error(Refused);
                }
                error
            })
        })
    }
}
