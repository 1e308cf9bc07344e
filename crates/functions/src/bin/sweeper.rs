//! The sweeper: on a schedule, sends again what was lost, and sends everything that is stored to be read anew.
#![recursion_limit = "256"] // The SDK's futures are nested deeply.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use trailhound_functions::dispatch::Dispatch;
use trailhound_functions::environment::{Environment, name};
use trailhound_functions::metrics::Metrics;
use trailhound_functions::sweeper::{Order, Sweeper};
use trailhound_functions::{https, sdk, telemetry};
use trailhound_store::DynamoDb;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start(&environment);
    let table = environment.need(name::TABLE)?;
    let config = sdk::config(&environment, https::connector()?)?;
    let store = DynamoDb::new(&aws_sdk_dynamodb::Config::new(&config), table);
    let dispatch = Dispatch::of("sweeper", &environment, &config)?;
    let sweeper = Sweeper::new(store, dispatch);
    run(service_fn(async |event: LambdaEvent<Order>| -> Result<(), Error> {
        let mut metrics = Metrics::new("sweeper");
        let result = sweeper.handle(event.payload, &mut metrics).await;
        if let Err(failure) = &result {
            telemetry::report("sweeper", "sweep not finished", failure, &mut metrics);
        }
        metrics.emit();
        Ok(result?)
    }))
    .await
}
