//! Slack: what the topic published, from a queue or at once → webhook.

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use trailhound_functions::batch::Delivery;
use trailhound_functions::dead_letters::DeadLetters;
use trailhound_functions::environment::{Environment, name};
use trailhound_functions::metrics::Metrics;
use trailhound_functions::secret::SecretsManager;
use trailhound_functions::slack::{BUDGET, Poster};
use trailhound_functions::webhook::Http;
use trailhound_functions::{clock, https, sdk, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start(&environment);
    let secret = environment.need(name::SLACK_SECRET_ARN)?;
    let budget = environment.number(name::SLACK_BUDGET)?.unwrap_or(BUDGET);
    let connector = https::connector()?;
    let config = sdk::config(&environment, connector.clone())?;
    let client = aws_sdk_secretsmanager::Client::new(&config);
    let poster = Poster::new(SecretsManager::new(client, secret.to_owned()), Http::new(connector), budget);
    let letters = DeadLetters::of("slack", &environment, &config)?;
    run(service_fn(async |event: LambdaEvent<Delivery>| -> Result<SqsBatchResponse, Error> {
        let mut metrics = Metrics::new("slack");
        let messages = event.payload.messages();
        let last = letters.last(&messages);
        let failed = poster.handle(messages, || clock::left(&event.context), &mut metrics).await;
        let again = letters.keep(failed, last, &mut metrics).await;
        metrics.emit();
        Ok(event.payload.response(again)?)
    }))
    .await
}
