//! What the documentation tells people to type, and a shell that runs it as it stands.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{EmulatorError, Tools, environment, root};

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
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env("PATH", self.tools.search_path())
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
