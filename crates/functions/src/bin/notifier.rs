//! The notifier: queue of alerts → topic.
#![recursion_limit = "256"] // The SDK's futures are nested deeply.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use trailhound_functions::dead_letters::DeadLetters;
use trailhound_functions::environment::{Environment, name};
use trailhound_functions::metrics::Metrics;
use trailhound_functions::notifier::{Notifier, Topic};
use trailhound_functions::{batch, clock, https, sdk, telemetry};
use trailhound_store::DynamoDb;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start(&environment);
    let (table, topic) = (environment.need(name::TABLE)?, environment.need(name::TOPIC_ARN)?);
    let config = sdk::config(&environment, https::connector()?)?;
    let store = DynamoDb::new(&aws_sdk_dynamodb::Config::new(&config), table);
    let notifier = Notifier::new(store, Topic::new(sdk::sns(&config), topic.to_owned()));
    let letters = DeadLetters::of("notifier", &environment, &config)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<SqsBatchResponse, Error> {
        let mut metrics = Metrics::new("notifier");
        let messages = batch::messages(event.payload);
        let last = letters.last(&messages);
        let failed = notifier.handle(messages, || clock::left(&event.context), &mut metrics).await;
        let again = letters.keep(failed, last, &mut metrics).await;
        metrics.emit();
        Ok(batch::response(again))
    }))
    .await
}
