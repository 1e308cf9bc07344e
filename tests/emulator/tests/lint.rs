//! The stacks' templates, by CloudFormation's own linter.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops at what it did not expect")]

use std::path::Path;
use std::process::Command;

use trailhound_emulator::{EmulatorError, Tools};

#[test]
fn the_templates_are_clean() {
    let tools = match Tools::install() {
        Ok(tools) => tools,
        Err(EmulatorError::Missing(why)) => {
            eprintln!("skipped: {why}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra");
    let output = Command::new(tools.program("cfn-lint"))
        .args(["--format", "parseable", "--non-zero-exit-code", "warning", "--"])
        .args([infra.join("pipeline.yaml"), infra.join("member.yaml")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
