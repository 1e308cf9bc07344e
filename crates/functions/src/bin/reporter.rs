//! The reporter: table of findings → topic, on a schedule.
#![recursion_limit = "256"] // The SDK's futures are nested deeply.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::de::IgnoredAny;
use trailhound_functions::environment::{Environment, name};
use trailhound_functions::metrics::Metrics;
use trailhound_functions::notifier::Topic;
use trailhound_functions::{clock, https, reporter, sdk, telemetry};
use trailhound_store::DynamoDb;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start(&environment);
    let (table, topic) = (environment.need(name::TABLE)?, environment.need(name::TOPIC_ARN)?);
    let config = sdk::config(&environment, https::connector()?)?;
    let store = DynamoDb::new(&aws_sdk_dynamodb::Config::new(&config), table);
    let topic = Topic::new(sdk::sns(&config), topic.to_owned());
    run(service_fn(async |_: LambdaEvent<IgnoredAny>| -> Result<(), Error> {
        let mut metrics = Metrics::new("reporter");
        let result = reporter::report(&store, &topic, clock::now(), &mut metrics).await;
        if let Err(failure) = &result {
            telemetry::report("reporter", "digest not sent", failure, &mut metrics);
        }
        metrics.emit();
        Ok(result?)
    }))
    .await
}
