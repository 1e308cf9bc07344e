//! Tables on the local emulator of AWS, for tests. `TRAILHOUND_EMULATOR` holds its address; without it these tests say that
//! they were skipped.

#![allow(dead_code, unreachable_pub, reason = "every test file takes what it needs")]
#![allow(clippy::disallowed_methods, reason = "a test's surroundings are its environment")]
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it skips, and stops at what it did not expect"
)]

pub mod faults;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::Builder;
use pollster::block_on;
use tokio::runtime::Handle;
use trailhound_store::DynamoDb;
use trailhound_store::table::{INDEXES, PARTITION, SORT};

/// The emulator's address, if there is one.
pub fn address() -> Option<String> {
    let address = std::env::var("TRAILHOUND_EMULATOR").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        eprintln!("skipped: TRAILHOUND_EMULATOR is not set");
    }
    address
}

/// A store in a table of its own.
pub fn store() -> Option<DynamoDb> {
    let address = address()?;
    let config = config(&address).build();
    Some(DynamoDb::new(&config, &table(&config)))
}

/// How to call an endpoint. Enters the runtime that the calls need.
pub fn config(address: &str) -> aws_sdk_dynamodb::config::Builder {
    static REACTOR: LazyLock<Handle> = LazyLock::new(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        handle
    });
    // For the rest of this thread, which is the rest of the test.
    std::mem::forget(REACTOR.enter());
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(address)
        .http_client(Builder::new().build_http())
}

/// Makes an empty table, as the stack does, and returns its name.
pub fn table(config: &Config) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let key = |name: &str, how| KeySchemaElement::builder().attribute_name(name).key_type(how).build().unwrap();
    let keys = |partition, sort| vec![key(partition, KeyType::Hash), key(sort, KeyType::Range)];
    let attribute = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        definition.build().unwrap()
    };
    let indexes = INDEXES.map(|index| {
        let projection = Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(index.include.iter().map(|name| (*name).to_owned()).collect()));
        GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(Some(keys(index.partition, index.sort)))
            .projection(projection.build())
            .build()
            .unwrap()
    });
    let mut attributes = vec![attribute(PARTITION), attribute(SORT)];
    attributes.extend(INDEXES.iter().flat_map(|index| [attribute(index.partition), attribute(index.sort)]));
    let made = Client::from_conf(config.clone())
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(keys(PARTITION, SORT)))
        .set_global_secondary_indexes(Some(indexes.into()))
        .send();
    block_on(made).unwrap();
    name
}

/// Counts calls by operation, repetitions included.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, usize>>>);

impl Calls {
    /// The calls since the last time, such as `1 PutItem, 1 Query`.
    pub fn take(&self) -> String {
        let calls = std::mem::take(&mut *self.0.lock().unwrap());
        let calls: Vec<String> = calls.iter().map(|(name, count)| format!("{count} {name}")).collect();
        calls.join(", ")
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        *self.0.lock().unwrap().entry(operation).or_default() += 1;
        Ok(())
    }
}
