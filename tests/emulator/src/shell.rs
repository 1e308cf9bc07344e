//! What the documentation tells people to type, and a shell that runs it as it stands.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{EmulatorError, Tools, environment, root};

/// A command as if it were typed by hand: without what cargo tells the programs that it starts of their own package. Some
/// dependencies look at that, and cargo would build them anew for each who calls it, with all that rests on them.
pub fn by_hand(command: &mut Command) -> &mut Command {
    let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix));
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| of_package(name));
    for name in names {
        command.env_remove(name);
    }
    command
}

/// The commands of one section of a page below `docs/`: what stands between fences, up to the next heading.
///
/// # Errors
/// When there is no such page.
pub fn commands(page: &str, heading: &str) -> std::io::Result<Vec<String>> {
    let text = std::fs::read_to_string(root().join("docs").join(page))?;
    Ok(fenced(&text, heading))
}

fn fenced(text: &str, heading: &str) -> Vec<String> {
    let is_heading = |line: &str| line.starts_with('#') && line.trim_start_matches('#').trim() == heading;
    let section = text.lines().skip_while(|line| !is_heading(line)).skip(1);
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in section {
        match &mut open {
            None if line.starts_with('#') => break,
            None if line.starts_with("```") => open = Some(String::new()),
            None => {}
            Some(_) if line.starts_with("```") => found.extend(open.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    found
}

/// What `just` does of the recipes that pages name, for machines that lack it.
const JUST: &str = r#"just() {
  case "$1" in
    package) cargo xtask package ;;
    deploy) cargo xtask deploy --aws "$AWS" --bucket "${@:2}" ;;
    *) false ;;
  esac
}"#;

/// AWS's own command line, told of the endpoint once more: for queues it has an address of its own.
const COMMAND_LINE: &str = r#"aws() { "$AWS" --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }"#;

/// A shell in which `aws` is AWS's own command line, and AWS is the emulator.
#[derive(Clone, Debug)]
pub struct Shell {
    tools: Tools,
    url: String,
    folder: PathBuf,
}

impl Shell {
    /// A shell beside an emulator, which works in the project's folder.
    ///
    /// # Errors
    /// As for [`Tools::install`].
    pub fn beside(url: &str) -> Result<Self, EmulatorError> {
        Ok(Self { tools: Tools::install()?, url: url.to_owned(), folder: root() })
    }

    /// The same, working in another folder.
    #[must_use]
    pub fn at(self, folder: PathBuf) -> Self {
        Self { folder, ..self }
    }

    /// Runs a script up to its first command that fails, and gives what it printed.
    ///
    /// # Errors
    /// When a command fails: with the script and with what was said.
    pub fn run(&self, script: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        // Not by the search path: where that is another one, cargo builds anew.
        let output = by_hand(&mut Command::new("bash"))
            .args(["-euo", "pipefail", "-c", &format!("{COMMAND_LINE}\n{JUST}\n{script}")])
            .env("AWS", self.tools.program("aws"))
            .envs(environment(&self.url))
            .envs(variables.iter().copied())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("starting a shell: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        Err(format!("{script}\n{}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_section_are_those_up_to_the_next() {
        let text = "# A\n```\nbefore\n```\n## Query it\nText.\n```\none\n# no heading\n```\n\n```sh\ntwo\n```\n### Next\n```\nafter\n```\n";
        assert_eq!(fenced(text, "Query it"), ["one\n# no heading\n", "two\n"]);
        assert!(fenced(text, "Elsewhere").is_empty());
    }
}
