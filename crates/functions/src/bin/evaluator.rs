//! The evaluator: events and work → store, queues.
#![recursion_limit = "256"] // The SDK's futures are nested deeply.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;
use trailhound_collect::{Collector, ExternalId, Options, ReaderRole};
use trailhound_engine::{Ingest, Judge, Work};
use trailhound_functions::accepted::Known;
use trailhound_functions::dead_letters::DeadLetters;
use trailhound_functions::dispatch::Dispatch;
use trailhound_functions::environment::{Environment, name};
use trailhound_functions::evaluator::{Evaluator, Input, KEEP};
use trailhound_functions::metrics::Metrics;
use trailhound_functions::secret::{Cached, SecretsManager};
use trailhound_functions::staged::Staged;
use trailhound_functions::{batch, clock, https, sdk, telemetry};
use trailhound_rules::{Organisation, Settings};
use trailhound_store::DynamoDb;

/// How long a fetched external id is kept: one that was changed is fetched again after that.
const EXTERNAL_ID_FOR: Duration = Duration::from_secs(300);

/// What an invocation is answered with. EventBridge takes no notice; `trailhound send` prints it.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    /// What was counted about an event.
    Event(serde_json::Value),
    /// The messages that shall come again.
    Batch(SqsBatchResponse),
}

/// An event as a message of the work queue.
fn as_work(event: &str) -> String {
    let work = Work::Change { event: event.to_owned(), attempt: 0, due: clock::now() };
    // It has text and numbers only, so that this cannot fail.
    serde_json::to_string(&work).unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start(&environment);
    let table = environment.need(name::TABLE)?;
    // Which accounts are of the organisation is not read: with none configured, no account is taken for a third party.
    let settings = Settings {
        organisation: Organisation::Unread,
        ..Settings::from_toml(environment.may(name::CONFIG).unwrap_or_default())?
    };
    let config = sdk::config(&environment, https::connector()?)?;
    let role = environment.may(name::READER_ROLE).map(|role| {
        let external_id = environment.may(name::EXTERNAL_ID_SECRET_ARN).map(|arn| -> Arc<dyn ExternalId> {
            let client = aws_sdk_secretsmanager::Client::new(&config);
            Arc::new(Cached::new(SecretsManager::new(client, arn.to_owned()), EXTERNAL_ID_FOR))
        });
        ReaderRole { name: role.to_owned(), external_id }
    });
    let store = Staged::new(DynamoDb::new(&aws_sdk_dynamodb::Config::new(&config), table));
    let collector = Collector::new(
        &config,
        &Options { account: environment.may(name::ACCOUNT).map(str::to_owned), role, ..Options::default() },
    );
    let letters = DeadLetters::of("evaluator", &environment, &config)?;
    let timing = settings.alerts;
    let judge = Judge::new(settings);
    let evaluator = Evaluator::new(
        Ingest::new(&store, &judge).reading(&collector, KEEP, timing),
        &store,
        Dispatch::of("evaluator", &environment, &config)?,
    )
    .listening_for(environment.may(name::CANARY_KEY));
    let accepted = Known::default();
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| -> Result<Answer, Error> {
        let mut metrics = Metrics::new("evaluator");
        evaluator.accept(accepted.now(store.store(), clock::now(), &mut metrics).await);
        let result = match Input::parse(event.payload.get()) {
            Ok(Input::Event(one)) => match evaluator.event(&one, &mut metrics).await {
                Ok(ingested) => {
                    let sent = evaluator.send(ingested, &mut metrics).await;
                    if let Err(failure) = &sent {
                        // Lambda repeats the event, and then finds it done: so it is kept now, as work that can be redriven.
                        letters.keep_one(&as_work(one.detail.get()), &failure.to_string(), &mut metrics).await;
                    }
                    sent.map(|()| Answer::Event(metrics.counts()))
                }
                Err(failure) => Err(failure),
            },
            Ok(Input::Batch(messages)) => {
                let last = letters.last(&messages);
                let failed = evaluator.batch(messages, || clock::left(&event.context), &mut metrics).await;
                Ok(Answer::Batch(batch::response(letters.keep(failed, last, &mut metrics).await)))
            }
            Err(failure) => Err(failure),
        };
        if let Err(failure) = &result {
            telemetry::report("evaluator", "event not evaluated", failure, &mut metrics);
        }
        metrics.emit();
        Ok(result?)
    }))
    .await
}
