//! Calls to AWS through the official SDK for Python: a second opinion on everything that this project sends by itself.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::{EmulatorError, Tools};

/// Why AWS refused a call: its error code, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refused {
    /// The error code, such as `AccessDenied`.
    pub code: String,
    /// The message.
    pub message: String,
}

/// A caller of AWS APIs. Calls are made one after another.
#[derive(Debug)]
pub struct Aws {
    line: Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>,
    credentials: Option<Value>,
}

impl Aws {
    /// A caller of the AWS at an address, with an access key; one of twelve digits belongs to the account with that number.
    ///
    /// # Errors
    /// As for [`Tools::install`].
    pub fn new(url: &str, access_key: &str) -> Result<Self, EmulatorError> {
        let mut process = Command::new(Tools::install()?.program("python"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("driver.py"))
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_REGION", crate::REGION)
            .env("AWS_ACCESS_KEY_ID", access_key)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(crate::failed("starting the SDK for Python"))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(EmulatorError::Failed { doing: "starting the SDK for Python", why: "it has no pipes".into() });
        };
        Ok(Self { line: Mutex::new((process, input, BufReader::new(output))), credentials: None })
    }

    /// From now on with these credentials: members `aws_access_key_id`, `aws_secret_access_key`, `aws_session_token`.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Value) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Calls an operation by its name in the SDK for Python, such as `create_bucket`, and returns what it answers.
    ///
    /// # Errors
    /// When AWS refuses, or the SDK does.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the parameters in place")]
    pub fn call(&self, service: &str, operation: &str, parameters: Value) -> Result<Value, Refused> {
        let broken = |error: std::io::Error| Refused { code: "Broken".into(), message: error.to_string() };
        let request = json!({
            "service": service,
            "operation": operation,
            "parameters": parameters,
            "credentials": self.credentials,
        });
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, input, output) = &mut *line;
        writeln!(input, "{request}").and_then(|()| input.flush()).map_err(broken)?;
        let mut reply = String::new();
        output.read_line(&mut reply).map_err(broken)?;
        let mut reply: Value = serde_json::from_str(&reply)
            .map_err(|error| Refused { code: "Broken".into(), message: format!("{operation}: {error}: {reply}") })?;
        let text = |member: &str| reply.get(member).and_then(Value::as_str).map(str::to_owned);
        if let Some(code) = text("error") {
            return Err(Refused { code, message: text("message").unwrap_or_default() });
        }
        Ok(reply.get_mut("ok").map(Value::take).unwrap_or_default())
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(line.0.kill());
        drop(line.0.wait());
    }
}
