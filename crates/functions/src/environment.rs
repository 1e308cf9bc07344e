//! Configuration, from the environment that the template gives a function.

use std::collections::BTreeMap;

/// The variables of a function, read once when it starts.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A variable that is not as the function needs it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// It is absent or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// It is something else.
    #[error("the environment variable {name} is not {expected}")]
    Unfit {
        /// Its name. The value might be secret.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// The variables and who needs them.
pub mod name {
    /// The region that the functions run in. Lambda sets it.
    pub const REGION: &str = "AWS_REGION";
    /// What answers in AWS's place, such as an emulator. Optional.
    pub const ENDPOINT: &str = "AWS_ENDPOINT_URL";
    /// What is logged, such as `debug` or `info,hyper=warn`. Optional.
    pub const LOG: &str = "RUST_LOG";
    /// The account that the functions run in, which is read without the reader role. Evaluator.
    pub const ACCOUNT: &str = "TRAILHOUND_ACCOUNT";
    /// The table's name. All functions but slack.
    pub const TABLE: &str = "TRAILHOUND_TABLE";
    /// The queue for later work. Evaluator and sweeper.
    pub const WORK_QUEUE_URL: &str = "TRAILHOUND_WORK_QUEUE_URL";
    /// The queue of alerts. Evaluator and sweeper.
    pub const ALERT_QUEUE_URL: &str = "TRAILHOUND_ALERT_QUEUE_URL";
    /// The topic of alerts. Notifier and reporter.
    pub const TOPIC_ARN: &str = "TRAILHOUND_TOPIC_ARN";
    /// The secret that holds the webhook's address. Slack.
    pub const SLACK_SECRET_ARN: &str = "TRAILHOUND_SLACK_SECRET_ARN";
    /// The most alerts per minute that are shown one by one. Slack; optional.
    pub const SLACK_BUDGET: &str = "TRAILHOUND_SLACK_BUDGET";
    /// The queue for what a function gives up. Evaluator, notifier and Slack.
    pub const DEAD_LETTERS_URL: &str = "TRAILHOUND_DEAD_LETTERS_URL";
    /// How often a queue hands a message over before it gives it up by itself. Evaluator, notifier and Slack.
    pub const ATTEMPTS: &str = "TRAILHOUND_ATTEMPTS";
    /// The key whose rotation a schedule asks for again and again. Evaluator; optional.
    pub const CANARY_KEY: &str = "TRAILHOUND_CANARY_KEY";
    /// Settings of the rules as TOML. Optional.
    pub const CONFIG: &str = "TRAILHOUND_CONFIG";
    /// The name of the role to read other accounts with. Optional.
    pub const READER_ROLE: &str = "TRAILHOUND_READER_ROLE";
    /// The secret that holds the external id for that role. Optional.
    pub const EXTERNAL_ID_SECRET_ARN: &str = "TRAILHOUND_EXTERNAL_ID_SECRET_ARN";
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// These variables.
    #[must_use]
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of a variable that may be absent; an empty one is, since a template cannot leave one out.
    #[must_use]
    pub fn may(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// When it is absent or empty.
    pub fn need(&self, name: &'static str) -> Result<&str, Misconfigured> {
        self.may(name).ok_or(Misconfigured::Missing(name))
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is there and is none.
    pub fn number(&self, name: &'static str) -> Result<Option<u32>, Misconfigured> {
        let parse = |text: &str| text.parse().map_err(|_| Misconfigured::Unfit { name, expected: "a whole number" });
        self.may(name).map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_values_are_not() {
        let environment =
            Environment::of([(name::TABLE, " findings "), (name::CONFIG, ""), (name::SLACK_BUDGET, "many")]);
        assert_eq!(environment.need(name::TABLE), Ok("findings"));
        assert_eq!(environment.may(name::CONFIG), None);
        let error = environment.need(name::TOPIC_ARN).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable TRAILHOUND_TOPIC_ARN is not set");
        let error = environment.number(name::SLACK_BUDGET).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable TRAILHOUND_SLACK_BUDGET is not a whole number");
    }
}
