//! One file per command.

#[cfg(feature = "aws")]
mod arn;
#[cfg(feature = "aws")]
mod aws;
pub(crate) mod check;
#[cfg(feature = "aws")]
pub(crate) mod evaluate;
pub(crate) mod exceptions;
pub(crate) mod findings;
pub(crate) mod history;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod resources;
pub(crate) mod rules;
#[cfg(feature = "aws")]
pub(crate) mod send;
mod store;
mod templates;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow, bail};
use trailhound_model::Second;
use trailhound_rules::Settings;

use self::store::open;

/// The largest file of settings or exceptions: lists of ports, accounts and rule ids need a small part of it.
const TEXT_MAX: u64 = 1 << 20;

/// The text of a file of settings or exceptions.
fn text_of(path: &Path, what: &str) -> Result<String> {
    let shown = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(TEXT_MAX + 1).read_to_string(&mut text))
        .with_context(|| format!("reading {shown}"))?;
    if text.len() as u64 > TEXT_MAX {
        bail!("{shown} is larger than {TEXT_MAX} bytes: this is no {what}");
    }
    Ok(text)
}

/// What follows a command that this program was built without.
#[cfg(not(feature = "aws"))]
#[derive(clap::Args)]
pub(crate) struct Unbuilt {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

#[cfg(not(feature = "aws"))]
impl Unbuilt {
    /// Says how to have the command.
    pub(crate) fn run(&self, command: &str) -> Result<crate::Outcome> {
        let of = self.rest.first().map(|first| format!(" {}", first.display())).unwrap_or_default();
        bail!(
            "this program was built without AWS and cannot do `{command}{of}`: \
             build it with `cargo build --release --features aws`"
        )
    }
}

/// The settings in a file, or the defaults if there is none.
fn settings(path: Option<&Path>) -> Result<Settings> {
    let Some(path) = path else { return Ok(Settings::default()) };
    let text = text_of(path, "settings file")?;
    Settings::from_toml(&text)
        .map_err(|error| anyhow!("{}:{}:{}: {}", path.display(), error.line, error.column, error.message))
}

/// The present: new resources have the defaults of this date, and exceptions end by it.
#[expect(clippy::disallowed_methods, reason = "the clock is read here, at the edge")]
fn today() -> Second {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Second(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "aws"))]
    fn a_command_that_needs_aws_says_how_to_build_with_it() {
        let unbuilt = Unbuilt { rest: vec!["arn:aws:s3:::b".into()] };
        let error = unbuilt.run("evaluate").unwrap_err().to_string();
        assert!(error.contains("`evaluate arn:aws:s3:::b`") && error.contains("--features aws"), "{error}");
    }

    #[test]
    fn a_settings_file_is_read_and_its_faults_are_named_with_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trailhound.toml");
        std::fs::write(&path, "switched_off = [\"s3-bucket-versioning\"]\n").unwrap();
        assert!(settings(Some(&path)).unwrap().switched_off.contains("s3-bucket-versioning"));
        assert_eq!(settings(None).unwrap(), Settings::default());

        std::fs::write(&path, "\nswitched_on = [\"s3-bucket-mfa-delet\"]\n").unwrap();
        let error = settings(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("trailhound.toml:2:16: there is no rule"), "{error}");
        assert!(error.contains("did you mean `s3-bucket-mfa-delete`"), "{error}");

        std::fs::write(&path, "#".repeat(2 << 20)).unwrap();
        assert!(settings(Some(&path)).unwrap_err().to_string().contains("no settings file"));
        let error = settings(Some(&folder.path().join("none.toml"))).unwrap_err();
        assert!(format!("{error:#}").contains("none.toml"), "{error:#}");
    }
}
