//! Two ways to know a resource, held against each other: reading it from a local AWS, and folding the events that CloudTrail
//! writes of the calls that made it. The calls are made by another SDK, the events have the shape of real records.

#![allow(clippy::panic, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "tests")]
#![expect(clippy::string_slice, reason = "a test fails by panicking")]

mod accounts;
mod scenario;
mod table;

use trailhound_emulator::{ACCESS_KEY, Aws, EmulatorError, Moto, shared};

/// What is there, or nothing where the machine cannot run it: the test says so and is over.
fn there<T, E: std::borrow::Borrow<EmulatorError>>(found: Result<T, E>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(error) => match error.borrow() {
            EmulatorError::Missing(why) => {
                eprintln!("skipped: {why}");
                None
            }
            error @ EmulatorError::Failed { .. } => panic!("{error}"),
        },
    }
}

/// Plays the scenarios of a server, and says all that is wrong at once.
#[expect(clippy::disallowed_methods, reason = "blessing is asked for in the environment")]
async fn play(server: &str, url: &str) {
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    let (aws, collector) = (Aws::new(url, ACCESS_KEY).unwrap(), scenario::collector(url, &scenario::patient()));
    let (mut played, mut complaints) = (0, Vec::new());
    for scenario in scenario::all().iter().filter(|scenario| scenario.server == server) {
        played += 1;
        match scenario.play(&aws, &collector).await {
            Ok(compared) if bless => scenario.bless(&compared),
            Ok(compared) => complaints.extend(scenario.complaint(&compared)),
            Err(error) => complaints.push(format!("{}: {error}", scenario.name)),
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(played > 0, "no scenario is played on {server}");
}

#[tokio::test]
async fn what_is_read_of_ministack_is_what_events_fold_to() {
    if let Some(url) = there(shared()) {
        play("ministack", url).await;
    }
}

#[tokio::test]
async fn what_is_read_of_moto_is_what_events_fold_to() {
    if let Some(moto) = there(Moto::start()) {
        play("moto", moto.url()).await;
    }
}
